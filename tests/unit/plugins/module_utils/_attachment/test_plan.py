# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The return values for all instances."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import SHOWN_IN_DIFF, Desired
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Row, Rules, Target
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import ReplacingSources
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permission_diff import LostPermission
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.tests.unit.factories import association, instance_profile
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import source

I = "i-0123456789abcdef0"  # noqa: E741


WEB, OLD = instance_profile("web", "role"), instance_profile("old", "role")


def many(count, state="running"):
    ids = [f"i-{number:017x}" for number in range(count)]
    return Desired(dict.fromkeys(ids, Target(WEB))).plan(InstanceSnapshot({each: Instance(each, state) for each in ids}, {}))


def managed(count):
    ids = [f"i-{number}" for number in range(count)]
    actual = InstanceSnapshot({each: Instance(each, "running", managed_by="Karpenter") for each in ids}, {})
    return Desired(dict.fromkeys(ids, Target(WEB)), Rules(named=False)).plan(actual)


def test_one_warning_names_managed_instances():
    (warning,) = managed(1).warnings
    assert warning.startswith("1 instance was skipped, because another service manages it according to its tags: i-0. ")
    (warning,) = managed(12).warnings
    assert "12 instances were skipped" in warning
    assert "i-0, i-1, i-2 and 9 more" in warning
    assert "include_managed" in warning


def test_first_calls_come_before_second_calls():
    other = association(OLD, "i-2", number=2)
    both = InstanceSnapshot({I: Instance(I, "running"), "i-2": Instance("i-2", "stopped")}, {"i-2": (other,)})
    plan = Desired({"i-2": Target(WEB), I: Target(WEB)}).plan(both)
    assert [(change.operation[:4], change.target) for change in plan.changes] == [
        ("Disa", "instance/i-2"),
        ("Asso", f"instance/{I}"),
        ("Asso", "instance/i-2"),
    ]


def test_undo_has_the_former_profiles():
    current = association(OLD, I)
    there = InstanceSnapshot({I: Instance(I, "running")}, {I: (current,)})
    plan = Desired({I: Target(WEB), "i-gone": Target(WEB)}).plan(there)
    assert plan.undo() == {I: OLD.arn}


def test_a_renewal_has_no_undo():
    stale = association(instance_profile("web", profile_id="AIPA-before"), I)
    plan = Desired({I: Target(WEB)}).plan(InstanceSnapshot({I: Instance(I, "running")}, {I: (stale,)}))
    assert (plan.rows[0].action, plan.undo()) == ("replaced", {})


def test_the_diff_of_many_instances_is_short():
    assert SHOWN_IN_DIFF == 100
    assert len(many(SHOWN_IN_DIFF).diff()["after"]) == SHOWN_IN_DIFF
    shown = many(SHOWN_IN_DIFF + 7).diff()["after"]
    assert len(shown) == SHOWN_IN_DIFF + 1
    assert shown["and more"] == "7 more instances"


def test_the_summary_counts_actions_and_names_failures():
    assert many(0).summary(True) == many(0).summary(False) == "No instances selected."
    assert (many(3).summary(True), many(3).summary(False)) == ("3 to attach.", "3 attached.")
    summary = many(5, "terminated").summary(False)
    assert summary.startswith("5 failed. i-00000000000000000: the instance is terminated; ")
    assert summary.endswith("; and 2 more.")
    assert many(5, "terminated").summary(True).startswith("5 that would fail. i-00000000000000000: ")


def test_the_summary_says_why_instances_are_skipped():
    assert managed(2).summary(True) == managed(2).summary(False) == "2 skipped (2 managed by Karpenter)."
    rows = [Row("i-1", "skipped", reason="terminated"), Row("i-2", "skipped", reason="conflict", cause="with another profile")]
    assert replace(many(0), rows=tuple(rows)).summary(False) == "2 skipped (1 terminated, 1 with another profile)."


def test_lost_permissions_are_in_the_diff_and_in_a_warning():
    current = association(OLD, I)
    there = InstanceSnapshot({I: Instance(I, "running")}, {I: (current,)})
    for target, new, but, does_not in ((Target(WEB), "web", " and not by web", " and web does not"), (Target(), None, "", "")):
        plan = Desired({I: target}, lost_permissions={("old", new): (LostPermission("s3:*", ("*",)),)}).plan(there)
        assert plan.diff()["before"] == {I: OLD.arn, f"allowed by old{but}": ["s3:*"]}
        assert plan.warnings == (f"1 instance loses permissions that old gives{does_not}: s3:*.",)


@pytest.mark.parametrize("count, says", [(1, "1 instance loses"), (2, "2 instances lose"), (3, "3 instances lose")])
def test_the_warning_counts_instances_that_lose_permissions(count, says):
    ids = [f"i-{number}" for number in range(count)]
    current = {each: (association(OLD, each),) for each in ids}
    there = InstanceSnapshot({each: Instance(each, "running") for each in ids}, current)
    plan = Desired(dict.fromkeys(ids, Target(WEB)), lost_permissions={("old", "web"): (LostPermission("s3:*", ("*",)),)}).plan(there)
    assert plan.lost_permission_warnings() == (f"{says} permissions that old gives and web does not: s3:*.",)


def test_no_instances_is_a_warning():
    (warning,) = many(0).warnings
    assert warning.startswith("No instances selected") and many(1).warnings == ()


@pytest.mark.parametrize("failed, more", [(1, ""), (3, ""), (4, "; and 1 more")])
def test_the_summary_names_at_most_three_failures(failed, more):
    text = many(failed, "terminated").summary(False)
    assert text.startswith(f"{failed} failed. ") and text.count("the instance is terminated") == min(failed, 3)
    assert text.endswith(f"{more or 'is terminated'}.")


def test_groups_that_launch_with_another_profile_are_reported():
    shop = source("old")
    plan = replace(many(2), replacing=ReplacingSources({"i-00000000000000000": shop, "i-00000000000000001": shop}, ("It is odd.",)))
    assert plan.summary(False).startswith("2 attached. 2 reverts_on_replacement: The Auto Scaling group shop launches")
    reverting, not_known = plan.warnings
    assert "shop" in reverting and not_known == "reverts_on_replacement is not known for all instances. It is odd."


def test_the_diff_has_both_profiles_of_each_instance():
    current = association(OLD, I)
    there = InstanceSnapshot({I: Instance(I, "running"), "i-2": Instance("i-2", "running")}, {I: (current,)})
    plan = Desired({I: Target(WEB), "i-2": Target()}).plan(there)
    assert plan.diff() == {"before": {I: OLD.arn}, "after": {I: WEB.arn}}
