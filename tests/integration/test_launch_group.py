# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role launch_group creates a group once, and then writes only what differs."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, ZONES
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

PLAYBOOK = "keyless.ec2.launch_group"
SCRIPT = "echo do-not-show-this"
WEB = {
    "launch_group_name": "workers",
    "launch_group_create_role": True,
    "launch_group_availability_zones": ZONES,
    "launch_group_tags": {"team": "web"},
    "launch_group_user_data": SCRIPT,
    "launch_group_max_size": 4,
    "ec2_role_name": "workers",
}
CREATED = ["CreateRole", "CreateInstanceProfile", "AddRoleToInstanceProfile", "CreateLaunchTemplate", "CreateAutoScalingGroup"]
# amazon.aws.autoscaling_group before 12 writes the metrics that a group has with every change.
METRICS = ("EnableMetricsCollection", "DisableMetricsCollection")
ROLE = [{"ansible.builtin.include_role": {"name": PLAYBOOK}}]


def operations(run):
    return [call["operation"] for call in run.writes if call["operation"] not in METRICS]


def versions(groups, name):
    """The data of each version of the template with this name."""
    (template,) = groups.aws.ec2.describe_launch_templates(LaunchTemplateNames=[name])["LaunchTemplates"]
    return groups.versions(template["LaunchTemplateId"])


def told(run, host="localhost"):
    """The result of the last task on the host."""
    return [each["result"] for each in run.results if each["host"] == host][-1]


def result_of(run):
    """The role's result."""
    return run.of(f"{PLAYBOOK} : Set the result")["ansible_facts"]["launch_group_result"]


@pytest.fixture(name="workers")
def _workers(groups, controller):
    """The group of the next tests, also if only exhaustive tests run."""
    if not groups.client.describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])["AutoScalingGroups"]:
        controller.run(PLAYBOOK, variables=WEB).succeeded()


class TestOnDemand:
    def test_the_group_launches_with_the_role(self, aws, groups, controller):
        # The command line itself is shown, so the variables are in a file.
        (controller.folder / "web.json").write_text(json.dumps(WEB), encoding="utf-8")
        run = controller.run(PLAYBOOK, "-vvvv", "--diff", "-e", "@web.json").succeeded()
        assert operations(run) == CREATED
        assert SCRIPT not in run.output and b64encode(SCRIPT.encode()).decode() not in run.output
        (member,) = groups.shown("workers")["Instances"]
        instance = aws.instance(member["InstanceId"])
        assert aws.profile_of(member["InstanceId"]) == "workers"
        assert (instance["MetadataOptions"]["HttpTokens"], instance.get("InstanceLifecycle")) == ("required", None)
        tags = {each["Key"]: each["Value"] for each in instance["Tags"]}
        assert (tags["Name"], tags["team"]) == ("workers", "web")
        assert versions(groups, "workers")[1]["UserData"] == b64encode(SCRIPT.encode()).decode()
        result = result_of(run)
        assert (result["version"], result["instance_ids"], result["changed"]) == ("1", [member["InstanceId"]], True)

    @pytest.mark.parametrize("flags", table(["--diff", "--check"], ["--diff"]))
    @pytest.mark.usefixtures("workers")
    def test_a_second_run_changes_nothing_after_scaling(self, groups, controller, flags):
        groups.client.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=2)
        run = controller.run(PLAYBOOK, flags, variables=WEB).succeeded()
        assert not run.changed
        assert run.writes == []
        result = result_of(run)
        assert (result["version"], len(result["instance_ids"]), result["changed"]) == ("1", 2, False)

    def test_another_type_creates_one_version_that_keeps_the_rest(self, groups, controller):
        source = groups.shown("workers")["LaunchTemplate"]["LaunchTemplateId"]
        by_hand = groups.version(source, Monitoring={"Enabled": True})
        newer = groups.version(source, InstanceType="m7i.large")
        specification = {"LaunchTemplateId": source, "Version": by_hand}
        groups.client.update_auto_scaling_group(AutoScalingGroupName="workers", LaunchTemplate=specification)
        run = controller.run(PLAYBOOK, variables={**WEB, "launch_group_instance_type": "t3.small"}).succeeded()
        assert operations(run) == ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"]
        made = groups.shown("workers")["LaunchTemplate"]["Version"]
        assert (made, groups.default(source)) == (str(int(newer) + 1), 1)
        assert versions(groups, "workers")[int(made)] == {**versions(groups, "workers")[2], "InstanceType": "t3.small"}


