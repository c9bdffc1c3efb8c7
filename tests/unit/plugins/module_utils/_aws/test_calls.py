# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes, on botocore's Stubber."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.attempts import CONFLICTS, THROTTLED
from ansible_collections.keyless.ec2.plugins.module_utils._aws.calls import perform, read
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

ATTACH = Change(
    "iam",
    "AttachRolePolicy",
    "role/web",
    {"RoleName": "web", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    "attach the managed policy ReadOnlyAccess to the role web",
)

# Codes that are retried, and codes for which a retry is pointless
TRIED_AGAIN = (
    "ConcurrentModification",
    "EntityTemporarilyUnmodifiable",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
)
NEVER_AGAIN = (
    "AccessDenied",
    "AuthFailure",
    "DeleteConflict",
    "EntityAlreadyExists",
    "ExpiredToken",
    "IncorrectInstanceState",
    "IncorrectState",
    "InvalidClientTokenId",
    "InvalidParameterValue",
    "LimitExceeded",
    "MalformedPolicyDocument",
    "NoSuchEntity",
    "PolicyNotAttachable",
    "UnauthorizedOperation",
    "UnmodifiableEntity",
    "ValidationError",
)


def test_every_retryable_code_has_a_case():
    assert set(TRIED_AGAIN) == CONFLICTS | THROTTLED


@pytest.mark.parametrize("code", TRIED_AGAIN)
def test_conflicts_and_throttling_are_retried(make_client, clock, code):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("attach_role_policy", code, http_status_code=409)
        aws.add_response("attach_role_policy", {}, dict(ATTACH.parameters))
        perform(client, ATTACH)
        aws.assert_no_pending_responses()
    assert len(clock.naps) == 1


@pytest.mark.parametrize("code", NEVER_AGAIN)
def test_other_errors_are_raised_at_once(make_client, clock, code):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("attach_role_policy", code, "it says", http_status_code=400)
        with pytest.raises(AwsError) as caught:
            perform(client, ATTACH)
    assert clock.naps == []
    assert caught.value.as_result() == {
        "operation": "iam:AttachRolePolicy",
        "target": "role/web",
        "code": code,
        "message": "it says",
    }
    assert str(caught.value).startswith(f"Could not attach the managed policy ReadOnlyAccess to the role web: {code}: it says")


def test_a_missing_permission_names_the_action_to_allow(make_client):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("attach_role_policy", "AccessDenied", "no", http_status_code=403)
        with pytest.raises(AwsError, match="Allow iam:AttachRolePolicy on role/web for the identity"):
            perform(client, ATTACH)


def test_pages_are_merged(make_client):
    client = make_client("iam")
    page = {"PolicyNames": ["a"], "IsTruncated": True, "Marker": "m"}
    with Stubber(client) as aws:
        aws.add_response("list_role_policies", page, {"RoleName": "web"})
        rest = {"PolicyNames": ["b"], "IsTruncated": False}
        aws.add_response("list_role_policies", rest, {"RoleName": "web", "Marker": "m"})
        response = read(client, "iam:ListRolePolicies", "role/web", "list", RoleName="web")
    assert response["PolicyNames"] == ["a", "b"]
