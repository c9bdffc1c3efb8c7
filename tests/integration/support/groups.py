# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates and reads Auto Scaling groups and launch templates."""

from __future__ import annotations

import itertools

from .aws import IMAGE, REGION, Aws

ZONES = [f"{REGION}a"]
SECRET = "c2VjcmV0LWluLXVzZXItZGF0YQ=="
DATA = {"ImageId": IMAGE, "InstanceType": "t3.micro", "UserData": SECRET, "MetadataOptions": {"HttpTokens": "required"}}
NUMBERS = itertools.count()


class Groups:
    """Auto Scaling groups and launch templates with unique names."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.client = aws.client("autoscaling")

    def template(self, profile="old", **data):
        named = {"IamInstanceProfile": {"Name": profile}} if profile else {}
        answer = self.aws.ec2.create_launch_template(LaunchTemplateName=f"template-{next(NUMBERS)}", LaunchTemplateData={**DATA, **named, **data})
        return answer["LaunchTemplate"]["LaunchTemplateId"]

    def version(self, template, source="1", **data):
        options = {"LaunchTemplateId": template, "SourceVersion": source, "LaunchTemplateData": data}
        return str(self.aws.ec2.create_launch_template_version(**options)["LaunchTemplateVersion"]["VersionNumber"])

    def versions(self, template):
        """The data of each version by its number."""
        rows = self.aws.ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]
        return {row["VersionNumber"]: row["LaunchTemplateData"] for row in rows}

    def default(self, template):
        (found,) = self.aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
        return found["DefaultVersionNumber"]

    def group(self, template=None, version="1", size=1, tags=None, **source):
        name = f"group-{next(NUMBERS)}"
        if template:
            source = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": version}}
        rows = [{"Key": key, "Value": value, "PropagateAtLaunch": False} for key, value in (tags or {}).items()]
        self.client.create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=0, MaxSize=9, DesiredCapacity=size, AvailabilityZones=ZONES, Tags=rows, **source
        )
        return name

    def mixed(self, template, override, version="1", size=1):
        """A group with a mixed instances policy, one of whose overrides has a template of its own."""
        own, other = ({"LaunchTemplateId": each, "Version": version} for each in (template, override))
        overrides = [
            {"InstanceType": "t3.small", "WeightedCapacity": "1"},
            {"InstanceType": "t4g.micro", "LaunchTemplateSpecification": other},
        ]
        policy = {
            "LaunchTemplate": {"LaunchTemplateSpecification": own, "Overrides": overrides},
            "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 0},
        }
        return self.group(MixedInstancesPolicy=policy, size=size)

    def configured(self, profile="old", tags=None, **data):
        """A group that launches from a launch configuration."""
        name = f"configuration {next(NUMBERS)}"
        named = {"IamInstanceProfile": profile} if profile else {}
        options = {"ImageId": IMAGE, "InstanceType": "t3.micro", **named, **data}
        self.client.create_launch_configuration(LaunchConfigurationName=name, **options)
        return self.group(LaunchConfigurationName=name, tags=tags)

    def shown(self, name):
        (group,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return group

    def profiles(self, name):
        return [self.aws.profile_of(each["InstanceId"]) for each in self.shown(name)["Instances"]]

    def replace_one(self, name):
        """Replaces an instance of the group; returns the profile of the new one."""
        self.aws.ec2.terminate_instances(InstanceIds=[self.shown(name)["Instances"][0]["InstanceId"]])
        return self.aws.profile_of(self.shown(name)["Instances"][-1]["InstanceId"])
