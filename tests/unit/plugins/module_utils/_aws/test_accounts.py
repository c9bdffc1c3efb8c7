# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to accounts, checked against botocore's service model."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.accounts import assume_role, caller, organization_accounts
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client

ID = "111122223333"


@pytest.mark.parametrize(
    "said, is_read",
    [
        ({"State": "ACTIVE"}, True),
        ({"State": "ACTIVE", "Status": "ACTIVE"}, True),
        ({"State": "CLOSED", "Status": "SUSPENDED"}, False),
        ({"State": "PENDING_ACTIVATION", "Status": "ACTIVE"}, False),
        ({"State": "SUSPENDED"}, False),
        ({"Status": "ACTIVE"}, True),
        ({"Status": "SUSPENDED"}, False),
        # Old versions of botocore drop the state, and AWS no longer sends the status.
        ({}, True),
    ],
)
def test_only_active_accounts_of_an_organization_are_listed(make_client, knows, said, is_read):
    if not knows("organizations", "Account", *said):
        pytest.skip("this botocore leaves out the state")
    client = make_client("organizations")
    with Stubber(client) as stubber:
        stubber.add_response("list_accounts", {"Accounts": [{"Id": ID, "Name": "shop", **said}]})
        assert organization_accounts(client) == ({ID: "shop"} if is_read else {})


@pytest.mark.parametrize("arn, partition", [("arn:aws:sts::1:assumed-role/x/y", "aws"), ("arn:aws-cn:iam::1:root", "aws-cn")])
def test_the_account_of_the_credentials(arn, partition):
    assert caller(Client(get_caller_identity={"Account": ID, "Arn": arn})) == (ID, partition)


@pytest.mark.parametrize("external_id, sent", [(None, {}), ("", {}), ("x", {"ExternalId": "x"})])
def test_a_role_of_another_account_is_assumed(external_id, sent):
    credentials = {"AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C"}
    client = Client(assume_role={"Credentials": credentials})
    account = assume_role(client, "arn:r", external_id)
    assert account.credentials == {"aws_access_key_id": "A", "aws_secret_access_key": "B", "aws_session_token": "C"}
    assert client.asked == [("assume_role", {"RoleArn": "arn:r", "RoleSessionName": "keyless.ec2", **sent})]
