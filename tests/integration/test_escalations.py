# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever holds the policy that is printed for a role can't become an administrator by the known ways, except for those listed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.keyless.ec2.plugins.filter.operator_policy import permissions
from ansible_collections.keyless.ec2.plugins.module_utils._policy.escalations import ADMINISTRATOR, ANY_PROFILE, VERSIONS, escalations
from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import ZONES, Groups
from ansible_collections.keyless.ec2.tests.integration.support.permissions import ACCOUNT, TAGS, features_of, policy_of, user_with

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
LIMITS = "arn:aws:iam::aws:policy/PowerUserAccess"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]})
AS_ADMIN = {"IamInstanceProfile": {"Name": "admin"}}
NUMBERS = count()
OUR_TAGS = [{"Key": key, "Value": value} for key, value in TAGS.items()]


@dataclass(frozen=True)
class Estate:
    """What the operator works on, whose names or tags are in the policy, and what belongs to others."""

    instance: str
    template: str
    group: str
    their_instance: str
    their_template: str
    their_group: str
    their_key: str
    their_fleet: str


class Operator:
    """The clients of a user who holds the policy."""

    def __init__(self, aws: Any, policy: dict) -> None:
        key = user_with(aws, policy)
        self.iam, self.ec2, self.sts, self.autoscaling = (aws.client(name, access_key_id=key) for name in ("iam", "ec2", "sts", "autoscaling"))

    def launch(self, **options: Any) -> None:
        self.ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, **options)

    def version(self, template: str) -> None:
        self.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={**AS_ADMIN, "ImageId": IMAGE, "UserData": "Iw=="})

    def new_template(self) -> str:
        data = {"ImageId": IMAGE, "InstanceType": "t3.micro"}
        return self.ec2.create_launch_template(LaunchTemplateName=f"rights-{next(NUMBERS)}", LaunchTemplateData=data)["LaunchTemplate"][
            "LaunchTemplateId"
        ]

    def new_group(self, template: str) -> None:
        source = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "$Latest"}}
        tags = [{**each, "PropagateAtLaunch": True} for each in OUR_TAGS]
        size = {"MinSize": 0, "MaxSize": 1, "AvailabilityZones": ZONES}
        self.autoscaling.create_auto_scaling_group(AutoScalingGroupName=f"rights-{next(NUMBERS)}", Tags=tags, **size, **source)


@pytest.fixture(scope="module", name="estate")
def _estate(aws: Any) -> Estate:
    groups = Groups(aws)
    aws.make_profile("admin")
    aws.iam.attach_role_policy(RoleName="admin", PolicyArn=ADMINISTRATOR_ACCESS)
    aws.iam.update_assume_role_policy(RoleName="admin", PolicyDocument=TRUST)
    aws.make_profile("rights-web")
    aws.make_role("rights-bounded", PermissionsBoundary=LIMITS)
    aws.iam.create_instance_profile(InstanceProfileName="rights-empty")
    aws.iam.create_policy(PolicyName="rights-quarantine", PolicyDocument=EVERYTHING.replace("Allow", "Deny"))
    aws.iam.create_user(UserName="boss")
    key = aws.iam.create_access_key(UserName="boss")["AccessKey"]["AccessKeyId"]
    ours, theirs = aws.run_instances(1, **TAGS)[0], aws.run_instances(1, profile="admin")[0]
    template, their_template = groups.template(profile=None), groups.template(profile="admin")
    aws.tag(template, **TAGS)
    group = groups.group(template, version="$Latest", size=0, tags=TAGS)
    fleet = Fleets(aws).make(EC2, their_template, size=0)
    return Estate(ours, template, group, theirs, their_template, groups.group(their_template, size=0), key, fleet)


def version_of_a_new_template(operator: Operator, estate: Estate) -> None:
    template = operator.new_template()
    operator.ec2.create_tags(Resources=[template], Tags=OUR_TAGS)
    operator.version(template)


