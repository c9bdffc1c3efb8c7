# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence about all instances."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._instances.plan import items_of, summary_of
from ansible_collections.keyless.ec2.plugins.module_utils._instances.row import InstanceRow

ROWS = [InstanceRow("i-1", "modified"), InstanceRow("i-2", "skipped", reason="not_running")]


@pytest.mark.parametrize(
    ("given", "actions"), [((), ["modified", "skipped"]), ((False,), ["modified", "skipped"]), ((True,), ["restored", "skipped"])]
)
def test_only_an_undo_restores(given, actions):
    assert [each.action for each in items_of(ROWS, *given)] == actions
    assert summary_of(ROWS, False, *given) == f"1 {'restored' if True in given else 'changed'}, 1 skipped (1 not running)."
