# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to accounts: whose the credentials are, which ones an organization has, and roles of others to assume."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional

from .calls import read
from .clients import Account

ACTIVE = "ACTIVE"
SESSION_NAME = "keyless.ec2"  # in CloudTrail of the account whose role it is


class Caller(NamedTuple):
    """Who the credentials are: the account, and the partition of AWS that it is in."""

    account_id: str
    partition: str


def caller(sts_client: Any) -> Caller:
    """Whose the client's credentials are."""
    found = read(sts_client, "sts:GetCallerIdentity", "*", "find out whose account the credentials are of")
    return Caller(found["Account"], found["Arn"].split(":")[1])


def organization_accounts(organizations_client: Any) -> dict[str, str]:
    """The names of the accounts of the organization by their ids, those that are active; a call for each twenty."""
    found = read(organizations_client, "organizations:ListAccounts", "*", "list the accounts of the organization")
    return {each["Id"]: each["Name"] for each in found["Accounts"] if _state(each) == ACTIVE}


def _state(described: Mapping[str, Any]) -> str:
    """AWS has retired Status for State, which old botocores leave out: AssumeRole tells then who is closed.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    return described.get("State") or described.get("Status") or ACTIVE


def assumed(sts_client: Any, role_arn: str, external_id: Optional[str]) -> Account:
    """The account of the role, with credentials for an hour."""
    others = {"ExternalId": external_id} if external_id else {}
    answer = read(
        sts_client,
        "sts:AssumeRole",
        role_arn,
        f"assume the role {role_arn}",
        RoleArn=role_arn,
        RoleSessionName=SESSION_NAME,
        **others,
    )
    given = answer["Credentials"]
    return Account(
        {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    )
