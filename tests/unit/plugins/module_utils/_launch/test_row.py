# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of one thing that launches instances with certain profiles."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.row import LaunchRow, verdict
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import Wanted
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Use

WEB = InstanceProfile("web", "/", ("web",), {})
ONE, TWO = Use("lt-1", "1"), Use("lt-1", "2")


@pytest.mark.parametrize(
    "held, on_conflict, outcome",
    [
        ({ONE: "web", TWO: "WEB"}, "fail", ("unchanged", None, "it launches with web already", ())),
        ({ONE: "web", TWO: None}, "fail", ("updated", None, "it launches with web", (TWO,))),
        ({ONE: "old", TWO: "web"}, "replace", ("updated", "conflict", "web takes the place of old", (ONE,))),
        ({ONE: "old", TWO: None}, "replace", ("updated", "conflict", "web takes the place of old", (ONE, TWO))),
        ({ONE: "old", TWO: "a"}, "replace", ("updated", "conflict", "web takes the place of a and old", (ONE, TWO))),
        ({ONE: "old", TWO: "a"}, "skip", ("skipped", "conflict", "it launches with another instance profile, a and old", ())),
        ({ONE: "old", TWO: None}, "fail", ("failed", "conflict", "it launches with another instance profile, old", ())),
    ],
)
def test_a_profile_that_is_wanted(held, on_conflict, outcome):
    assert verdict(held, Wanted(WEB, on_conflict=on_conflict)) == outcome


@pytest.mark.parametrize(
    "held, only, outcome",
    [
        ({ONE: None}, None, ("unchanged", None, "it launches without an instance profile", ())),
        ({ONE: None}, "web", ("unchanged", None, "it launches without an instance profile", ())),
        ({ONE: "web", TWO: None}, None, ("updated", None, "it launches without an instance profile from now on", (ONE,))),
        ({ONE: "web", TWO: "old"}, "WEB", ("updated", None, "it launches without an instance profile from now on", (ONE,))),
        ({ONE: "old"}, "web", ("unchanged", "other_profile", "it launches with another instance profile, old", ())),
    ],
)
def test_a_profile_that_is_taken_away(held, only, outcome):
    assert verdict(held, Wanted(only=only)) == outcome


def test_a_row_that_failed_changes_nothing():
    row = LaunchRow("web", "updated", {"version": "1"}, {"version": "2"}, uses=(ONE,), template_id="lt-2").failed("Odd", "It is odd.")
    assert (row.action, row.reason, row.msg, row.after, row.uses, row.steps) == ("failed", "Odd", "It is odd.", {"version": "1"}, (), ())


@pytest.mark.parametrize("uses, template_id, needed", [((), None, set()), ((ONE, TWO), None, {"lt-1"}), ((ONE,), "lt-2", {"lt-1", "lt-2"})])
def test_a_row_fails_with_any_of_its_templates(uses, template_id, needed):
    assert LaunchRow("web", "updated", uses=uses, template_id=template_id).template_ids == needed


@pytest.mark.parametrize(
    "action, lost, changed, told", [("updated", None, True, None), ("unchanged", (), False, []), ("failed", ("s3:*",), False, ["s3:*"])]
)
def test_a_row_tells_whether_it_changed_and_what_is_lost(action, lost, changed, told):
    result = LaunchRow("web", action, lost=lost).as_result()
    assert (result["changed"], result["lost"]) == (changed, told)