def group_of_a_new_template(operator: Operator, estate: Estate) -> None:
    template = operator.new_template()
    operator.new_group(template)
    operator.version(template)


# fmt: off
ESCALATIONS = {
    "write a policy into a role": lambda by, _in: by.iam.put_role_policy(RoleName="rights-web", PolicyName="p", PolicyDocument=EVERYTHING),
    "attach a policy to a role": lambda by, _in: by.iam.attach_role_policy(RoleName="rights-web", PolicyArn=ADMINISTRATOR_ACCESS),
    "attach a policy within the boundary": lambda by, _in: by.iam.attach_role_policy(RoleName="rights-bounded", PolicyArn=ADMINISTRATOR_ACCESS),
    "create a role": lambda by, _in: by.iam.create_role(RoleName="rights-new", AssumeRolePolicyDocument=TRUST),
    "remove a boundary": lambda by, _in: by.iam.delete_role_permissions_boundary(RoleName="rights-bounded"),
    "replace a boundary": lambda by, _in: by.iam.put_role_permissions_boundary(RoleName="rights-bounded", PermissionsBoundary=ADMINISTRATOR_ACCESS),
    "replace a policy": lambda by, _in: by.iam.create_policy_version(
        PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/rights-quarantine", PolicyDocument=EVERYTHING, SetAsDefault=True
    ),
    "trust oneself": lambda by, _in: by.iam.update_assume_role_policy(RoleName="admin", PolicyDocument=TRUST),
    "assume a role": lambda by, _in: by.sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/admin", RoleSessionName="someone"),
    "add a role to a profile": lambda by, _in: by.iam.add_role_to_instance_profile(InstanceProfileName="rights-empty", RoleName="admin"),
    "launch an instance": lambda by, _in: by.launch(**AS_ADMIN),
    "launch from a template": lambda by, of: by.launch(LaunchTemplate={"LaunchTemplateId": of.their_template}),
    "attach a profile": lambda by, of: by.ec2.associate_iam_instance_profile(InstanceId=of.instance, **AS_ADMIN),
    "change the user data": lambda by, of: by.ec2.modify_instance_attribute(InstanceId=of.their_instance, UserData={"Value": b"#"}),
    "tag an instance": lambda by, of: by.ec2.create_tags(Resources=[of.their_instance], Tags=OUR_TAGS),
    "tag a template": lambda by, of: by.ec2.create_tags(Resources=[of.their_template], Tags=OUR_TAGS),
    "tag a group": lambda by, of: by.autoscaling.create_or_update_tags(
        Tags=[{**each, "ResourceId": of.their_group, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": False} for each in OUR_TAGS]
    ),
    "write a version of a template": lambda by, of: by.version(of.their_template),
    "write a version of a template with the tags": lambda by, of: by.version(of.template),
    "change the default version with the tags": lambda by, of: by.ec2.modify_launch_template(LaunchTemplateId=of.template, DefaultVersion="1"),
    "change the default version": lambda by, of: by.ec2.modify_launch_template(LaunchTemplateId=of.their_template, DefaultVersion="1"),
    "write a version of a new template": version_of_a_new_template,
    "create a group and write a version": group_of_a_new_template,
    "create a group": lambda by, of: by.new_group(of.their_template),
    "change what a group launches": lambda by, of: by.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=of.group, LaunchTemplate={"LaunchTemplateId": of.their_template, "Version": "1"}
    ),
    "activate a key": lambda by, of: by.iam.update_access_key(UserName="boss", AccessKeyId=of.their_key, Status="Active"),
    "delete a policy that denies": lambda by, _in: by.iam.delete_role_policy(RoleName="rights-web", PolicyName="deny"),
    "detach a policy that denies": lambda by, _in: by.iam.detach_role_policy(RoleName="rights-web", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/deny"),
    "delete a policy that denies, of another role": lambda by, _in: by.iam.delete_role_policy(RoleName="admin", PolicyName="deny"),
    "detach a policy that denies, of another role": lambda by, _in: by.iam.detach_role_policy(RoleName="admin", PolicyArn=ADMINISTRATOR_ACCESS),
    "detach a policy of a user": lambda by, _in: by.iam.detach_user_policy(UserName="boss", PolicyArn=ADMINISTRATOR_ACCESS),
    "delete a policy of a user": lambda by, _in: by.iam.delete_user_policy(UserName="boss", PolicyName="deny"),
    "take a user out of a group": lambda by, _in: by.iam.remove_user_from_group(UserName="boss", GroupName="denied"),
    "tag a role": lambda by, _in: by.iam.tag_role(RoleName="rights-web", Tags=OUR_TAGS),
    "tag another role": lambda by, _in: by.iam.tag_role(RoleName="admin", Tags=OUR_TAGS),
    "tag a user": lambda by, _in: by.iam.tag_user(UserName="boss", Tags=OUR_TAGS),
    "have a fleet launch from another template": lambda by, of: by.ec2.modify_fleet(
        FleetId=of.their_fleet, LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateId": of.their_template, "Version": "1"}}]
    ),
    "create a launch configuration": lambda by, of: by.autoscaling.create_launch_configuration(
        LaunchConfigurationName="rights", ImageId=IMAGE, InstanceType="t3.micro", IamInstanceProfile="admin"
    ),
    "create a key": lambda by, _in: by.iam.create_access_key(UserName="boss"),
}
# fmt: on

TEMPLATE = "write a version of a template with the tags"
# AWS checks no iam:PassRole here, and no condition key limits the role that a version names. So only administrators should give templates these tags.
BY_TEMPLATE = {TEMPLATE, "change the default version with the tags"}
# Nothing in IAM says whether a policy denies.  They are limited to the roles that the operator's own must not be among.
TAKES_AWAY = {"delete a policy that denies", "detach a policy that denies", "tag a role"}
# It can do no more than the boundary, which the role keeps.
WITHIN_BOUNDARY = {"attach a policy within the boundary"}
REMAINING = {
    "attach": BY_TEMPLATE,
    "ec2_role": WITHIN_BOUNDARY | TAKES_AWAY,
    "launch": WITHIN_BOUNDARY | TAKES_AWAY,
    "launch_group": BY_TEMPLATE | WITHIN_BOUNDARY | TAKES_AWAY,
    "migrate_keys": set(),
    "report": set(),
    "require_imdsv2": BY_TEMPLATE,
    "retire": TAKES_AWAY,
    "verify": set(),
}
CREATES_ROLES = {"launch", "launch_group"}


def test_every_role_that_needs_permissions_is_tried():
    assert {role for role, needed in permissions().items() if needed["statements"]} == set(REMAINING)


@pytest.mark.parametrize("role", REMAINING)
def test_no_known_way_leads_to_an_administrator(aws, estate, role):
    features = features_of(role) + (["launch_create_role", "launch_group_create_role", *features_of("ec2_role")] if role in CREATES_ROLES else [])
    policy = policy_of(role, features, TAGS)
    operator = Operator(aws, policy)
    assert {name for name, way in ESCALATIONS.items() if is_allowed(way, operator, estate)} == REMAINING[role]
    found = {each.identity for each in escalations([policy])}
    assert ADMINISTRATOR not in found
    assert (ANY_PROFILE in found) == (TEMPLATE in REMAINING[role]) == (VERSIONS in found)
    assert any(each.endswith("denies") for each in found) == (REMAINING[role] >= TAKES_AWAY)


def is_allowed(way, operator, estate):
    try:
        way(operator, estate)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in ("AccessDenied", "UnauthorizedOperation", "NoSuchEntity"), error
        return code == "NoSuchEntity"  # which whoever is denied does not learn
    return True
