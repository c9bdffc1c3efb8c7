# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a plan's calls: what fails together, and numbers that AWS assigns."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.job import LaunchJob
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, TemplateReference
from ansible_collections.keyless.ec2.tests.unit import factories
from ansible_collections.keyless.ec2.tests.unit.factories import group
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import Region, data, template

NEW_VERSION, SET_DEFAULT, UPDATE_GROUP = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "UpdateAutoScalingGroup"


def write(region, **options):
    """The plan after its calls, and the changes that were reported as done."""
    job = LaunchJob(LaunchSpec(**{"groups": tuple(region.groups), "profile": "web", **options}), region.clients)
    plan = job.plan(job.read())
    done = []
    return job.apply(plan, done.append), [(change.operation, change.target) for change in done]


def rows(plan):
    return {row.name: (row.action, row.reason) for row in plan.rows}


def test_a_failed_template_fails_the_groups_that_use_it_and_no_others(clock):
    groups = [group("a"), group("b", template_id="lt-2")]
    region = Region(clock, groups, [template(), template("lt-2")])
    region.refuse[NEW_VERSION, "launch-template/lt-1"] = "Odd"
    plan, done = write(region, templates=("lt-1", "lt-2"))
    assert rows(plan) == {
        "a": ("failed", "Odd"),
        "b": ("updated", "conflict"),
        "name-of-lt-1": ("failed", "Odd"),
        "name-of-lt-2": ("updated", "conflict"),
    }
    assert done == [(NEW_VERSION, "launch-template/lt-2"), (SET_DEFAULT, "launch-template/lt-2"), (UPDATE_GROUP, "autoScalingGroup/b")]
    assert "no" in plan.rows.groups[0].msg and (UPDATE_GROUP, "autoScalingGroup/a") not in region.calls


def test_a_failed_group_does_not_fail_others(clock):
    region = Region(clock, [group("a"), group("b")], [template()])
    region.refuse[UPDATE_GROUP, "autoScalingGroup/a"] = "Odd"
    plan, done = write(region)
    assert rows(plan) == {"a": ("failed", "Odd"), "b": ("updated", "conflict")}
    assert done == [(NEW_VERSION, "launch-template/lt-1"), (UPDATE_GROUP, "autoScalingGroup/b")]


def test_a_refused_default_version_fails_after_the_version_was_created(clock):
    region = Region(clock, [group("a", "$Default")], [template()])
    region.refuse[SET_DEFAULT, "launch-template/lt-1"] = "Odd"
    plan, done = write(region)
    assert (rows(plan), done) == ({"a": ("failed", "Odd")}, [(NEW_VERSION, "launch-template/lt-1")])


def test_a_group_does_not_use_the_first_version_if_the_second_fails(clock):
    """Two versions of one template: the group that needs only the first fails too, because the outcome is unknown."""
    region = Region(clock, [group("a"), group("b", "2")], [template(profiles=["old", "old"])])
    region.numbers = [0, 1]
    plan, done = write(region)
    assert rows(plan) == {"a": ("failed", "ChangedMeanwhile"), "b": ("failed", "ChangedMeanwhile")}
    assert done == [(NEW_VERSION, "launch-template/lt-1")] * 2
    assert "create version 5 of the launch template name-of-lt-1" in plan.rows.groups[0].msg and "run again" in plan.rows.groups[0].msg


@pytest.mark.parametrize("more", [0, 1, 7])
def test_aws_may_assign_higher_numbers_than_expected(clock, more):
    region = Region(clock, [group("a"), group("b", "2"), group("c", "$Default")], [template(profiles=["old", "old"])])
    region.numbers = [more]
    plan, _done = write(region)
    assert [row.after["version"] for row in plan.rows.groups] == [str(3 + more), str(4 + more), str(3 + more)]
    assert region.templates["lt-1"].default == 3 + more
    assert [row.steps[0].parameters["LaunchTemplate"]["Version"] for row in plan.rows.groups[:2]] == [str(3 + more), str(4 + more)]
    assert sorted(plan.versions["lt-1"].numbers.items()) == [(1, 3 + more), (2, 4 + more)]


@pytest.mark.parametrize("spoilt, names", [({"ImageId": "ami-1"}, "IamInstanceProfile"), ({**data("web"), "KeyName": "k"}, "KeyName")])
def test_a_version_that_differs_from_what_was_sent_is_not_used(clock, spoilt, names):
    region = Region(clock, [group("a")], [template()])
    region.spoilt = spoilt
    plan, done = write(region)
    assert (rows(plan), done) == ({"a": ("failed", "UnexpectedAnswer")}, [(NEW_VERSION, "launch-template/lt-1")])
    assert f"it differs from what was sent in {names}. No group or fleet that names a version number uses it" in plan.rows.groups[0].msg
    assert "create version 2 of the launch template name-of-lt-1" in plan.rows.groups[0].msg


