# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: Auto Scaling groups."""

from __future__ import annotations

from typing import Any

import pytest

ZONES = ["eu-west-1a"]
IMAGE = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}


class Groups:
    """An Auto Scaling client, the profiles web and old, and a launch template with web."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.client = aws.client("autoscaling")
        for name in ("web", "old"):
            aws.profile(name)
        self.template = self.new_template("template", "old")

    def new_template(self, name: str, profile: str) -> str:
        data = {**IMAGE, "IamInstanceProfile": {"Name": profile}, "MetadataOptions": {"HttpTokens": "required"}}
        answer = self.aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        return answer["LaunchTemplate"]["LaunchTemplateId"]

    def version(self, profile: str) -> str:
        data = {"IamInstanceProfile": {"Name": profile}}
        answer = self.aws.ec2.create_launch_template_version(LaunchTemplateId=self.template, SourceVersion="1", LaunchTemplateData=data)
        return str(answer["LaunchTemplateVersion"]["VersionNumber"])

    def create(self, version: str | None = "1", size: int = 1, **options: Any) -> None:
        specification = {"LaunchTemplateId": self.template, **({"Version": version} if version else {})}
        source = {} if options.keys() & {"LaunchConfigurationName", "MixedInstancesPolicy"} else {"LaunchTemplate": specification}
        self.client.create_auto_scaling_group(
            AutoScalingGroupName="g", MinSize=0, MaxSize=9, DesiredCapacity=size, AvailabilityZones=ZONES, **source, **options
        )

    def update(self, **options: Any) -> None:
        self.client.update_auto_scaling_group(AutoScalingGroupName="g", **options)

    def show(self) -> dict[str, Any]:
        (group,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"]
        return group

    def members(self) -> list[str]:
        return [each["InstanceId"] for each in self.show()["Instances"]]

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
