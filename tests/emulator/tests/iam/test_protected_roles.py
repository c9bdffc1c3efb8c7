# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service-linked roles, deleted principals, and limits at creation."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture(name="linked")
def _linked(aws: Any) -> str:
    return aws.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]["RoleName"]


def test_service_linked_roles_are_not_changed(aws: Any, refused: Any, linked: str) -> None:
    aws.iam.create_instance_profile(InstanceProfileName="web")
    text = f"Cannot perform the operation on the protected role '{linked}'"
    with refused("UnmodifiableEntity", text):
        aws.iam.attach_role_policy(RoleName=linked, PolicyArn=S3)
    with refused("UnmodifiableEntity", text):
        aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName=linked)
    with refused("UnmodifiableEntity", text):
        aws.iam.delete_role(RoleName=linked)


def test_roles_of_identity_center_are_not_changed(aws: Any, refused: Any) -> None:
    aws.role("AWSReservedSSO_Admin", Path="/aws-reserved/sso.amazonaws.com/")
    with refused("UnmodifiableEntity", "this role is only modifiable by AWS"):
        aws.iam.attach_role_policy(RoleName="AWSReservedSSO_Admin", PolicyArn=S3)


def test_the_service_deletes_its_role(aws: Any, refused: Any, linked: str) -> None:
    aws.iam.delete_service_linked_role(RoleName=linked)
    with refused("NoSuchEntity"):
        aws.iam.get_role(RoleName=linked)


def test_a_deleted_principal_is_shown_by_its_id(aws: Any) -> None:
    first = aws.role("first")
    trust = {"Effect": "Allow", "Principal": {"AWS": first["Arn"]}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.iam.create_role(RoleName="second", AssumeRolePolicyDocument=document)
    aws.iam.delete_role(RoleName="first")
    aws.role("first")
    [statement] = aws.iam.get_role(RoleName="second")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"]["AWS"] == first["RoleId"]


def test_a_deleted_user_is_shown_by_its_id(aws: Any) -> None:
    user = aws.iam.create_user(UserName="alice")["User"]
    trust = {"Effect": "Allow", "Principal": {"AWS": user["Arn"]}, "Action": "sts:AssumeRole"}
    aws.iam.create_role(RoleName="second", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    aws.iam.delete_user(UserName="alice")
    [statement] = aws.iam.get_role(RoleName="second")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert re.fullmatch("AIDA[A-Z0-9]{17}", user["UserId"]) and statement["Principal"]["AWS"] == user["UserId"]


def test_a_permissions_policy_has_no_principal(aws: Any, refused: Any) -> None:
    aws.role()
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}
    with refused("MalformedPolicyDocument", "Policy document should not specify a principal."):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=document)


@pytest.mark.parametrize(("count", "is_taken"), [(50, True), (51, False)])
def test_tags_at_creation(aws: Any, refused: Any, count: int, is_taken: bool) -> None:
    tags = [{"Key": f"key{number}", "Value": ""} for number in range(count)]
    if is_taken:
        aws.iam.create_instance_profile(InstanceProfileName="web", Tags=tags)
        aws.role(Tags=tags)
        return
    with refused("LimitExceeded", "TagsPerInstanceProfile: 50"):
        aws.iam.create_instance_profile(InstanceProfileName="web", Tags=tags)
    with refused("LimitExceeded", "TagsPerRole: 50"):
        aws.role(Tags=tags)


def test_names_of_profiles(aws: Any, refused: Any) -> None:
    with refused("ValidationError", "instanceProfileName"):
        aws.iam.create_instance_profile(InstanceProfileName="we b")
    with refused("NoSuchEntity", "Instance Profile web cannot be found."):
        aws.iam.get_instance_profile(InstanceProfileName="web")
