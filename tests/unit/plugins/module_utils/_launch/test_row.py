# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with a source that launches instances with certain profiles."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.row import LaunchRow, LaunchRows
from ansible_collections.keyless.ec2.plugins.module_utils._launch.wanted import WantedProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import TemplateReference
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile

WEB = instance_profile("web", "web")
ONE, TWO = TemplateReference("lt-1", "1"), TemplateReference("lt-1", "2")


@pytest.mark.parametrize(
    "held, on_conflict, outcome",
    [
        ({ONE: "web", TWO: "WEB"}, "fail", ("unchanged", None, "it already launches with web", ())),
        ({ONE: "web", TWO: None}, "fail", ("updated", None, "it launches with web", (TWO,))),
        ({ONE: "old", TWO: "web"}, "replace", ("updated", "conflict", "web replaces old", (ONE,))),
        ({ONE: "old", TWO: None}, "replace", ("updated", "conflict", "web replaces old", (ONE, TWO))),
        ({ONE: "old", TWO: "a"}, "replace", ("updated", "conflict", "web replaces a and old", (ONE, TWO))),
        ({ONE: "old", TWO: "a"}, "skip", ("skipped", "conflict", "it launches with another instance profile, a and old", ())),
        ({ONE: "old", TWO: None}, "fail", ("failed", "conflict", "it launches with another instance profile, old", ())),
    ],
)
def test_the_decision_for_a_wanted_profile(held, on_conflict, outcome):
    assert WantedProfile(WEB, on_conflict=on_conflict).decide(held) == outcome


@pytest.mark.parametrize(
    "held, only, outcome",
    [
        ({ONE: None}, None, ("unchanged", None, "it already launches without an instance profile", ())),
        ({ONE: None}, "web", ("unchanged", None, "it already launches without an instance profile", ())),
        ({ONE: "web", TWO: None}, None, ("updated", None, "it launches without an instance profile", (ONE,))),
        ({ONE: "web", TWO: "old"}, "WEB", ("updated", None, "it launches without an instance profile", (ONE,))),
        ({ONE: "old"}, "web", ("unchanged", "other_profile", "it launches with another instance profile, old", ())),
    ],
)
def test_the_decision_for_a_removed_profile(held, only, outcome):
    assert WantedProfile(only=only).decide(held) == outcome


def test_a_row_that_failed_changes_nothing():
    row = LaunchRow("web", "updated", {"version": "1"}, {"version": "2"}, references=(ONE,), needed_template="lt-2").failed("Odd", "It is odd.")
    assert (row.action, row.reason, row.msg, row.after, row.references, row.steps) == ("failed", "Odd", "It is odd.", {"version": "1"}, (), ())


@pytest.mark.parametrize("references, needed_template, needed", [((), None, set()), ((ONE, TWO), None, {"lt-1"}), ((ONE,), "lt-2", {"lt-1", "lt-2"})])
def test_a_row_fails_with_any_of_its_templates(references, needed_template, needed):
    assert LaunchRow("web", "updated", references=references, needed_template=needed_template).needed_templates == needed


@pytest.mark.parametrize(
    "action, lost, changed, told", [("updated", None, True, None), ("unchanged", (), False, []), ("failed", ("s3:*",), False, ["s3:*"])]
)
def test_a_row_has_changed_and_lost(action, lost, changed, told):
    result = LaunchRow("web", action, lost=lost).as_result()
    assert (result["changed"], result["lost"]) == (changed, told)


def test_a_managed_row_is_left_alone():
    setting = "set the instance profile there"
    row = LaunchRow("a", "updated", {"version": "1"}, {"version": "2"}, references=(ONE,)).skipped("Amazon EKS", "eks:cluster-name", setting)
    assert (row.action, row.reason, row.managed_by, row.after) == ("skipped", "managed", "Amazon EKS", {"version": "1"})
    assert row.references == () and row.msg.startswith(
        "Amazon EKS manages it (tag eks:cluster-name) and would revert the change: set the instance profile there,"
    )


def test_rows_keep_their_kinds():
    rows = LaunchRows((LaunchRow("a", "updated", references=(ONE,)),), (LaunchRow("b", "updated"),), (LaunchRow("c", "failed", references=(TWO,)),))
    assert [row.name for row in rows] == ["a", "b", "c"] and rows.references == [ONE, TWO]
    assert {kind: [row.name for row in found] for kind, found in rows.by_kind().items()} == {
        "auto_scaling_groups": ["a"],
        "launch_templates": ["b"],
        "fleets": ["c"],
    }
    failed = rows.map(lambda row: row.failed("Odd", "no"))
    assert [row.action for row in failed] == ["failed"] * 3 and [row.name for row in failed.templates] == ["b"]
    assert rows.replaced(list(failed)) == failed
