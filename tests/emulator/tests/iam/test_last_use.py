# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role shows when and where one of its sessions last made a call, even if it was denied."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

DAY = 24 * 3600
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


@pytest.fixture(name="session")
def _session(aws: Any) -> dict[str, str]:
    """The credentials of a session of the role web, as options of a client."""
    role = aws.role_for_all("web", Path="/team/")
    made = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="s")["Credentials"]
    return {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }


def last_use(aws: Any, name: str = "web") -> dict[str, Any]:
    return aws.iam.get_role(RoleName=name)["Role"].get("RoleLastUsed", {})


def test_a_call_of_its_session_by_the_emulators_clock(aws: Any, session: dict[str, str]) -> None:
    aws.role("other")
    assert last_use(aws) == {}
    aws.http("PUT", "/emulator/clock", {"ahead": DAY})
    began = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    aws.client("ec2", "us-west-2", **session).describe_instances()
    used = last_use(aws)
    assert began <= used["LastUsedDate"] <= datetime.now(timezone.utc) + timedelta(days=1)
    assert used["Region"] == "us-west-2"
    (detail,) = [each for each in aws.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"] if each["RoleName"] == "web"]
    assert detail["RoleLastUsed"] == used
    assert all("RoleLastUsed" not in each for each in aws.iam.list_roles()["Roles"])
    assert last_use(aws, "other") == {}


def test_a_call_that_is_denied_counts(aws: Any, session: dict[str, str], refused: Any) -> None:
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps(DENY))
    aws.http("PUT", "/emulator/permissions", {"access_key_ids": [session["aws_access_key_id"]]})
    with refused("UnauthorizedOperation", "assumed-role/web/s is not authorized to perform: ec2:DescribeInstances"):
        aws.client("ec2", **session).describe_instances()
    assert last_use(aws)["Region"] == "eu-west-1"


def test_a_session_of_a_deleted_role_belongs_to_nobody(aws: Any, session: dict[str, str], refused: Any) -> None:
    aws.iam.delete_role(RoleName="web")
    aws.http("PUT", "/emulator/permissions", {"access_key_ids": [session["aws_access_key_id"]]})
    with refused("InvalidClientTokenId"):
        aws.client("iam", **session).list_roles()