class TestMixed:
    VARIABLES = {
        "launch_group_name": "mixed",
        "launch_group_instance_profile": "web",
        "launch_group_availability_zones": ZONES,
        "launch_group_purchase": "mixed",
        "launch_group_on_demand_base_capacity": 1,
        "launch_group_on_demand_percentage": 0,
        "launch_group_min_size": 2,
        "launch_group_desired_capacity": 3,
    }

    def test_on_demand_and_spot_instances_are_launched(self, aws, groups, controller):
        types = {"launch_group_instance_types": "t3.small,t3a.small"}
        controller.run(PLAYBOOK, variables={**self.VARIABLES, **types}).succeeded()
        members = [aws.instance(each["InstanceId"]) for each in groups.shown("mixed")["Instances"]]
        assert sorted(each.get("InstanceLifecycle", "") for each in members) == ["", "spot", "spot"]
        assert {each["MetadataOptions"]["HttpTokens"] for each in members} == {"required"}
        assert groups.profiles("mixed") == ["web"] * 3
        policy = groups.shown("mixed")["MixedInstancesPolicy"]
        assert [each["InstanceType"] for each in policy["LaunchTemplate"]["Overrides"]] == ["t3.small", "t3a.small"]

    def test_manual_settings_stay_when_something_else_changes(self, groups, controller):
        client, named = groups.client, {"AutoScalingGroupName": "mixed"}
        client.suspend_processes(**named, ScalingProcesses=["AZRebalance", "AlarmNotification"])
        client.enable_metrics_collection(**named, Granularity="1Minute", Metrics=["GroupMinSize", "WarmPoolMinSize"])
        client.update_auto_scaling_group(
            **named, HealthCheckType="ELB", HealthCheckGracePeriod=42, DefaultCooldown=60, TerminationPolicies=["OldestInstance"]
        )
        client.create_or_update_tags(
            Tags=[{"ResourceId": "mixed", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b", "PropagateAtLaunch": False}]
        )
        before = groups.shown("mixed")
        run = controller.run(PLAYBOOK, variables={**self.VARIABLES, "launch_group_min_size": 1}).succeeded()
        assert operations(run) == ["UpdateAutoScalingGroup"]
        assert groups.shown("mixed") == {**before, "MinSize": 1}

    def test_a_group_with_weights_is_refused(self, groups, controller):
        policy = groups.shown("mixed")["MixedInstancesPolicy"]
        policy["LaunchTemplate"]["Overrides"][0]["WeightedCapacity"] = "2"
        del policy["LaunchTemplate"]["LaunchTemplateSpecification"]["LaunchTemplateName"]
        groups.client.update_auto_scaling_group(AutoScalingGroupName="mixed", MixedInstancesPolicy=policy)
        run = controller.run(PLAYBOOK, variables={**self.VARIABLES, "launch_group_min_size": 0})
        assert run.returncode != 0 and run.writes == []
        assert "overrides with weighted_capacity" in run.output and "These settings differ: min_size" in run.output
        same = controller.run(PLAYBOOK, variables={**self.VARIABLES, "launch_group_min_size": 1}).succeeded()
        assert same.writes == []


@pytest.mark.exhaustive
def test_a_group_changes_from_spot_to_on_demand(aws, groups, controller):
    variables = {**TestMixed.VARIABLES, "launch_group_name": "spots", "launch_group_desired_capacity": 2}
    controller.run(PLAYBOOK, variables={**variables, "launch_group_purchase": "spot"}).succeeded()
    members = [each["InstanceId"] for each in groups.shown("spots")["Instances"]]
    assert [aws.instance(each)["InstanceLifecycle"] for each in members] == ["spot"] * 2
    run = controller.run(PLAYBOOK, variables={**variables, "launch_group_purchase": "on_demand"}).succeeded()
    assert operations(run) == ["UpdateAutoScalingGroup"]
    shown = groups.shown("spots")
    assert "MixedInstancesPolicy" not in shown and shown["LaunchTemplate"]["Version"] == "1"


def test_another_profile_creates_one_version_and_is_attached_to_the_members(groups, controller):
    variables = {**TestMixed.VARIABLES, "launch_group_name": "replaced", "launch_group_purchase": "on_demand"}
    controller.run(PLAYBOOK, variables={**variables, "launch_group_instance_profile": "old"}).succeeded()
    members = groups.shown("replaced")["Instances"]
    run = controller.run(PLAYBOOK, variables={**variables, "launch_group_on_conflict": "replace"}).succeeded()
    replaced = ["ReplaceIamInstanceProfileAssociation"] * 3
    assert operations(run) == ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup", *replaced]
    assert len(versions(groups, "replaced")) == 2
    assert [each["InstanceId"] for each in groups.shown("replaced")["Instances"]] == [each["InstanceId"] for each in members]
    assert groups.profiles("replaced") == ["web"] * 3
    assert result_of(run)["version"] == "2"


def made_by_hand(groups, name, version="1", size=0, **data):
    """A group and a template with this name, whose version 1 has the profile old."""
    made = groups.aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={**DATA, "IamInstanceProfile": {"Name": "old"}, **data})
    specification = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": version}
    groups.client.create_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=0, MaxSize=9, DesiredCapacity=size, AvailabilityZones=ZONES, LaunchTemplate=specification
    )
    return specification["LaunchTemplateId"]


