# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach: groups of all kinds, their members and new instances, and undo."""

from __future__ import annotations

from base64 import b64decode

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, IMAGE, as_actions, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, NUMBERS, SECRET
from ansible_collections.keyless.ec2.tests.integration.support.tables import table


def attach(controller, *arguments, **options):
    return controller.module("launch_profile_attach", *arguments, **{"instance_profile": "web", **options})


def writes(run):
    return [call["operation"] for call in run.writes]


CREATE, MOVE, UPDATE = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "UpdateAutoScalingGroup"


@pytest.mark.parametrize("version, calls", [("1", [CREATE, UPDATE]), ("$Default", [CREATE, MOVE]), ("$Latest", [CREATE])])
def test_members_and_new_instances_get_the_profile(groups, controller, version, calls):
    template = groups.template()
    name = groups.group(template, version, size=2)
    planned = attach(controller, "--check", "--diff", auto_scaling_groups=[name]).succeeded()
    assert planned.writes == [] and groups.profiles(name) == ["old"] * 2
    run = attach(controller, "--diff", auto_scaling_groups=[name]).succeeded()
    assert writes(run) == [*calls, *["ReplaceIamInstanceProfileAssociation"] * 2]
    for key in ("actions", "diff", "auto_scaling_groups", "counts", "undo"):
        assert planned.last[key] == run.last[key], key
    (row,) = run.last["auto_scaling_groups"]
    assert (row["action"], row["before"]["instance_profile"], row["after"]["instance_profile"]) == ("updated", "old", "web")
    assert row["after"]["version"] == "2"
    assert groups.profiles(name) == ["web"] * 2
    assert groups.replace_one(name) == "web"
    assert groups.versions(template)[2] == {**DATA, "IamInstanceProfile": {"Name": "web"}}
    again = attach(controller, auto_scaling_groups=[name]).succeeded()
    assert (again.last["changed"], again.writes) == (False, [])
    assert again.last["auto_scaling_groups"][0]["action"] == "unchanged"


def test_actions_are_the_calls_without_user_data(groups, controller):
    name = groups.group(groups.template(profile="web"))
    run = attach(controller, auto_scaling_groups=[name], instance_profile="web", state="absent").succeeded()
    made = as_actions(run.writes)
    for action in made:
        action["parameters"].pop("ClientToken", None)  # botocore's own
    assert sorted(map(str, without_targets(run.last["actions"]))) == sorted(map(str, made))
    assert SECRET not in run.output
    assert groups.profiles(name) == [None]
    assert groups.replace_one(name) is None
    assert groups.versions(groups.shown(name)["LaunchTemplate"]["LaunchTemplateId"])[2] == DATA


def test_groups_that_use_one_version_share_the_new_one(groups, controller):
    template = groups.template()
    names = [groups.group(template, version) for version in ("1", "1", "$Default", "$Latest")]
    run = attach(controller, auto_scaling_groups=names).succeeded()
    assert sorted(each for each in writes(run) if each in (CREATE, MOVE, UPDATE)) == [CREATE, MOVE, UPDATE, UPDATE]
    assert [groups.replace_one(name) for name in names] == ["web"] * 4


def test_latest_stays_the_same_for_groups_that_use_it(groups, controller):
    template = groups.template()
    groups.version(template, InstanceType="t3.large")
    pinned, other = groups.group(template, "1"), groups.group(template, "$Latest")
    run = attach(controller, auto_scaling_groups=[pinned]).succeeded()
    (row,) = run.last["auto_scaling_groups"]
    assert row["also_used_by"] == [other]
    assert any(other in str(warning) for warning in run.last["warnings"])
    versions = groups.versions(template)
    assert groups.shown(pinned)["LaunchTemplate"]["Version"] == "3"
    assert versions[3]["InstanceType"] == "t3.micro" and versions[3]["IamInstanceProfile"] == {"Name": "web"}
    assert versions[max(versions)] == versions[2]
    assert (groups.replace_one(pinned), groups.replace_one(other)) == ("web", "old")


def test_fleets_that_use_the_template_are_listed(groups, controller, aws):
    template = groups.template()
    fleet = aws.ec2.create_fleet(
        LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "1"}}],
        TargetCapacitySpecification={"TotalTargetCapacity": 0, "DefaultTargetCapacityType": "on-demand"},
    )["FleetId"]
    run = attach(controller, auto_scaling_groups=[groups.group(template)]).succeeded()
    assert run.last["auto_scaling_groups"][0]["also_used_by"] == [fleet]
    assert fleet in str(run.last["warnings"])


def test_everything_else_in_a_mixed_policy_stays(groups, controller):
    name = groups.mixed(groups.template(), groups.template(InstanceType="t4g.micro"), size=3)
    before = groups.shown(name)["MixedInstancesPolicy"]
    run = attach(controller, auto_scaling_groups=[name]).succeeded()
    assert sorted(each for each in writes(run) if each in (CREATE, MOVE, UPDATE)) == [CREATE, CREATE, UPDATE]
    after = groups.shown(name)["MixedInstancesPolicy"]
    for place in (after["LaunchTemplate"], after["LaunchTemplate"]["Overrides"][1]):
        assert place["LaunchTemplateSpecification"]["Version"] == "2"
        place["LaunchTemplateSpecification"]["Version"] = "1"
    assert after == before
    assert groups.profiles(name) == ["web"] * 3
    assert [groups.replace_one(name) for _instance in range(3)] == ["web"] * 3


