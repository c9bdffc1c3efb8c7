# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring what an earlier run changed, in a region in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.job import LaunchJob
from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import check_launch_undo
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._launch.undo import UndoJob
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, TemplateReference, Version
from ansible_collections.keyless.ec2.plugins.module_utils._values.unknown_members import REASON, UNKNOWN
from ansible_collections.keyless.ec2.tests.unit.factories import group
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD, WEB
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import HERE, Region, data, template

LT = "launch-template/lt-1"
BEFORE = {"default_version": "1", "latest_version": "1"}


def undo(in_region, **undo):
    """The result, and the changes that were reported as done."""
    job = UndoJob(LaunchSpec(undo={**HERE.undo({}), **undo}), in_region.clients)
    plan = job.plan(job.read())
    done = []
    outcome = job.apply(plan, done.append)
    return job.result(outcome), done


@pytest.mark.parametrize("origin", [{"region": "us-east-1"}, {"account": "210987654321"}])
def test_an_undo_of_another_account_or_region_is_refused_before_anything_is_read(clock, origin):
    region = Region(clock, [group("shop")])
    with pytest.raises(OptionError, match="^undo: is of the (region|account) "):
        undo(region, auto_scaling_groups={"shop": {"LaunchConfigurationName": "old"}}, **origin)
    assert region.asked == region.calls == []


def test_an_undo_of_instances_alone_selects_something(clock):
    region = Region(clock, instances=["i-1"])
    job = UndoJob(LaunchSpec(undo=HERE.undo({"instances": {"i-1": WEB.arn}})), region.clients)
    assert job.plan(job.read()).warnings == ()


def calls(done):
    return [(change.operation, change.target) for change in done]


@pytest.mark.parametrize(
    "profiles, default, expected",
    [
        (["old"], 1, []),  # nothing has changed
        (["old", "web"], 1, ["CreateLaunchTemplateVersion"]),  # $Latest has
        (["old", "web"], 2, ["CreateLaunchTemplateVersion", "ModifyLaunchTemplate"]),
        (["old", "web", "old"], 1, []),  # an undo was made before
        (["old", "web", "old"], 2, ["ModifyLaunchTemplate"]),
    ],
)
def test_a_template_is_restored(clock, profiles, default, expected):
    there = template(profiles=profiles, default=default)
    there = replace(there, versions={number: replace(each, data=data(profiles[number - 1])) for number, each in there.versions.items()})
    region = Region(clock, templates=[there])
    result, done = undo(region, launch_templates={"lt-1": BEFORE})
    assert calls(done) == [(each, LT) for each in expected]
    after = region.templates["lt-1"]
    assert (after.default, after.versions[after.latest].data) == (1, data("old"))
    (row,) = result["launch_templates"]
    assert (row["name"], row["action"]) == ("name-of-lt-1", "updated" if expected else "unchanged")
    assert row["before"] == {"launch_template_id": "lt-1", "version": str(default)}
    assert row["after"] == {"launch_template_id": "lt-1", "version": "1"}
    assert row["msg"] == ("it is restored" if expected else "there is nothing to restore")


def test_all_data_of_a_version_is_copied(clock):
    there = template(profiles=["old", "web"])
    there = replace(there, versions={**there.versions, 1: Version(1, {**data("old"), "MetadataOptions": {"State": "applied", "HttpTokens": "x"}})})
    region = Region(clock, templates=[there])
    undo(region, launch_templates={"lt-1": BEFORE})
    assert region.templates["lt-1"].versions[3].data == {**data("old"), "MetadataOptions": {"State": "applied", "HttpTokens": "x"}}


def test_a_deleted_template_fails(clock):
    result, done = undo(Region(clock, templates=[template()]), launch_templates={"lt-9": BEFORE, "lt-1": BEFORE})
    assert [(row["name"], row["action"], row["reason"]) for row in result["launch_templates"]] == [
        ("lt-9", "failed", "not_found"),
        ("name-of-lt-1", "unchanged", None),
    ]
    assert (result["failed"], done) == (True, [])


SOURCE = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}


