# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors if IAM is enforced in moto."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}],
}


def _enforce_after(aws: Any, calls: str) -> None:
    request = urllib.request.Request(
        aws.endpoint + "/moto-api/reset-auth",
        data=calls.encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request):
        pass


@pytest.fixture(name="credentials")
def _credentials(aws: Any) -> Iterator[dict[str, str]]:
    """The keys of a user who can list roles, while IAM is enforced."""
    aws.iam.create_user(UserName="ada")
    aws.iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    key = aws.iam.create_access_key(UserName="ada")["AccessKey"]
    _enforce_after(aws, "0")
    yield {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    _enforce_after(aws, "inf")


def test_each_service_has_its_own_error(aws: Any, refused: Any, credentials: dict[str, str]) -> None:
    iam, ec2 = (aws.client(service, **credentials) for service in ("iam", "ec2"))
    assert iam.list_roles()["Roles"] == []
    with refused("AccessDenied", "iam:ListUsers"):
        iam.list_users()
    with refused("UnauthorizedOperation", "Encoded authorization failure message: "):
        ec2.describe_instances()
    assert aws.calls()[-1]["error"] == "UnauthorizedOperation"
    assert aws.calls()[-1]["access_key_id"] == credentials["aws_access_key_id"]


def test_the_decoded_message_gives_the_reason(aws: Any, refused: Any, credentials: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        aws.client("ec2", **credentials).describe_instances()
    encoded = caught.value.response["Error"]["Message"].rpartition(": ")[2]
    with refused("AccessDenied", "sts:DecodeAuthorizationMessage"):
        aws.client("sts", **credentials).decode_authorization_message(EncodedMessage=encoded)
    _enforce_after(aws, "inf")
    opened = json.loads(aws.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (opened["allowed"], opened["explicitDeny"]) == (False, False)
    assert opened["context"]["action"] == "ec2:DescribeInstances"
    assert opened["context"]["principal"]["arn"].endswith(":user/ada")
    with refused("InvalidAuthorizationMessageException"):
        aws.client("sts").decode_authorization_message(EncodedMessage="e30=")
