# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups launch what they say, replace what ends, and refuse what can't be launched."""

from __future__ import annotations

from typing import Any

import pytest

ZONES = ["eu-west-1a"]
IMAGE = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
HOUR = 3600


class Groups:
    """Auto Scaling, with the profiles web and old and the template t of web's."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.client = aws.client("autoscaling")
        for name in ("web", "old"):
            aws.profile(name)
        self.template = self.new_template("t", "old")

    def new_template(self, name: str, profile: str) -> str:
        data = {**IMAGE, "IamInstanceProfile": {"Name": profile}, "MetadataOptions": {"HttpTokens": "required"}}
        answer = self.aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        return answer["LaunchTemplate"]["LaunchTemplateId"]

    def version(self, profile: str) -> str:
        data = {"IamInstanceProfile": {"Name": profile}}
        answer = self.aws.ec2.create_launch_template_version(
            LaunchTemplateId=self.template, SourceVersion="1", LaunchTemplateData=data
        )
        return str(answer["LaunchTemplateVersion"]["VersionNumber"])

    def create(self, version: str | None = "1", size: int = 1, **options: Any) -> None:
        specification = {"LaunchTemplateId": self.template, **({"Version": version} if version else {})}
        source = {} if options.keys() & {"LaunchConfigurationName", "MixedInstancesPolicy"} else {"LaunchTemplate": specification}
        self.client.create_auto_scaling_group(
            AutoScalingGroupName="g", MinSize=0, MaxSize=9, DesiredCapacity=size, AvailabilityZones=ZONES, **source, **options
        )

    def update(self, **options: Any) -> None:
        self.client.update_auto_scaling_group(AutoScalingGroupName="g", **options)

    def shown(self) -> dict[str, Any]:
        (group,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"]
        return group

    def members(self) -> list[str]:
        return [each["InstanceId"] for each in self.shown()["Instances"]]

    def profile_of(self, instance_id: str) -> str | None:
        profile = self.aws.instance(instance_id).get("IamInstanceProfile")
        return profile and profile["Arn"].rpartition("/")[2]

    def profiles(self) -> list[str | None]:
        return [self.profile_of(each) for each in self.members()]

    def wait(self, seconds: float) -> None:
        self.aws.http("PUT", "/emulator/clock", {"ahead": seconds})

    def take(self, **seconds: float) -> None:
        self.aws.http("PUT", "/emulator/transitions", seconds)


@pytest.fixture(name="groups")
def _groups(aws: Any) -> Groups:
    return Groups(aws)


@pytest.mark.parametrize("version, launched", [("1", "old"), ("2", "web"), ("$Latest", "web"), ("$Default", "old"), (None, "old")])
def test_instances_get_what_the_version_says(groups: Groups, version: str | None, launched: str) -> None:
    groups.version("web")
    groups.create(version, size=2)
    assert groups.profiles() == [launched] * 2
    member = groups.shown()["Instances"][0]
    assert member["LaunchTemplate"]["Version"] == ("2" if launched == "web" else "1")
    instance = groups.aws.instance(member["InstanceId"])
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert tags["aws:autoscaling:groupName"] == "g"
    assert tags["aws:ec2launchtemplate:version"] == member["LaunchTemplate"]["Version"]


def test_an_instance_shows_the_version_it_was_launched_from(groups: Groups) -> None:
    groups.create()
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": groups.version("web")})
    assert groups.shown()["LaunchTemplate"]["Version"] == "2"
    assert groups.shown()["Instances"][0]["LaunchTemplate"]["Version"] == "1"
    assert groups.profiles() == ["old"]


def test_what_is_terminated_is_replaced_a_while_later(groups: Groups) -> None:
    groups.create(size=2)
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": groups.version("web")})
    groups.take(replacing=HOUR, **{"shutting-down": HOUR})
    gone, kept = groups.members()
    groups.aws.ec2.terminate_instances(InstanceIds=[gone])
    states = {each["InstanceId"]: each["LifecycleState"] for each in groups.shown()["Instances"]}
    assert states == {gone: "Terminating", kept: "InService"}
    groups.wait(HOUR + 1)
    assert gone not in groups.members() and len(groups.members()) == 2
    assert sorted(groups.profiles()) == ["old", "web"]


def test_what_is_stopped_is_replaced_too(groups: Groups) -> None:
    groups.create()
    (stopped,) = groups.members()
    groups.aws.ec2.stop_instances(InstanceIds=[stopped])
    assert groups.members() not in ([stopped], [])
    assert groups.aws.instance(stopped)["State"]["Name"] == "terminated"


def test_a_group_that_may_not_replace_does_not(groups: Groups) -> None:
    groups.create()
    groups.client.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["Launch"])
    groups.aws.ec2.terminate_instances(InstanceIds=groups.members())
    assert groups.members() == []


def test_a_group_that_terminates_an_instance_itself_replaces_it_unless_it_shrinks(groups: Groups) -> None:
    groups.create(size=2)
    first = groups.members()[0]
    groups.client.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=False)
    assert first not in groups.members() and len(groups.members()) == 2
    groups.client.terminate_instance_in_auto_scaling_group(
        InstanceId=groups.members()[0], ShouldDecrementDesiredCapacity=True
    )
    assert len(groups.members()) == 1


def test_instances_are_pending_until_they_run(groups: Groups) -> None:
    groups.take(pending=HOUR)
    groups.create(size=2)
    assert [each["LifecycleState"] for each in groups.shown()["Instances"]] == ["Pending"] * 2
    groups.client.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=3)
    assert len(groups.members()) == 3
    groups.wait(HOUR + 1)
    assert [each["LifecycleState"] for each in groups.shown()["Instances"]] == ["InService"] * 3


def _mixed(groups: Groups, *overrides: Any, base: int = 0, percentage: int = 100) -> dict[str, Any]:
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateId": groups.template, "Version": "1"},
            "Overrides": list(overrides),
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": base, "OnDemandPercentageAboveBaseCapacity": percentage},
    }


def test_an_override_can_have_a_template_of_its_own(groups: Groups) -> None:
    other = {"LaunchTemplateSpecification": {"LaunchTemplateId": groups.new_template("arm", "web")}, "InstanceType": "t4g.micro"}
    policy = _mixed(groups, {"InstanceType": "t3.small"}, other, base=1, percentage=0)
    groups.create(size=3, MixedInstancesPolicy=policy)
    kinds = [(each["InstanceType"], groups.profile_of(each["InstanceId"])) for each in groups.shown()["Instances"]]
    assert sorted(kinds) == [("t3.small", "old"), ("t3.small", "old"), ("t4g.micro", "web")]
    spot = [groups.aws.instance(each).get("InstanceLifecycle") for each in groups.members()]
    assert spot.count("spot") == 2


def test_a_template_is_shown_by_id_and_name_and_taken_by_one_of_them(groups: Groups, refused: Any) -> None:
    other = groups.new_template("arm", "web")
    override = {"LaunchTemplateSpecification": {"LaunchTemplateName": "arm"}, "InstanceType": "t4g.micro"}
    groups.create(MixedInstancesPolicy=_mixed(groups, override))
    shown = groups.shown()["MixedInstancesPolicy"]
    specification = shown["LaunchTemplate"]["Overrides"][0]["LaunchTemplateSpecification"]
    assert specification == {"LaunchTemplateId": other, "LaunchTemplateName": "arm"}
    with refused("ValidationError", "either launchTemplateId or LaunchTemplateName"):
        groups.update(MixedInstancesPolicy=_mixed(groups, {"LaunchTemplateSpecification": specification}))
    groups.update(MaxSize=5)
    assert groups.shown()["MixedInstancesPolicy"] == shown


def test_what_a_change_leaves_out_stays(groups: Groups) -> None:
    policy = _mixed(groups, {"InstanceType": "t3.small"}, base=1, percentage=0)
    groups.create(MixedInstancesPolicy=policy)
    before = groups.shown()["MixedInstancesPolicy"]
    groups.update(MaxSize=5)
    assert groups.shown()["MixedInstancesPolicy"] == before
    groups.update(MixedInstancesPolicy={"LaunchTemplate": policy["LaunchTemplate"]})
    assert groups.shown()["MixedInstancesPolicy"]["InstancesDistribution"] == before["InstancesDistribution"]


def test_one_kind_of_source_takes_the_place_of_another(groups: Groups) -> None:
    groups.client.create_launch_configuration(LaunchConfigurationName="c", IamInstanceProfile="web", **IMAGE)
    groups.create(LaunchConfigurationName="c")
    assert groups.profiles() == ["web"]
    assert groups.shown()["Instances"][0]["LaunchConfigurationName"] == "c"
    groups.update(LaunchTemplate={"LaunchTemplateId": groups.template, "Version": "1"})
    assert "LaunchConfigurationName" not in groups.shown()
    groups.update(LaunchConfigurationName="c")
    assert "LaunchTemplate" not in groups.shown() and groups.shown()["LaunchConfigurationName"] == "c"


NOT_YET = (
    "You must use a valid fully-formed launch template. Value (new) for parameter iamInstanceProfile.name is invalid. "
    "Invalid IAM Instance Profile name"
)


def test_a_profile_that_ec2_does_not_see_is_refused(groups: Groups, refused: Any) -> None:
    groups.create()
    groups.aws.http("PUT", "/emulator/propagation", {"seconds": HOUR})
    groups.aws.profile("new")
    version = groups.version("new")
    change = {"LaunchTemplate": {"LaunchTemplateId": groups.template, "Version": version}}
    with refused("ValidationError", NOT_YET):
        groups.update(**change)
    assert groups.shown()["LaunchTemplate"]["Version"] == "1"
    groups.wait(HOUR + 1)
    groups.update(**change)
    assert groups.shown()["LaunchTemplate"]["Version"] == version


@pytest.mark.parametrize("version", ["7", "latest"])
def test_a_version_that_is_not_there_is_refused(groups: Groups, refused: Any, version: str) -> None:
    with refused("ValidationError", f"version {version} for"):
        groups.create(version)


def test_a_name_is_taken_once(groups: Groups, refused: Any) -> None:
    groups.create()
    with refused("AlreadyExists"):
        groups.create()


def test_launch_configurations(groups: Groups, refused: Any) -> None:
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


def test_a_launch_that_fails_is_an_activity_and_is_tried_again(groups: Groups) -> None:
    groups.create()
    groups.aws.iam.remove_role_from_instance_profile(InstanceProfileName="old", RoleName="old")
    groups.aws.ec2.terminate_instances(InstanceIds=groups.members())
    assert groups.members() == []
    latest = groups.client.describe_scaling_activities(AutoScalingGroupName="g")["Activities"][0]
    assert (latest["StatusCode"], "has no associated IAM Roles" in latest["StatusMessage"]) == ("Failed", True)
    groups.aws.iam.add_role_to_instance_profile(InstanceProfileName="old", RoleName="old")
    groups.wait(HOUR)
    assert groups.profiles() == ["old"]


# Warm pools


def test_a_warm_pool_has_instances_that_are_stopped(groups: Groups) -> None:
    groups.create()
    groups.take(pending=HOUR)
    groups.client.put_warm_pool(AutoScalingGroupName="g", MinSize=2, MaxGroupPreparedCapacity=2)

    def warm() -> list[dict[str, Any]]:
        return groups.client.describe_warm_pool(AutoScalingGroupName="g")["Instances"]

    assert [each["LifecycleState"] for each in warm()] == ["Warmed:Pending"] * 2
    groups.wait(HOUR + 1)
    assert [each["LifecycleState"] for each in warm()] == ["Warmed:Stopped"] * 2
    ids = [each["InstanceId"] for each in warm()]
    assert [groups.profile_of(each) for each in ids] == ["old"] * 2
    assert len(groups.members()) == 1 and groups.shown()["WarmPoolSize"] == 2
    listed = groups.client.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert {each["InstanceId"] for each in listed} == {*groups.members(), *ids}


def test_a_group_grows_out_of_its_warm_pool(groups: Groups) -> None:
    groups.create()
    groups.client.put_warm_pool(AutoScalingGroupName="g", MinSize=1, MaxGroupPreparedCapacity=1)
    (warm,) = groups.client.describe_warm_pool(AutoScalingGroupName="g")["Instances"]
    groups.client.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=2)
    assert warm["InstanceId"] in groups.members()
    (other,) = groups.client.describe_warm_pool(AutoScalingGroupName="g")["Instances"]
    assert other["InstanceId"] != warm["InstanceId"]
    groups.client.delete_warm_pool(AutoScalingGroupName="g")
    assert groups.aws.instance(other["InstanceId"])["State"]["Name"] == "terminated"


# Instance refreshes


def _refreshes(groups: Groups) -> list[tuple[str, int]]:
    found = groups.client.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"]
    return [(each["Status"], each["InstancesToUpdate"]) for each in found]


def _desired(groups: Groups) -> dict[str, Any]:
    return {"LaunchTemplate": {"LaunchTemplateId": groups.template, "Version": groups.version("web")}}


def test_a_refresh_replaces_one_instance_after_the_other(groups: Groups, refused: Any) -> None:
    groups.create(size=2)
    groups.take(replacing=HOUR)
    groups.client.start_instance_refresh(AutoScalingGroupName="g", DesiredConfiguration=_desired(groups))
    assert _refreshes(groups) == [("InProgress", 2)]
    with refused("InstanceRefreshInProgress"):
        groups.client.start_instance_refresh(AutoScalingGroupName="g")
    groups.wait(HOUR + 1)
    assert _refreshes(groups) == [("InProgress", 1)] and sorted(groups.profiles()) == ["old", "web"]
    groups.wait(4 * HOUR)
    groups.members()
    groups.wait(6 * HOUR)
    assert _refreshes(groups) == [("Successful", 0)] and groups.profiles() == ["web"] * 2
    assert groups.shown()["LaunchTemplate"]["Version"] == "2"


@pytest.mark.parametrize("call, status", [("cancel_instance_refresh", "Cancelled"), ("rollback_instance_refresh", "RollbackSuccessful")])
def test_a_refresh_can_be_ended(groups: Groups, refused: Any, call: str, status: str) -> None:
    groups.create(size=2)
    groups.take(replacing=HOUR)
    groups.client.start_instance_refresh(AutoScalingGroupName="g", DesiredConfiguration=_desired(groups))
    groups.wait(HOUR + 1)
    groups.members()
    getattr(groups.client, call)(AutoScalingGroupName="g")
    for hours in (4, 8, 12):
        groups.wait(hours * HOUR)
        groups.members()
    assert [each for each, _left in _refreshes(groups)] == [status]
    assert sorted(groups.profiles()) == (["old", "web"] if status == "Cancelled" else ["old", "old"])
    assert groups.shown()["LaunchTemplate"]["Version"] == "1"
    with refused("ActiveInstanceRefreshNotFound"):
        getattr(groups.client, call)(AutoScalingGroupName="g")


@pytest.mark.parametrize("rolls_back", [False, True])
def test_a_refresh_that_cannot_launch_fails_or_goes_back(groups: Groups, rolls_back: bool) -> None:
    groups.create(size=2)
    groups.take(replacing=HOUR)
    groups.client.start_instance_refresh(
        AutoScalingGroupName="g", DesiredConfiguration=_desired(groups), Preferences={"AutoRollback": rolls_back}
    )
    groups.aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    for hours in (2, 4, 6, 8, 10):
        groups.wait(hours * HOUR)
        groups.members()
    (found,) = groups.client.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"]
    assert found["Status"] == ("RollbackSuccessful" if rolls_back else "Failed")
    assert "could not launch" in found["StatusReason"]
    if rolls_back:
        assert groups.profiles() == ["old"] * 2
