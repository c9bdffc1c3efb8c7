# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The use by the members of a group decides about the group."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.row import LaunchRow
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.members import members_of, unless_members_use
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.row import Row
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import TemplateReference
from ansible_collections.keyless.ec2.tests.unit.factories import fleet, group

ONE = TemplateReference("lt-1", "1")
GROUP = group("web", instance_ids=("i-1", "i-2", "i-3"))
CASES = [
    # the reasons of the members' rows, on_use, action and reason of the group, beginning of its message
    ((None, None, None), "skip", ("updated", None), ""),
    ((None, "in_use", None), "skip", ("skipped", "in_use"), "of its instances, i-2: msg i-2"),
    (("use_unknown", "in_use", "in_use"), "skip", ("skipped", "in_use"), "of its instances, i-2, and 2 others: msg i-2"),
    (("use_unknown", None, "use_unknown"), "skip", ("skipped", "use_unknown"), "of its instances, i-1, and 1 other: msg i-1"),
    ((None, "in_use", None), "fail", ("failed", "in_use"), "of its instances, i-2: msg i-2"),
    (("managed", "terminated", None), "fail", ("updated", None), ""),
]


def row(source=GROUP, action="updated"):
    return LaunchRow("web", action, {"version": "1"}, {"version": "2"}, references=(ONE,), source=source)


@pytest.mark.parametrize(("reasons", "on_use", "outcome", "msg"), CASES)
def test_the_worst_of_the_members_counts(reasons, on_use, outcome, msg):
    members = {key: Row(key, "skipped", reason=reason, msg=f"msg {key}") for key, reason in zip(GROUP.instance_ids, reasons)}
    found = unless_members_use(row(), members, on_use)
    assert ((found.action, found.reason), found.msg) == (outcome, msg)
    assert (found.references, found.after) == (((ONE,), {"version": "2"}) if found.action == "updated" else ((), {"version": "1"}))


def test_only_groups_that_change_are_asked():
    rows = [row(), row(group("other", instance_ids=("i-9",)), "unchanged"), row(fleet()), row(None)]
    assert members_of(rows) == ["i-1", "i-2", "i-3"]
    members = {each: Row(each, "skipped", reason="in_use") for each in ("i-1", "i-9")}
    assert [unless_members_use(each, members, "skip").action for each in rows] == ["skipped", "unchanged", "updated", "updated"]
