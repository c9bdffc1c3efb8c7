# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only principals in the trust policy can assume a role, in any account. Who can list an organization's accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

OWN, OTHER = "123456789012", "111122223333"
ROOT = f"arn:aws:iam::{OWN}:root"


def trust(principal: Any, **others: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **others}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role_of(aws: Any, account: str, document: str) -> str:
    iam = aws.client("iam")
    iam.meta.events.register("before-sign", lambda request, **_others: request.headers.add_header("x-moto-account-id", account))
    return iam.create_role(RoleName="audit", AssumeRolePolicyDocument=document)["Role"]["Arn"]


def assume(aws: Any, arn: str, **options: Any) -> dict[str, str]:
    return aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="s", **options)["Credentials"]


@pytest.mark.parametrize("account", [OWN, OTHER])
@pytest.mark.parametrize("principal", [ROOT, OWN, "*"])
def test_named_principals_can_assume_the_role(aws: Any, account: str, principal: str) -> None:
    made = assume(aws, role_of(aws, account, trust({"AWS": principal})))
    session = {"aws_access_key_id": made["AccessKeyId"], "aws_session_token": made["SessionToken"]}
    assert aws.client("sts", **session).get_caller_identity()["Account"] == account
    assert [each["RoleName"] for each in aws.client("iam", **session).list_roles()["Roles"]] == ["audit"]


@pytest.mark.parametrize(
    "document",
    [
        trust({"Service": "ec2.amazonaws.com"}),
        trust({"AWS": "arn:aws:iam::999999999999:root"}),
        trust({"AWS": ROOT}, Condition={"StringEquals": {"sts:ExternalId": "keyless"}}),
        trust({"AWS": ROOT}, Action="sts:TagSession"),
        trust({"AWS": ROOT}, Effect="Deny"),
    ],
)
def test_other_principals_can_not(aws: Any, document: str) -> None:
    arn = role_of(aws, OTHER, document)
    with pytest.raises(ClientError, match=f"AccessDenied.*{ROOT} is not authorized to perform: sts:AssumeRole on resource: {arn}"):
        assume(aws, arn)


def test_an_unknown_role_can_not_be_assumed(aws: Any) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, f"arn:aws:iam::{OTHER}:role/audit")


def test_the_external_id_is_checked(aws: Any) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "keyless"}}
    arn = role_of(aws, OTHER, trust({"AWS": ROOT}, Condition=condition))
    assert assume(aws, arn, ExternalId="keyless")
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, arn, ExternalId="other")


def test_an_organization_has_accounts_with_the_role_for_its_management_account(aws: Any, knows: Any) -> None:
    organizations = aws.client("organizations")
    with pytest.raises(ClientError, match="AWSOrganizationsNotInUseException"):
        organizations.list_accounts()
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="shop", Email="shop@example.com")["CreateAccountStatus"]
    listed = organizations.list_accounts()["Accounts"]
    state = "ACTIVE" if knows("organizations", "Account", "State") else None
    assert {each["Name"]: each.get("State") for each in listed} == {"master": state, "shop": state}
    assert not any("Status" in each for each in listed)
    assert assume(aws, f"arn:aws:iam::{made['AccountId']}:role/OrganizationAccountAccessRole")
    assert aws.calls()[-2]["operation"] == "ListAccounts"


def test_a_role_of_a_closed_account_can_not_be_assumed(aws: Any) -> None:
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="shop", Email="shop@example.com")["CreateAccountStatus"]
    arn = f"arn:aws:iam::{made['AccountId']}:role/OrganizationAccountAccessRole"
    assert assume(aws, arn)
    organizations.close_account(AccountId=made["AccountId"])
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, arn)


def test_a_region_that_is_not_enabled_accepts_no_keys(aws: Any) -> None:
    enabled = {each["RegionName"] for each in aws.ec2.describe_regions()["Regions"]}
    assert "eu-west-1" in enabled and "me-south-1" not in enabled
    with pytest.raises(ClientError, match="AuthFailure"):
        aws.client("ec2", "me-south-1").describe_instances()
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        aws.client("autoscaling", "me-south-1").describe_auto_scaling_groups()
