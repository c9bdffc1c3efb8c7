# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated AWS and a control node for the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache

import botocore.session
import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import ENABLED_REGIONS, Aws
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller
from ansible_collections.keyless.ec2.tests.integration.support.groups import Groups
from ansible_collections.keyless.ec2.tests.integration.support.in_process import WARM
from ansible_collections.keyless.ec2.tests.warm.warm import warm_commands
from keyless_emulator.process import running_emulator

COMMANDS = pytest.StashKey[ExitStack]()
# The folders and files that take longest, which run first: otherwise one worker would end with them while the other has nothing left to do.
LONGEST = (
    *("guides/", "migrate_keys/", "test_attach_rollout", "test_broken_responses", "test_examples", "test_failures", "test_playbooks", "test_report"),
    *("test_launch_group", "test_permissions", "test_retire", "test_require_imdsv2", "variables/", "awx/", "test_warm", "test_static_credentials"),
)


def pytest_configure(config):
    """Starts the warm commands, once for all workers: they inherit the variable."""
    if WARM not in os.environ:
        config.stash[COMMANDS] = ExitStack()
        os.environ[WARM] = str(config.stash[COMMANDS].enter_context(warm_commands()))
    # The probes have a session for each access key. They read the models of AWS's services once.
    botocore.session.create_loader = cache(botocore.session.create_loader)


def pytest_collection_modifyitems(items):
    """Sorts the tests by file, and keeps the order of those in a file."""
    items.sort(key=lambda item: next((rank for rank, name in enumerate(LONGEST) if f"integration/{name}" in item.location[0]), len(LONGEST)))


def pytest_unconfigure(config):
    """Stops them."""
    if COMMANDS in config.stash:
        del os.environ[WARM]
        config.stash[COMMANDS].close()


@pytest.fixture(scope="session", name="endpoint")
def _endpoint() -> Iterator[str]:
    with running_emulator(options=("--regions", *ENABLED_REGIONS)) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", name="aws")
def _aws(endpoint: str) -> Aws:
    """An empty AWS. Tests of one module share it, so they use different names."""
    aws = Aws(endpoint)
    aws.reset()
    return aws


@pytest.fixture(scope="module", name="controller")
def _controller(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Controller:
    return Controller(tmp_path_factory.mktemp("controller"), aws)


@pytest.fixture(scope="module", name="groups")
def _groups(aws: Aws) -> Groups:
    """Creates Auto Scaling groups.  The profiles web and old exist."""
    for name in ("web", "old"):
        aws.make_profile(name)
    return Groups(aws)
