# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that are returned on demand."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

OTHER_KEY = {"aws_access_key_id": "AKIAEMULATORTESTS001"}
STATUSES = {
    "AccessDenied": 403,
    "AuthFailure": 401,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityTemporarilyUnmodifiable": 409,
    "ExpiredToken": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "LimitExceeded": 409,
    "NoSuchEntity": 404,
    "RequestLimitExceeded": 503,
    "ServiceFailure": 500,
    "ServiceUnavailable": 503,
    "Throttling": 400,
    "UnauthorizedOperation": 403,
    "Unavailable": 503,
    "SomethingElse": 400,
}
READS = {"iam": "list_roles", "sts": "get_caller_identity", "ec2": "describe_instances"}


def _fault(aws: Any, operation: str = "*", code: str = "Throttling", **options: Any) -> Any:
    return aws.http("POST", "/emulator/faults", {"operation": operation, "code": code, **options})


class _Raw(urllib.request.HTTPErrorProcessor):
    """Returns answers of any status unchanged."""

    def http_response(self, _request: Any, response: Any) -> Any:
        return response


def _left(aws: Any) -> list[Any]:
    return aws.http("GET", "/emulator/faults")


def _codes(aws: Any) -> list[Any]:
    return [(call["operation"], call["error"]) for call in aws.calls()]


@pytest.mark.parametrize("service", READS)
def test_every_code_in_the_protocol_of_each_service(aws: Any, service: str) -> None:
    client = aws.client(service)
    for code, status in STATUSES.items():
        _fault(aws, code=code)
        with pytest.raises(ClientError) as caught:
            getattr(client, READS[service])()
        answer = caught.value.response
        assert answer["Error"]["Code"] == code
        assert len(answer["Error"]["Message"]) > 10 and "{" not in answer["Error"]["Message"]
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
        assert answer["ResponseMetadata"]["RequestId"]
    assert [(call["error"], call["status"]) for call in aws.calls()] == list(STATUSES.items())


def test_codes_are_exceptions_of_the_client(aws: Any) -> None:
    _fault(aws, code="ConcurrentModification")
    with pytest.raises(aws.iam.exceptions.ConcurrentModificationException):
        aws.role("web")


def test_default_texts(aws: Any, refused: Any) -> None:
    _fault(aws, code="Throttling")
    with refused("Throttling", "Rate exceeded"):
        aws.iam.list_roles()
    _fault(aws, code="AccessDenied")
    with refused("AccessDenied", "is not authorized to perform: iam:ListRoles"):
        aws.iam.list_roles()


def test_own_text_and_status(aws: Any) -> None:
    _fault(aws, code="IncorrectState", message="Code=<{&}>", status=418)
    with pytest.raises(ClientError) as caught:
        aws.ec2.describe_instances()
    assert caught.value.response["Error"] == {"Code": "IncorrectState", "Message": "Code=<{&}>"}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 418


def test_before_the_call_is_made(aws: Any, refused: Any) -> None:
    _fault(aws, "CreateRole")
    with refused("Throttling"):
        aws.role("web")
    assert aws.iam.list_roles()["Roles"] == []
    aws.role("web")
    assert _codes(aws) == [("CreateRole", "Throttling"), ("ListRoles", None), ("CreateRole", None)]


def test_after_the_call_was_made(aws: Any, refused: Any) -> None:
    _fault(aws, "CreateRole", "ServiceFailure", when="after")
    with refused("ServiceFailure"):
        aws.role("web")
    assert [role["RoleName"] for role in aws.iam.list_roles()["Roles"]] == ["web"]
    with refused("EntityAlreadyExists"):
        aws.role("web")


def test_replaces_a_refusal_too(aws: Any, refused: Any) -> None:
    _fault(aws, code="RequestLimitExceeded", when="after")
    with refused("RequestLimitExceeded"):
        aws.ec2.describe_instances(InstanceIds=["x"])
    assert not _left(aws)


@pytest.mark.parametrize("code", ["Throttling", "Disconnect"])
def test_count(aws: Any, code: str) -> None:
    _fault(aws, code=code, count=2)
    for count in (2, 1):
        assert [fault["count"] for fault in _left(aws)] == [count]
        with pytest.raises((ClientError, ConnectionClosedError)):
            aws.iam.list_roles()
    assert not _left(aws)
    aws.iam.list_roles()


def test_without_a_count(aws: Any, refused: Any) -> None:
    _fault(aws, count=None)
    for _attempt in range(5):
        with refused("Throttling"):
            aws.iam.list_roles()
    assert aws.http("DELETE", "/emulator/faults") == []
    aws.iam.list_roles()


def test_faults_can_start_later(aws: Any, refused: Any) -> None:
    _fault(aws, "ListRoles", after=2)
    for _attempt in range(2):
        aws.iam.list_roles()
        aws.iam.list_users()
    with refused("Throttling"):
        aws.iam.list_roles()
    aws.iam.list_roles()


