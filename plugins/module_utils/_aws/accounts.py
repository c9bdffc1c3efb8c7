# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to accounts: the caller's account, the accounts of the organization, and roles to assume in other accounts."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional

from .calls import read
from .clients import Session

ACTIVE = "ACTIVE"
SESSION_NAME = "keyless.ec2"  # recorded by CloudTrail in the account of the assumed role


class Caller(NamedTuple):
    """The account that the credentials belong to, and its AWS partition."""

    account_id: str
    partition: str


def caller(sts_client: Any) -> Caller:
    """The account of the client's credentials."""
    found = read(sts_client, "sts:GetCallerIdentity", "*", "find out which account the credentials belong to")
    return Caller(found["Account"], found["Arn"].split(":")[1])


def organization_accounts(organizations_client: Any) -> dict[str, str]:
    """The names of the organization's active accounts by their ids; one call per twenty accounts."""
    found = read(organizations_client, "organizations:ListAccounts", "*", "list the accounts of the organization")
    return {each["Id"]: each["Name"] for each in found["Accounts"] if _state(each) == ACTIVE}


def _state(described: Mapping[str, Any]) -> str:
    """AWS replaced Status by State, which old versions of botocore drop.  Then AssumeRole fails in closed accounts.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    return described.get("State") or described.get("Status") or ACTIVE


def assume_role(sts_client: Any, role_arn: str, external_id: Optional[str]) -> Session:
    """A session of the role, with credentials for an hour."""
    others = {"ExternalId": external_id} if external_id else {}
    response = read(
        sts_client,
        "sts:AssumeRole",
        role_arn,
        f"assume the role {role_arn}",
        RoleArn=role_arn,
        RoleSessionName=SESSION_NAME,
        **others,
    )
    given = response["Credentials"]
    return Session(
        {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    )
