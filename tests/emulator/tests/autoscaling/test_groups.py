# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups launch from their source, replace ended instances, and refuse what can't be launched."""

from __future__ import annotations

from typing import Any

import pytest

IMAGE = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
HOUR = 3600


@pytest.mark.parametrize("version, launched", [("1", "old"), ("2", "web"), ("$Latest", "web"), ("$Default", "old"), (None, "old")])
def test_instances_are_launched_from_the_version(groups: Any, version: str | None, launched: str) -> None:
    groups.version("web")
    groups.create(version, size=2)
    assert groups.profiles() == [launched] * 2
    member = groups.show()["Instances"][0]
    assert member["LaunchTemplate"]["Version"] == ("2" if launched == "web" else "1")
    instance = groups.aws.instance(member["InstanceId"])
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert tags["aws:autoscaling:groupName"] == "g"
    assert tags["aws:ec2launchtemplate:version"] == member["LaunchTemplate"]["Version"]


def test_an_instance_shows_the_version_it_was_launched_from(groups: Any) -> None:
    groups.create()
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": groups.version("web")})
    assert groups.show()["LaunchTemplate"]["Version"] == "2"
    assert groups.show()["Instances"][0]["LaunchTemplate"]["Version"] == "1"
    assert groups.profiles() == ["old"]


def test_a_terminated_instance_is_replaced_later(groups: Any) -> None:
    groups.create(size=2)
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": groups.version("web")})
    groups.take(replacing=HOUR, **{"shutting-down": HOUR})
    gone, kept = groups.members()
    groups.aws.ec2.terminate_instances(InstanceIds=[gone])
    states = {each["InstanceId"]: each["LifecycleState"] for each in groups.show()["Instances"]}
    assert states == {gone: "Terminating", kept: "InService"}
    groups.wait(HOUR + 1)
    assert gone not in groups.members() and len(groups.members()) == 2
    assert sorted(groups.profiles()) == ["old", "web"]


def test_a_stopped_instance_is_replaced(groups: Any) -> None:
    groups.create()
    (stopped,) = groups.members()
    groups.aws.ec2.stop_instances(InstanceIds=[stopped])
    assert groups.members() not in ([stopped], [])
    assert groups.aws.instance(stopped)["State"]["Name"] == "terminated"


def test_a_group_with_suspended_processes_replaces_nothing(groups: Any) -> None:
    groups.create()
    groups.client.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["Launch"])
    groups.aws.ec2.terminate_instances(InstanceIds=groups.members())
    assert groups.members() == []


def test_a_group_that_terminates_an_instance_itself_replaces_it_unless_it_shrinks(groups: Any) -> None:
    groups.create(size=2)
    first = groups.members()[0]
    groups.client.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=False)
    assert first not in groups.members() and len(groups.members()) == 2
    groups.client.terminate_instance_in_auto_scaling_group(InstanceId=groups.members()[0], ShouldDecrementDesiredCapacity=True)
    assert len(groups.members()) == 1


def test_instances_are_pending_until_they_run(groups: Any) -> None:
    groups.take(pending=HOUR)
    groups.create(size=2)
    assert [each["LifecycleState"] for each in groups.show()["Instances"]] == ["Pending"] * 2
    groups.client.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=3)
    assert len(groups.members()) == 3
    groups.wait(HOUR + 1)
    assert [each["LifecycleState"] for each in groups.show()["Instances"]] == ["InService"] * 3


def _mixed(groups: Any, *overrides: Any, base: int = 0, percentage: int = 100) -> dict[str, Any]:
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": groups.template, "Version": "1"},
            "Overrides": list(overrides),
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": base, "OnDemandPercentageAboveBaseCapacity": percentage},
    }


def test_an_override_can_have_its_own_template(groups: Any) -> None:
    other = {"LaunchTemplateSpecification": {"LaunchTemplateId": groups.new_template("arm", "web")}, "InstanceType": "t4g.micro"}
    policy = _mixed(groups, {"InstanceType": "t3.small"}, other, base=1, percentage=0)
    groups.create(size=3, MixedInstancesPolicy=policy)
    kinds = [(each["InstanceType"], groups.profile_of(each["InstanceId"])) for each in groups.show()["Instances"]]
    assert sorted(kinds) == [("t3.small", "old"), ("t3.small", "old"), ("t4g.micro", "web")]
    spot = [groups.aws.instance(each).get("InstanceLifecycle") for each in groups.members()]
    assert spot.count("spot") == 2


def test_a_template_is_shown_by_id_and_name_and_accepted_by_either(groups: Any, refused: Any) -> None:
    other = groups.new_template("arm", "web")
    override = {"LaunchTemplateSpecification": {"LaunchTemplateName": "arm"}, "InstanceType": "t4g.micro"}
    groups.create(MixedInstancesPolicy=_mixed(groups, override))
    shown = groups.show()["MixedInstancesPolicy"]
    specification = shown["LaunchTemplate"]["Overrides"][0]["LaunchTemplateSpecification"]
    assert specification == {"LaunchTemplateId": other, "LaunchTemplateName": "arm"}
    with refused("ValidationError", "either launchTemplateId or LaunchTemplateName"):
        groups.update(MixedInstancesPolicy=_mixed(groups, {"LaunchTemplateSpecification": specification}))
    groups.update(MaxSize=5)
    assert groups.show()["MixedInstancesPolicy"] == shown


