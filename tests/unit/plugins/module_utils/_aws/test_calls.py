# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries, waiting and errors, on botocore's Stubber."""

from __future__ import annotations

import threading

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, NoRegionError
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.calls import (
    CONFLICTS,
    PROPAGATION_SECONDS,
    THROTTLED,
    aws_errors,
    chunks,
    each_in_parallel,
    in_parallel,
    perform,
    read,
    retry,
)
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

ATTACH = Change(
    "iam",
    "AttachRolePolicy",
    "role/web",
    {"RoleName": "web", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    "attach the managed policy ReadOnlyAccess to the role web",
)


def error(code="Whatever"):
    return AwsError("iam:GetRole", "role/web", "read the role web", code, "m")


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


def test_passing_a_role_also_needs_pass_role():
    denied = AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", "UnauthorizedOperation", "no")
    assert "iam:PassRole" in str(denied)


@pytest.mark.parametrize(
    "raised, code, says",
    [
        (NoCredentialsError(), "NoCredentials", "AWS_PROFILE"),
        (NoRegionError(), "NoRegion", "AWS_REGION"),
        (EndpointConnectionError(endpoint_url="http://x"), "EndpointConnection", "endpoint_url"),
    ],
)
def test_botocores_own_errors_get_a_code_and_a_suggestion(raised, code, says):
    with pytest.raises(AwsError) as caught, aws_errors("iam:GetRole", "role/web", "read the role web"):
        raise raised
    assert caught.value.code == code
    assert says in str(caught.value)


def test_retries_end_after_the_given_time(clock):
    attempts = []

    def call():
        attempts.append(clock.now)
        raise error("Late")

    with pytest.raises(AwsError):
        retry(call, lambda each: each.code == "Late")
    assert len(attempts) > 5
    assert attempts[-1] <= PROPAGATION_SECONDS


def test_a_successful_retry_returns_the_response(clock):
    responses = iter([error("Late"), error("Late"), "here"])

    def call():
        response = next(responses)
        if isinstance(response, AwsError):
            raise response
        return response

    assert retry(call, lambda each: each.code == "Late") == "here"


def test_pages_are_merged(make_client):
    client = make_client("iam")
    page = {"PolicyNames": ["a"], "IsTruncated": True, "Marker": "m"}
    with Stubber(client) as aws:
        aws.add_response("list_role_policies", page, {"RoleName": "web"})
        rest = {"PolicyNames": ["b"], "IsTruncated": False}
        aws.add_response("list_role_policies", rest, {"RoleName": "web", "Marker": "m"})
        response = read(client, "iam:ListRolePolicies", "role/web", "list", RoleName="web")
    assert response["PolicyNames"] == ["a", "b"]


def test_parallel_calls_return_results_in_order():
    barrier = threading.Barrier(3, timeout=600)

    def call(number):
        barrier.wait()
        return number

    assert in_parallel(lambda: call(1), lambda: call(2), lambda: call(3)) == [1, 2, 3]


def test_an_error_of_one_call_is_raised():
    def fail():
        raise error("Late")

    with pytest.raises(AwsError):
        in_parallel(lambda: 1, fail)


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
def test_every_item_gets_its_result(items):
    assert each_in_parallel(lambda item: item * 2, items, 2) == [item * 2 for item in items]


@pytest.mark.parametrize("count, sizes", [(0, []), (1, [1]), (200, [200]), (201, [200, 1])])
def test_chunks_have_at_most_their_size(count, sizes):
    assert [len(chunk) for chunk in chunks(list(range(count)), 200)] == sizes
