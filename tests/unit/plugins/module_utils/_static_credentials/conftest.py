# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that need root.  Other users skip them; `make unit` runs them separately, as root of a user namespace or with sudo."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
# Set by tools/steps.py, which runs these tests separately.
APART = "KEYLESS_ROOT_TESTS_APART"
REASON = (
    "only root can give files to other users; make unit runs it in a user namespace (newuidmap, /etc/subuid) or with sudo -n, if one of them works"
)


def pytest_collection_modifyitems(items):
    needing = [item for item in items if FOLDER in item.path.parents and item.get_closest_marker("needs_root")]
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
