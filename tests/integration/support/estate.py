# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several emulated accounts with instances in several regions. Every kind of problem occurs."""

from __future__ import annotations

import base64
import json
from typing import Any

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, Aws

REQUIRED = {"HttpTokens": "required", "HttpEndpoint": "enabled"}
LAMBDA_TRUST = {**EC2_TRUST, "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}
# What each role may do; it has an instance profile of its name.
ROLES = {
    "web": (["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::shop-assets", "arn:aws:s3:::shop-assets/*"]),
    "worker": (["sqs:*", "dynamodb:GetItem", "dynamodb:PutItem"], ["*"]),
    "deploy": (["iam:PassRole", "ec2:RunInstances", "s3:*"], ["*"]),
    "admin": (["*"], ["*"]),
    "legacy": (["dynamodb:*"], ["*"]),
    "gone": (["s3:GetObject"], ["*"]),
}
KEYS = "#!/bin/sh\nexport AWS_ACCESS_KEY_ID=AKIAQ3EGRI4BXKCWZN5T\nexport AWS_SECRET_ACCESS_KEY=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\n"


class Account:
    """One account of the estate; None stands for the account of the tests' own key."""

    def __init__(self, aws: Aws, account: str | None = None) -> None:
        self._aws = aws
        self._account = account
        self.iam = self.client("iam")
        self._make_roles()

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client of the account."""
        if self._account is None:
            return self._aws.client(service, region)
        return self._aws.client_of_account(self._account, service, region)

    def _make_roles(self) -> None:
        for name, (actions, resources) in ROLES.items():
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
            statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            self.iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))
            self._make_profile(name, name)
        self.iam.create_role(RoleName="thumbnails", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
        self._make_profile("thumbnails", "thumbnails")
        self.iam.create_role(RoleName="unattached", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
        for name in ("empty", "old-reports"):
            self.iam.create_instance_profile(InstanceProfileName=name)

    def _make_profile(self, name: str, role: str) -> None:
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)

    def fill(self, region: str, scale: int) -> None:
        """Creates instances, a group and templates.  About six of every ten instances have no problem."""
        ec2 = self.client("ec2", region)
        wanted = [("web", 4), ("worker", 2), ("admin", 1), (None, 1), ("legacy", 1), ("gone", 1), ("thumbnails", 1)]
        for profile, count in wanted:
            self._run(ec2, profile or "batch", profile, count * scale)
        self._run(ec2, "bastion", "web", 1, HttpTokens="optional")
        self._launchers(region, ec2)

    def _run(self, ec2: Any, name: str, profile: str | None, count: int, **metadata: str) -> None:
        given = {"IamInstanceProfile": {"Name": profile}} if profile else {}
        tags = [{"Key": "Name", "Value": name}, {"Key": "team", "Value": "shop"}]
        ec2.run_instances(
            ImageId=IMAGE,
            MinCount=count,
            MaxCount=count,
            MetadataOptions={**REQUIRED, **metadata},
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
            **given,
        )

    def _launchers(self, region: str, ec2: Any) -> None:
        options = {"ImageId": IMAGE, "InstanceType": "t3.micro", "MetadataOptions": {"HttpTokens": "required"}}
        for name, data in {
            "shop": {"IamInstanceProfile": {"Name": "web"}},
            "nightly": {},
            "reports": {"IamInstanceProfile": {"Name": "worker"}, "UserData": _encoded(KEYS)},
        }.items():
            ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={**options, **data})
        for name, size in {"shop": 2, "nightly": 1}.items():
            self.client("autoscaling", region).create_auto_scaling_group(
                AutoScalingGroupName=name,
                MinSize=0,
                MaxSize=size,
                DesiredCapacity=size,
                AvailabilityZones=[f"{region}a"],
                LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            )

    def age(self) -> None:
        """Deletes a profile, recreates another one, and empties a third."""
        for name in ("gone", "legacy"):
            self.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
            self.iam.delete_instance_profile(InstanceProfileName=name)
        self._make_profile("legacy", "legacy")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def make_estate(aws: Aws, others: tuple[str, ...], regions: tuple[str, ...], scale: int = 1) -> list[str]:
    """Our own account and others, each with a role ``audit``; returns the ARNs of those roles."""
    accounts = [Account(aws), *(Account(aws, each) for each in others)]
    for account in accounts:
        for region in regions:
            account.fill(region, scale)
        account.age()
    return [aws.make_role_to_assume(each) for each in others]
