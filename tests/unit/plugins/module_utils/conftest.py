# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that reach nothing, and a clock that costs no time.

Tests that need root are skipped for other users. `make unit` runs them separately, as root of a user namespace or with sudo.
"""

from __future__ import annotations

import os
import tempfile

import boto3
import pytest
from botocore.config import Config

from ansible_collections.keyless.ec2.plugins.module_utils._aws import attempts
from ansible_collections.keyless.ec2.plugins.module_utils._instances import executor

# Set by tools/steps.py, which runs these tests separately.
APART = "KEYLESS_ROOT_TESTS_APART"
REASON = (
    "only root can give files to other users; make unit runs it in a user namespace (newuidmap, /etc/subuid) or with sudo -n, if one of them works"
)

CREDENTIALS = {"aws_access_key_id": "AKIAUNITTESTS0000000", "aws_secret_access_key": "secret"}


class Clock:
    """Time that passes only while somebody sleeps; ``naps`` are the seconds slept each time."""

    def __init__(self):
        self.now = 0.0
        self.naps = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    clock = Clock()
    for module in (attempts, executor):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture(name="make_client")
def _make_client():
    def make(service, region="eu-central-1"):
        config = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, region_name=region, config=config, **CREDENTIALS)

    return make


def pytest_collection_modifyitems(items):
    needing = [item for item in items if item.get_closest_marker("needs_root")]
    if os.environ.get(APART):
        items[:] = [item for item in items if item not in needing]
    elif needing and not can_give_files_away():
        for item in needing:
            item.add_marker(pytest.mark.skip(reason=REASON))


def can_give_files_away() -> bool:
    """False even for root, in a user namespace with a single id."""
    with tempfile.TemporaryFile() as file:
        try:
            os.chown(file.fileno(), 1234, 4321)
        except OSError:
            return False
    return True