def test_warm_instances_get_the_profile(groups, controller):
    name = groups.group(groups.template())
    groups.client.put_warm_pool(AutoScalingGroupName=name, MinSize=2, MaxGroupPreparedCapacity=2)
    run = attach(controller, auto_scaling_groups=[name]).succeeded()
    assert run.last["counts"]["instances"]["replaced"] == 3
    warm = groups.client.describe_warm_pool(AutoScalingGroupName=name)["Instances"]
    assert [groups.aws.profile_of(each["InstanceId"]) for each in warm] == ["web"] * 2


def test_members_can_be_left_alone(groups, controller):
    name = groups.group(groups.template())
    run = attach(controller, auto_scaling_groups=[name], members=False).succeeded()
    assert run.last["instances"] == [] and groups.profiles(name) == ["old"]
    assert not [call for call in run.calls if call["operation"] == "DescribeInstances"]


def test_filters_find_groups(groups, controller):
    wanted, other = (groups.group(groups.template(), tags={"team": team}) for team in ("shop", "bank"))
    run = attach(controller, filters={"tag:team": "shop"}).succeeded()
    assert [row["name"] for row in run.last["auto_scaling_groups"]] == [wanted]
    assert groups.profiles(other) == ["old"]


def test_templates_get_it_in_their_default_and_latest_versions(groups, controller):
    template = groups.template()
    groups.version(template, InstanceType="t3.large")
    run = attach(controller, launch_templates=[template]).succeeded()
    assert (run.last["launch_templates"][0]["action"], writes(run)) == ("updated", [CREATE, CREATE, MOVE])
    versions = groups.versions(template)
    assert groups.default(template) == 3 and versions[3]["InstanceType"] == "t3.micro"
    assert versions[4] == {**versions[2], "IamInstanceProfile": {"Name": "web"}}
    again = attach(controller, launch_templates=[template]).succeeded()
    assert again.writes == []


@pytest.mark.parametrize("on_conflict, action, fails", [("skip", "skipped", False), ("fail", "failed", True)])
def test_another_profile_can_be_kept(groups, controller, on_conflict, action, fails):
    name, bare = groups.group(groups.template()), groups.group(groups.template(profile=None))
    run = attach(controller, auto_scaling_groups=[name, bare], on_conflict=on_conflict)
    assert (run.returncode != 0) is fails
    rows = {row["name"]: (row["action"], row["reason"]) for row in run.last["auto_scaling_groups"]}
    assert rows == {name: (action, "conflict"), bare: ("updated", None)}
    assert (groups.profiles(name), groups.profiles(bare)) == (["old"], ["web"])


MANAGERS = {
    "eks:nodegroup-name": "Amazon EKS",
    "elasticbeanstalk:environment-name": "AWS Elastic Beanstalk",
    "AWSBatchServiceTag": "AWS Batch",
    "aws:cloudformation:stack-name": "AWS CloudFormation",
    "karpenter.sh/nodepool": "Karpenter",
}


@pytest.mark.parametrize("tag", table(MANAGERS, ["eks:nodegroup-name"]))
def test_managed_groups_are_skipped_unless_included(groups, controller, tag):
    name = groups.group(groups.template(), tags={tag: "x"})
    run = attach(controller, auto_scaling_groups=[name]).succeeded()
    (row,) = run.last["auto_scaling_groups"]
    assert (row["action"], row["reason"], row["managed_by"], run.writes) == ("skipped", "managed", MANAGERS[tag], [])
    assert groups.profiles(name) == ["old"]
    attach(controller, auto_scaling_groups=[name], include_managed=True).succeeded()
    assert groups.profiles(name) == ["web"] and groups.replace_one(name) == "web"


@pytest.mark.parametrize("launched, options", [("web", {}), (None, {"state": "absent", "instance_profile": None})])
def test_instances_of_a_managed_group_are_left_alone(groups, controller, launched, options):
    name = groups.group(groups.template(profile=launched), tags={"eks:nodegroup-name": "x"})
    instances = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
    controller.module("instance_profile_attach", instance_ids=instances, instance_profile="old").succeeded()
    asked = {key: value for key, value in {"instance_profile": "web", **options}.items() if value is not None}
    run = controller.module("launch_profile_attach", auto_scaling_groups=[name], **asked).succeeded()
    (row,) = run.last["auto_scaling_groups"]
    assert (row["action"], row["managed_by"], run.writes) == ("unchanged", "Amazon EKS", [])
    assert groups.profiles(name) == ["old"]
    controller.module("launch_profile_attach", auto_scaling_groups=[name], include_managed=True, **asked).succeeded()
    assert groups.profiles(name) == [launched]