def test_launch_configurations_fail_independently(clock):
    groups = [Group(name, launch_configuration_name=f"of-{name}") for name in "ab"]
    region = Region(clock, groups, configurations={"of-a": {"ImageId": "ami-1"}, "of-b": {"ImageId": "ami-2"}})
    region.refuse["CreateLaunchTemplate", "launch-template/of-a"] = "Odd"
    plan, done = write(region, convert=True)
    assert rows(plan) == {"a": ("failed", "Odd"), "b": ("updated", None)}
    assert done == [("CreateLaunchTemplate", "launch-template/of-b"), (UPDATE_GROUP, "autoScalingGroup/b")]


@pytest.mark.parametrize("exists", [True, False])
def test_a_group_gets_the_template_that_was_checked_or_created_and_no_other_of_its_name(clock, exists):
    """Whoever may delete that one and create another launch template could have the group launch it, with its role."""
    there = [factories.template({"ImageId": "ami-1", "IamInstanceProfile": {"Name": "web"}}, template_id="lt-2", name="first")]
    groups = [Group("a", launch_configuration_name="first")]
    region = Region(clock, groups, there if exists else (), configurations={"first": {"ImageId": "ami-1"}})
    plan, done = write(region, convert=True)
    assert done[-1] == (UPDATE_GROUP, "autoScalingGroup/a")
    (step,) = plan.rows.groups[0].steps
    assert step.parameters["LaunchTemplate"] == {"LaunchTemplateId": "lt-2" if exists else "lt-of-first", "Version": "1"}


def test_outcomes_keep_their_kinds(clock):
    config = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}}
    fleets = [Fleet("Spot Fleet", name, (TemplateReference("lt-1", "1", 0),), configs=(config,)) for name in ("sfr-1", "sfr-2")]
    region = Region(clock, [group("a")], [template()], fleets)
    region.refuse["ModifySpotFleetRequest", "spot-fleet-request/sfr-1"] = "Odd"
    plan, _done = write(region, templates=("lt-1",))
    assert [row.name for row in plan.rows.groups] == ["a"] and [row.name for row in plan.rows.fleets] == ["sfr-1", "sfr-2"]
    assert [row.action for row in plan.rows.fleets] == ["failed", "updated"]
    assert [row.name for row in plan.rows.templates] == ["name-of-lt-1"]
    assert plan.rows.groups[0].also_used_by == () and plan.rows.templates[0].also_used_by == ()


def test_others_that_use_the_template_are_still_listed_afterwards(clock):
    region = Region(clock, [group("a"), group("b")], [template()])
    plan, _done = write(region, groups=("a",))
    assert plan.rows.groups[0].also_used_by == ("b",)


@pytest.mark.parametrize("wait, reads", [(True, 3), (False, 1)])
def test_wait_decides_whether_to_wait_for_members(clock, wait, reads):
    region = Region(clock, [group("a", instance_ids=("i-1",))], [template()], instances=["i-1"])
    plan, done = write(region, wait=wait)
    assert (plan.members.rows[0].action, done[-1]) == ("replaced", ("ReplaceIamInstanceProfileAssociation", "instance/i-1"))
    assert (region.ec2.reads >= reads) if wait else region.ec2.reads == reads


def test_wait_timeout_limits_the_wait_for_members(clock):
    region = Region(clock, [group("a", instance_ids=("i-1",))], [template()], instances=["i-1"])
    plan, _done = write(region, wait_timeout=2)
    assert (plan.members.rows[0].reason, clock.now < 5) == ("timed_out", True)


def test_the_first_of_two_failed_templates_is_reported(clock):
    other = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-2", "Version": "1"}}
    mixed = {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}, "Overrides": [other]}}
    region = Region(clock, [Group("a", mixed_instances_policy=mixed)], [template(), template("lt-2")])
    region.refuse = {(NEW_VERSION, f"launch-template/{key}"): code for key, code in (("lt-1", "First"), ("lt-2", "Second"))}
    plan, done = write(region)
    assert (plan.rows.groups[0].reason, done) == ("First", []) and "name-of-lt-1" in plan.rows.groups[0].msg and "First" in plan.rows.groups[0].msg