@pytest.mark.parametrize("version, action", [("1", "unchanged"), ("2", "updated")])
def test_a_group_is_restored(clock, version, action):
    result, done = undo(Region(clock, [group(version=version), group("b", "7")]), auto_scaling_groups={"a": SOURCE})
    (row,) = result["auto_scaling_groups"]
    assert (row["name"], row["action"], row["after"]) == ("a", action, SOURCE)
    assert row["before"]["LaunchTemplate"]["Version"] == version
    assert row["msg"] == ("it is restored" if action == "updated" else "there is nothing to restore")
    assert [change.parameters for change in done] == ([{"AutoScalingGroupName": "a", **SOURCE}] if action == "updated" else [])


OURS, ANOTHER = (datetime(2026, 11, 1, tzinfo=timezone.utc), datetime(2026, 11, 2, tzinfo=timezone.utc))
NAMED = {"LaunchConfigurationName": "first"}
CONFIGURED = {**NAMED, "CreatedTime": "2026-11-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    "found, former, action",
    [
        ({"first": {"CreatedTime": OURS}}, CONFIGURED, "updated"),
        ({"first": {"CreatedTime": ANOTHER}}, CONFIGURED, "failed"),
        ({"first": {}}, CONFIGURED, "failed"),
        ({"first": {"CreatedTime": ANOTHER}}, NAMED, "updated"),  # the time was not known
    ],
)
def test_a_group_gets_back_its_launch_configuration_and_no_other_of_its_name(clock, found, former, action):
    """Once the group has a launch template, nothing uses the launch configuration, so it can be deleted and created again by somebody else."""
    result, done = undo(Region(clock, [group()], configurations=found), auto_scaling_groups={"a": former})
    (row,) = result["auto_scaling_groups"]
    assert (row["action"], row["reason"]) == (action, "not_found" if action == "failed" else None)
    assert action != "failed" or "its launch configuration first was deleted" in row["msg"]
    assert [change.parameters for change in done] == ([] if action == "failed" else [{"AutoScalingGroupName": "a", **NAMED}])


def test_the_undo_of_a_launch_configuration_has_its_time(clock):
    region = Region(clock, [Group("a", launch_configuration_name="first")], configurations={"first": {"CreatedTime": OURS}})
    job = LaunchJob(LaunchSpec(groups=("a",), profile="web", convert=True), region.clients)
    value = job.plan(job.read()).undo()
    assert value["auto_scaling_groups"] == {"a": CONFIGURED}
    check_launch_undo(value)
    with pytest.raises(OptionError, match="unexpected form"):
        check_launch_undo({"auto_scaling_groups": {"a": {"CreatedTime": CONFIGURED["CreatedTime"]}}})