@pytest.mark.exhaustive
def test_aliases_stay_and_the_default_version_moves_only_for_a_group_that_uses_it(groups, controller):
    hosts = {}
    for name, version in (("by-default", "$Default"), ("by-latest", "$Latest")):
        made_by_hand(groups, name, version)
        hosts[name] = {"launch_group_name": name, "launch_group_image_id": IMAGE, "launch_group_instance_type": "t3.small"}
    common = {"launch_group_instance_profile": "old", "launch_group_min_size": 0, "launch_group_availability_zones": ZONES}
    run = controller.play(ROLE, hosts=hosts, variables={**common, "launch_group_tags": {"a": 1}}).succeeded()
    assert [len(versions(groups, name)) for name in hosts] == [2, 2]
    moved = {call["parameters"]["LaunchTemplateId"] for call in run.writes if call["operation"] == "ModifyLaunchTemplate"}
    assert moved == {groups.shown("by-default")["LaunchTemplate"]["LaunchTemplateId"]}
    named = [groups.shown(name)["LaunchTemplate"]["Version"] for name in hosts]
    assert named == ["$Default", "$Latest"]
    again = controller.play(ROLE, hosts=hosts, variables={**common, "launch_group_tags": {"a": 1}}).succeeded()
    assert again.writes == []


@pytest.mark.exhaustive
def test_the_update_is_repeated_until_ec2_sees_the_profile(aws, groups, controller):
    late = "You must use a valid fully-formed launch template. Value (web) for parameter iamInstanceProfile.name is invalid. "
    aws.fail("CreateAutoScalingGroup", "ValidationError", message=f"{late}Invalid IAM Instance Profile name")
    variables = {"launch_group_name": "late", "launch_group_instance_profile": "web", "launch_group_availability_zones": ZONES}
    run = controller.run(PLAYBOOK, variables={**variables, "__launch_group_delay": 0}).succeeded()
    assert operations(run) == ["CreateLaunchTemplate", "CreateAutoScalingGroup", "CreateAutoScalingGroup"]
    assert groups.profiles("late") == ["web"]


WRONG = {
    "no-profile": ({}, "launch_group_instance_profile: is missing"),
    "two words": ({"instance_profile": "web"}, "launch_group_name: 'two words' is not a valid name for a launch template"),
    "sizes": ({"instance_profile": "web", "min_size": 3, "desired_capacity": 2}, "launch_group_desired_capacity: must be between"),
    "share": ({"instance_profile": "web", "on_demand_percentage": 101}, "launch_group_on_demand_percentage: must be between 0 and 100"),
    "types": ({"instance_profile": "web", "instance_types": "a,b"}, "launch_group_instance_types: requires launch_group_purchase"),
    "places": ({"instance_profile": "web", "subnet_ids": ["subnet-1"]}, "launch_group_availability_zones: can't be combined with"),
    "health": ({"instance_profile": "web", "health_check_type": "EC3"}, "must be EC2 or ELB, not 'EC3'"),
    "purchase": ({"instance_profile": "web", "purchase": "cheap"}, "must be one of: on_demand, spot, mixed"),
    "misspelled": ({"instance_profile": "wbe"}, "launch_group_instance_profile: Could not find IAM instance profile wbe"),
    "there": ({"instance_profile": "wbe", "on_conflict": "replace"}, "there is no instance profile 'wbe'"),
    "conflict": ({"instance_profile": "web"}, "but with old, so somebody else may have created it."),
    "foreign": ({"instance_profile": "web"}, "launches from another-template"),
}


# One that no call to AWS finds, and those that AWS is asked for
USUAL = ("no-profile", "misspelled", "there", "conflict", "foreign")


def test_errors_come_before_anything_is_written(groups, controller):
    for name in ("there", "conflict"):
        made_by_hand(groups, name, size=1)
    made_by_hand(groups, "another-template")
    specification = {"LaunchTemplateName": "another-template"}
    groups.client.create_auto_scaling_group(
        AutoScalingGroupName="foreign", MinSize=0, MaxSize=1, AvailabilityZones=ZONES, LaunchTemplate=specification
    )
    check_errors(controller, USUAL)


@pytest.mark.exhaustive
def test_wrong_variables_are_refused(controller):
    check_errors(controller, WRONG.keys() - set(USUAL))


def check_errors(controller, names):
    common = {"availability_zones": ZONES, "image_id": IMAGE, "instance_type": "t3.small"}
    hosts = {
        name.replace(" ", "-"): {f"launch_group_{key}": value for key, value in {"name": name, **common, **WRONG[name][0]}.items()} for name in names
    }
    run = controller.play(ROLE, hosts=hosts)
    assert run.returncode != 0 and run.writes == []
    for name in names:
        assert WRONG[name][1] in told(run, name.replace(" ", "-"))["msg"], name