def test_writes(aws: Any, refused: Any) -> None:
    _fault(aws, "write", count=None)
    aws.iam.list_roles()
    aws.ec2.describe_instances()
    aws.iam.get_account_summary()
    for write in (aws.role, aws.launch):
        with refused("Throttling"):
            write()


def test_one_key(aws: Any, refused: Any) -> None:
    _fault(aws, access_key_id=aws.key_id)
    aws.client("iam", **OTHER_KEY).list_roles()
    with refused("Throttling"):
        aws.iam.list_roles()


def test_one_region(aws: Any, refused: Any) -> None:
    _fault(aws, code="AuthFailure", region="ap-south-1", count=None)
    regions = aws.ec2.describe_regions()["Regions"]
    assert "ap-south-1" in {each["RegionName"] for each in regions}
    for _attempt in range(2):
        with refused("AuthFailure"):
            aws.client("ec2", region="ap-south-1").describe_instances()


def test_faults_apply_one_after_the_other(aws: Any, refused: Any) -> None:
    codes = ("Throttling", "ServiceFailure", "ConcurrentModification")
    aws.http("POST", "/emulator/faults", [{"operation": "*", "code": code} for code in codes])
    for code in codes:
        with refused(code):
            aws.iam.list_roles()
    aws.iam.list_roles()


def test_shown_in_full(aws: Any) -> None:
    given = {
        "operation": "AttachRolePolicy",
        "code": "Throttling",
        "message": "Slow down",
        "status": 429,
        "count": 3,
        "after": 1,
        "access_key_id": aws.key_id,
        "region": "us-west-2",
        "when": "after",
        "body": None,
    }
    assert aws.http("POST", "/emulator/faults", given) == [given]
    assert _left(aws) == [given]
    assert _fault(aws)[1] == {
        "operation": "*",
        "code": "Throttling",
        "message": None,
        "status": None,
        "count": 1,
        "after": 0,
        "access_key_id": None,
        "region": None,
        "when": "before",
        "body": None,
    }


@pytest.mark.parametrize(("body", "status"), [("", None), ("<html>é</html>", None), ("<html></html>", 302), ("x", 500)])
def test_an_answer_that_is_not_from_aws(aws: Any, body: str, status: int | None) -> None:
    aws.http("POST", "/emulator/faults", {"operation": "CreateRole", "body": body, "status": status})
    request = urllib.request.Request(aws.endpoint, data=b"Action=CreateRole", method="POST")
    request.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request")
    answer = urllib.request.build_opener(_Raw).open(request)
    assert (answer.status, answer.read().decode()) == (status or 200, body)
    error = str(status) if status == 500 else None
    assert [(call["status"], call["error"]) for call in aws.calls()] == [(status or 200, error)]
    assert aws.iam.list_roles()["Roles"] == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_disconnect(aws: Any, when: str) -> None:
    _fault(aws, "CreateRole", "Disconnect", when=when)
    with pytest.raises(ConnectionClosedError):
        aws.role("web")
    assert len(aws.iam.list_roles()["Roles"]) == (when == "after")
    assert [(call["status"], call["error"]) for call in aws.calls()] == [(0, "Disconnect"), (200, None)]


@pytest.mark.parametrize(("mode", "attempts"), [("legacy", 5), ("standard", 3)])
def test_the_sdk_retries_after_a_disconnect(aws: Any, monkeypatch: pytest.MonkeyPatch, mode: str, attempts: int) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    keys = {"aws_access_key_id": aws.key_id, "aws_secret_access_key": "secret"}
    config = Config(retries={"mode": mode})
    iam = boto3.client("iam", endpoint_url=aws.endpoint, region_name="us-east-1", config=config, **keys)
    _fault(aws, "ListRoles", "Disconnect", count=attempts - 1)
    iam.list_roles()
    _fault(aws, "ListRoles", "Disconnect", count=None)
    with pytest.raises(ConnectionClosedError):
        iam.list_roles()
    assert len(aws.calls()) == 2 * attempts


@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        [1],
        {"code": "Throttling"},
        {"operation": "*"},
        {"operation": "*", "code": "Throttling", "unknown": 1},
        {"operation": 1, "code": "Throttling"},
        {"operation": "*", "code": None},
        {"operation": "*", "code": "Throttling", "count": 0},
        {"operation": "*", "code": "Throttling", "count": True},
        {"operation": "*", "code": "Throttling", "after": -1},
        {"operation": "*", "code": "Throttling", "status": 200},
        {"operation": "*", "code": "Throttling", "status": "400"},
        {"operation": "*", "code": "Throttling", "message": 1},
        {"operation": "*", "code": "Throttling", "body": ""},
        {"operation": "*", "body": 1},
        {"operation": "*", "body": "", "status": 199},
        {"operation": "*", "code": "Throttling", "access_key_id": 1},
        {"operation": "*", "code": "Throttling", "when": "later"},
        [{"operation": "*", "code": "Throttling"}, {"operation": "*"}],
    ],
)
def test_invalid_faults(aws: Any, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("POST", "/emulator/faults", body)
    assert caught.value.code == 400
    assert not _left(aws)