def config(version):
    return {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": version}}


@pytest.mark.parametrize("version, action", [("1", "unchanged"), ("2", "updated")])
def test_a_fleet_is_restored(clock, version, action):
    there = Fleet("EC2 Fleet", "fleet-1", (TemplateReference("lt-1", version, 0),), configs=(config(version),))
    source = {"LaunchTemplateConfigs": [config("1")]}
    result, done = undo(Region(clock, fleets=[there]), fleets={"fleet-1": source})
    (row,) = result["fleets"]
    assert (row["action"], row["before"], row["after"]) == (action, {"LaunchTemplateConfigs": [config(version)]}, source)
    assert row["msg"] == ("it is restored" if action == "updated" else "there is nothing to restore")
    assert [change.parameters for change in done] == ([{"FleetId": "fleet-1", **source}] if action == "updated" else [])


@pytest.mark.parametrize("kind, name, says", [("auto_scaling_groups", "zzz", "Auto Scaling group"), ("fleets", "fleet-9", "fleet")])
def test_a_deleted_group_or_fleet_fails(clock, kind, name, says):
    result, done = undo(Region(clock, [group()]), **{kind: {name: SOURCE}})
    (row,) = result[kind]
    assert (row["name"], row["action"], row["reason"], done) == (name, "failed", "not_found", [])
    assert f"there is no such {says} in this region" in row["msg"]


UNKNOWN_TEMPLATE = replace(
    template(profiles=[None, "web"]), versions={1: Version(1, {"ImageId": "ami-1", UNKNOWN: {"New": "digest"}}), 2: Version(2, data("web"))}
)
UNKNOWN_GROUP = replace(group(version="2"), launch_template={"LaunchTemplateId": "lt-1", "Version": "2", UNKNOWN: {"New": "digest"}})
UNKNOWN_FLEET = Fleet("EC2 Fleet", "fleet-1", (TemplateReference("lt-1", "2", 0),), configs=({**config("2"), UNKNOWN: {"New": "digest"}},))


@pytest.mark.parametrize(
    "there, value",
    [
        # Without a profile, all data of the version is sent.
        ({"templates": [UNKNOWN_TEMPLATE]}, {"launch_templates": {"lt-1": BEFORE}}),
        ({"groups": [UNKNOWN_GROUP]}, {"auto_scaling_groups": {"a": SOURCE}}),
        ({"fleets": [UNKNOWN_FLEET]}, {"fleets": {"fleet-1": {"LaunchTemplateConfigs": [config("1")]}}}),
    ],
    ids=["template", "group", "fleet"],
)
def test_what_botocore_does_not_know_is_not_written_back(clock, there, value):
    result, done = undo(Region(clock, **there), **value)
    (row,) = result[next(iter(value))]
    assert (row["action"], row["reason"], done) == ("failed", REASON, [])
    assert "does not know" in row["msg"] and "New" in row["msg"]


def test_instances_are_restored(clock):
    region = Region(clock, instances=["i-1", "i-2", "i-3"])
    result, done = undo(region, instances={"i-1": WEB.arn, "i-2": None, "i-3": OLD.arn})
    assert [(row["instance_id"], row["action"]) for row in result["instances"]] == [("i-1", "replaced"), ("i-2", "detached"), ("i-3", "unchanged")]
    assert sorted(calls(done)) == [("DisassociateIamInstanceProfile", "instance/i-2"), ("ReplaceIamInstanceProfileAssociation", "instance/i-1")]
    assert region.ec2.current_association("i-1").profile_arn == WEB.arn and region.ec2.current_association("i-2") is None


def test_only_what_undo_names_is_read(clock):
    region = Region(clock, [group()], [template()])
    result, done = undo(region)
    assert (region.asked, region.ec2.reads, done) == ([], 0, [])
    assert result["counts"]["instances"]["failed"] == 0 and result["failed"] is False
    undo(region, auto_scaling_groups={"a": SOURCE})
    assert region.asked == [("groups", None)]


def test_the_versions_that_are_compared_are_read(clock):
    region = Region(clock, templates=[template(profiles=["old", "old", "web", "web"], default=4)])
    undo(region, launch_templates={"lt-1": {"default_version": "1", "latest_version": "2"}})
    assert region.asked == [("templates", {"lt-1": ["1", "2"]})]
    assert region.templates["lt-1"].versions[5].data == data("old", "ami-2") and region.templates["lt-1"].default == 1


@pytest.mark.parametrize("now, before, expected", [(1, "2", ["2"]), (2, "2", []), (2, "1", ["1"])])
def test_the_default_version_moves_either_way(clock, now, before, expected):
    region = Region(clock, templates=[template(profiles=["old", "old"], default=now)])
    _result, done = undo(region, launch_templates={"lt-1": {"default_version": before, "latest_version": "2"}})
    assert [change.parameters["DefaultVersion"] for change in done] == expected


def test_the_copy_gets_the_next_number(clock):
    region = Region(clock, templates=[template(profiles=["old", "web", "web"], default=3)])
    job = UndoJob(LaunchSpec(undo={"launch_templates": {"lt-1": BEFORE}}), region.clients)
    (plan,) = job.plan(job.read()).versions.values()
    assert [(each.source, each.number, each.interim_of) for each in plan.new] == [(1, 4, None)]
    assert (plan.numbers, plan.default) == ({}, 1)


def test_managed_instances_are_restored_too(clock):
    region = Region(clock, instances=["i-1"])
    read_instances = region.ec2.read_instances

    def read_managed(ids):
        found = read_instances(ids)
        return replace(found, instances={key: replace(each, managed_by="Karpenter") for key, each in found.instances.items()})

    region.ec2.read_instances = read_managed
    result, _done = undo(region, instances={"i-1": WEB.arn})
    assert [row["action"] for row in result["instances"]] == ["replaced"]


@pytest.mark.parametrize("gone", ["terminated", "shutting-down"])
def test_a_terminated_instance_is_skipped(clock, gone):
    region = Region(clock, instances=["i-1"])
    region.ec2.states["i-1"] = gone
    result, done = undo(region, instances={"i-1": WEB.arn})
    assert ([row["action"] for row in result["instances"]], done, result["failed"]) == (["skipped"], [], False)


def test_an_instance_whose_former_profile_is_gone_keeps_its_present_one(clock):
    region = Region(clock, instances=["i-1", "i-2"])
    for each in ("i-1", "i-2"):
        region.ec2.give(each, OLD)
    gone = WEB.known_arn.replace("/web", "/gone")
    result, done = undo(region, instances={"i-1": gone, "i-2": WEB.known_arn})
    assert calls(done) == [("ReplaceIamInstanceProfileAssociation", "instance/i-2")]
    rows = {row["instance_id"]: (row["action"], row["reason"]) for row in result["instances"]}
    assert rows == {"i-1": ("failed", "profile_not_found"), "i-2": ("replaced", "conflict")} and result["failed"]


TAG = {"Key": "team", "Value": "a", "PropagateAtLaunch": True}
SHOP = "autoScalingGroup/shop"


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({"Tags": {"team": TAG, "new": None}, "TargetGroupARNs": ["arn:a", "arn:b"]}, []),  # everything is as before
        ({"Tags": {"team": {**TAG, "Value": "b"}}}, [("CreateOrUpdateTags", {"Tags": [{"Key": "team", "Value": "b", "PropagateAtLaunch": True}]})]),
        ({"Tags": {"team": {**TAG, "PropagateAtLaunch": False}}}, [("CreateOrUpdateTags", {"Tags": [{**TAG, "PropagateAtLaunch": False}]})]),
        ({"Tags": {"team": None, "new": None}}, [("DeleteTags", {"Tags": [{"Key": "team"}]})]),
        ({"TargetGroupARNs": []}, [("DetachLoadBalancerTargetGroups", {"TargetGroupARNs": ["arn:a", "arn:b"]})]),
        (
            {"TargetGroupARNs": ["arn:a", "arn:c"]},
            [
                ("AttachLoadBalancerTargetGroups", {"TargetGroupARNs": ["arn:c"]}),
                ("DetachLoadBalancerTargetGroups", {"TargetGroupARNs": ["arn:b"]}),
            ],
        ),
    ],
)
@pytest.mark.parametrize("source", [{}, {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}])
def test_settings_of_a_group_are_restored(clock, settings, expected, source):
    """The role launch_group adds them to the value; tags that it does not name stay."""
    region = Region(clock, [group("shop", tags={"team": "a", "other": "x"}, target_groups=("arn:a", "arn:b"))])
    result, done = undo(region, auto_scaling_groups={"shop": {**source, **settings}})
    of_group = {"AutoScalingGroupName": "shop"}
    of_tag = {"ResourceId": "shop", "ResourceType": "auto-scaling-group"}
    wanted = [
        (operation, {"Tags": [{**of_tag, **each} for each in more["Tags"]]} if "Tags" in more else {**of_group, **more})
        for operation, more in expected
    ]
    assert [(change.operation, change.parameters) for change in done] == wanted
    assert {change.target for change in done} <= {SHOP}
    assert [row["action"] for row in result["auto_scaling_groups"]] == ["updated" if expected else "unchanged"]


def test_settings_are_restored_with_what_the_group_launches_from(clock):
    region = Region(clock, [group("shop", version="2", tags={"team": "a"})])
    source = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}
    _result, done = undo(region, auto_scaling_groups={"shop": {**source, "Tags": {"team": None}}})
    assert [change.operation for change in done] == ["UpdateAutoScalingGroup", "DeleteTags"]
    assert done[0].parameters == {"AutoScalingGroupName": "shop", **source}