def test_a_launch_configuration_is_replaced_if_that_is_allowed(groups, controller):
    configuration = {
        "LaunchConfigurationName": f"configuration {next(NUMBERS)}",
        "ImageId": IMAGE,
        "InstanceType": "t3.micro",
        "IamInstanceProfile": "old",
        "UserData": b64decode(SECRET).decode(),
        "MetadataOptions": {"HttpTokens": "required"},
        "SpotPrice": "0.05",
        "InstanceMonitoring": {"Enabled": True},
    }
    groups.client.create_launch_configuration(**configuration)
    names = [groups.group(LaunchConfigurationName=configuration["LaunchConfigurationName"]) for _group in range(2)]
    refused = attach(controller, auto_scaling_groups=names)
    assert refused.returncode != 0 and refused.writes == []
    assert "convert_launch_configurations" in refused.last["msg"]
    run = attach(controller, auto_scaling_groups=names, convert_launch_configurations=True).succeeded()
    assert writes(run)[:3] == ["CreateLaunchTemplate", UPDATE, UPDATE]
    assert SECRET not in run.output
    shown = groups.shown(names[0])
    template = shown["LaunchTemplate"]["LaunchTemplateId"]
    assert "LaunchConfigurationName" not in shown
    assert groups.versions(template)[1] == {
        **DATA,
        "IamInstanceProfile": {"Name": "web"},
        "InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.05"}},
        "Monitoring": {"Enabled": True},
    }
    again = attach(controller, auto_scaling_groups=names, convert_launch_configurations=True).succeeded()
    assert again.writes == []


@pytest.mark.parametrize("version", table(["1", "$Default", "$Latest"], ["$Latest"]))
def test_undo_restores_everything(groups, controller, version):
    template = groups.template()
    name = groups.group(template, version, size=2)
    undo = attach(controller, auto_scaling_groups=[name]).succeeded().last["undo"]
    back = controller.module("launch_profile_attach", undo=undo).succeeded()
    assert groups.profiles(name) == ["old"] * 2
    assert groups.replace_one(name) == "old"
    assert groups.default(template) == 1
    assert groups.shown(name)["LaunchTemplate"].get("Version") == version
    assert {row["action"] for row in (*back.last["auto_scaling_groups"], *back.last["launch_templates"])} == {"updated"}
    again = controller.module("launch_profile_attach", undo=undo).succeeded()
    assert (again.last["changed"], again.writes) == (False, [])


@pytest.mark.parametrize(
    "options, says",
    [
        ({"auto_scaling_groups": ["nobody"]}, "no such Auto Scaling group"),
        ({"launch_templates": ["nobody"]}, "no such launch template"),
        ({"auto_scaling_groups": ["nobody"], "instance_profile": "wbe"}, "there is no instance profile 'wbe' in account 123456789012"),
        ({"auto_scaling_groups": ["nobody"], "instance_profile": "w b"}, "instance_profile: 'w b' is neither"),
        ({"filters": {"Name": "x"}}, "filters[Name]: is not a filter of Auto Scaling"),
        ({"filters": {}}, "filters: is empty"),
        ({"undo": {"groups": {}}}, "mutually exclusive: instance_profile|undo"),
        ({"instance_profile": "web"}, "one of the following is required"),
    ],
)
def test_invalid_options_are_refused_before_anything_is_written(groups, controller, options, says):
    run = attach(controller, **options)
    assert run.returncode != 0 and run.writes == []
    assert says in run.last["msg"]


def test_a_misspelled_group_gets_a_suggestion(groups, controller):
    name = groups.group(groups.template(), size=0)
    run = attach(controller, auto_scaling_groups=[f"{name}x"])
    assert run.returncode != 0 and f"Did you mean {name}?" in run.last["msg"]


@pytest.mark.parametrize(
    "undo, option",
    [
        ({**HERE, "groups": {}}, "undo"),
        ({**HERE, "instances": []}, "undo"),
        ({"auto_scaling_groups": {"web": {"LaunchConfigurationName": "old"}}}, "undo"),
        ({**HERE, "launch_templates": {"lt-1": {}}}, "undo.launch_templates[lt-1]"),
        ({**HERE, "auto_scaling_groups": {"web": {}}}, "undo.auto_scaling_groups[web]"),
    ],
)
def test_an_invalid_undo_is_refused(controller, undo, option):
    run = controller.module("launch_profile_attach", undo=undo)
    assert run.returncode != 0 and run.calls == []
    assert run.last["msg"].startswith(f"{option}: ") and "of an earlier run" in run.last["msg"]


@pytest.mark.parametrize("count", [1, 20])
def test_reads_grow_with_the_pages_and_writes_with_the_groups(groups, controller, count):
    names = [groups.group(groups.template(), size=0) for _group in range(count)]
    run = attach(controller, auto_scaling_groups=names).succeeded()
    again = attach(controller, auto_scaling_groups=names).succeeded()
    assert len(run.writes) <= 2 * count
    assert len(again.calls) <= 4 + count // 50