def test_settings_that_are_not_given_stay(groups: Any) -> None:
    policy = _mixed(groups, {"InstanceType": "t3.small"}, base=1, percentage=0)
    groups.create(MixedInstancesPolicy=policy)
    before = groups.show()["MixedInstancesPolicy"]
    groups.update(MaxSize=5)
    assert groups.show()["MixedInstancesPolicy"] == before
    groups.update(MixedInstancesPolicy={"LaunchTemplate": policy["LaunchTemplate"]})
    assert groups.show()["MixedInstancesPolicy"]["InstancesDistribution"] == before["InstancesDistribution"]


def test_a_policy_without_a_distribution_can_be_given_again(groups: Any) -> None:
    policy = {"LaunchTemplate": _mixed(groups, {"InstanceType": "t3.small"})["LaunchTemplate"]}
    groups.create(MixedInstancesPolicy=policy)
    groups.update(MixedInstancesPolicy=policy)
    groups.aws.ec2.terminate_instances(InstanceIds=groups.members())
    assert groups.profiles() == ["old"]


def test_one_kind_of_source_replaces_another(groups: Any) -> None:
    groups.client.create_launch_configuration(LaunchConfigurationName="c", IamInstanceProfile="web", **IMAGE)
    groups.create(LaunchConfigurationName="c")
    assert groups.profiles() == ["web"]
    assert groups.show()["Instances"][0]["LaunchConfigurationName"] == "c"
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": "1"})
    assert "LaunchConfigurationName" not in groups.show()
    groups.update(MixedInstancesPolicy=_mixed(groups, {"InstanceType": "t3.small"}))
    assert "LaunchTemplate" not in groups.show() and "MixedInstancesPolicy" in groups.show()
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": "1"})
    assert "MixedInstancesPolicy" not in groups.show() and groups.show()["LaunchTemplate"]["Version"] == "1"
    groups.update(LaunchConfigurationName="c")
    assert "LaunchTemplate" not in groups.show() and groups.show()["LaunchConfigurationName"] == "c"


NOT_YET = (
    "You must use a valid fully-formed launch template. Value (new) for parameter iamInstanceProfile.name is invalid. "
    "Invalid IAM Instance Profile name"
)


def test_a_profile_that_ec2_does_not_see_is_refused(groups: Any, refused: Any) -> None:
    groups.create()
    groups.aws.http("PUT", "/emulator/propagation", {"seconds": HOUR})
    groups.aws.profile("new")
    version = groups.version("new")
    change = {"LaunchTemplate": {"LaunchTemplateId": groups.template, "Version": version}}
    with refused("ValidationError", NOT_YET):
        groups.update(**change)
    assert groups.show()["LaunchTemplate"]["Version"] == "1"
    groups.wait(HOUR + 1)
    groups.update(**change)
    assert groups.show()["LaunchTemplate"]["Version"] == version


@pytest.mark.parametrize("version", ["7", "latest"])
def test_an_unknown_version_is_refused(groups: Any, refused: Any, version: str) -> None:
    with refused("ValidationError", f"version {version} for"):
        groups.create(version)


def test_a_name_that_is_taken_is_refused(groups: Any, refused: Any) -> None:
    groups.create()
    with refused("AlreadyExists"):
        groups.create()


def test_launch_configurations(groups: Any, refused: Any) -> None:
    create = groups.client.create_launch_configuration
    with refused("ValidationError", "Invalid IamInstanceProfile: nobody"):
        create(LaunchConfigurationName="c", IamInstanceProfile="nobody", **IMAGE)
    create(LaunchConfigurationName="c", IamInstanceProfile="web", **IMAGE)
    with refused("AlreadyExists"):
        create(LaunchConfigurationName="c", **IMAGE)
    groups.create(LaunchConfigurationName="c")
    with refused("ResourceInUse"):
        groups.client.delete_launch_configuration(LaunchConfigurationName="c")
    with refused("ValidationError", "not found"):
        groups.client.delete_launch_configuration(LaunchConfigurationName="d")


def test_a_failed_launch_is_an_activity_and_is_repeated(groups: Any) -> None:
    groups.create()
    groups.aws.iam.remove_role_from_instance_profile(InstanceProfileName="old", RoleName="old")
    groups.aws.ec2.terminate_instances(InstanceIds=groups.members())
    assert groups.members() == []
    latest = groups.client.describe_scaling_activities(AutoScalingGroupName="g")["Activities"][0]
    assert (latest["StatusCode"], "has no associated IAM Roles" in latest["StatusMessage"]) == ("Failed", True)
    groups.aws.iam.add_role_to_instance_profile(InstanceProfileName="old", RoleName="old")
    groups.wait(HOUR)
    assert groups.profiles() == ["old"]


def test_a_group_with_instances_is_deleted_by_force(groups: Any, refused: Any) -> None:
    groups.create()
    with refused("ResourceInUse"):
        groups.client.delete_auto_scaling_group(AutoScalingGroupName="g")
    groups.client.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
