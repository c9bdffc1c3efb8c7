# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of another client around a call."""

from __future__ import annotations

import urllib.error
from typing import Any

import pytest

CONCURRENT = "AKIACONCURRENTCALL00"


def _call(operation: str, service: str = "ec2", **parameters: Any) -> dict[str, Any]:
    return {"service": service, "operation": operation, "parameters": parameters}


ROLE = _call("CreateRole", "iam", RoleName="theirs", AssumeRolePolicyDocument="{}")


def _add_call(aws: Any, operation: str, call: dict[str, Any], **options: Any) -> Any:
    return aws.http("POST", "/emulator/concurrent_calls", {"operation": operation, "call": call, **options})


def _left(aws: Any) -> list[Any]:
    return aws.http("GET", "/emulator/concurrent_calls")


def _made(aws: Any) -> list[str]:
    """Returns the operations in the log. A star marks those of the other client."""
    stars = {True: "*", False: ""}
    return [stars[call["access_key_id"] == CONCURRENT] + call["operation"] for call in aws.calls()]


def test_instance_is_terminated_before_the_call(aws: Any, refused: Any) -> None:
    aws.profile("web")
    [instance_id] = aws.launch()
    terminate = _call("TerminateInstances", InstanceIds=[instance_id])
    _add_call(aws, "AssociateIamInstanceProfile", terminate)
    aws.http("DELETE", "/emulator/calls")
    assert aws.instance(instance_id)["State"]["Name"] == "running"
    with refused("IncorrectInstanceState"):
        aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "web"})
    assert aws.instance(instance_id)["State"]["Name"] == "terminated"
    assert _left(aws) == []
    assert _made(aws) == [
        "DescribeInstances",
        "*TerminateInstances",
        "AssociateIamInstanceProfile",
        "DescribeInstances",
    ]
    made = aws.calls()[1]
    assert made["parameters"] == {"InstanceIds": [instance_id]}
    assert (made["region"], made["status"], made["error"]) == ("eu-west-1", 200, None)


def test_instance_is_stopped_after_the_call(aws: Any) -> None:
    [instance_id] = aws.launch()
    _add_call(aws, "DescribeInstances", _call("StopInstances", InstanceIds=[instance_id]), when="after")
    states = [aws.instance(instance_id)["State"]["Name"] for _attempt in range(2)]
    assert states == ["running", "stopped"]


def test_profile_is_deleted(aws: Any, refused: Any) -> None:
    aws.profile("web")
    named = {"InstanceProfileName": "web"}
    removal = _call("RemoveRoleFromInstanceProfile", "iam", RoleName="web", **named)
    deletion = _call("DeleteInstanceProfile", "iam", **named)
    rows = [{"operation": "RunInstances", "call": call} for call in (removal, deletion)]
    aws.http("POST", "/emulator/concurrent_calls", rows)
    with refused("InvalidParameterValue", "Invalid IAM Instance Profile name"):
        aws.launch(IamInstanceProfile={"Name": "web"})
    assert [name for name in _made(aws) if "*" in name] == [
        "*RemoveRoleFromInstanceProfile",
        "*DeleteInstanceProfile",
    ]


def test_after_and_count(aws: Any) -> None:
    _add_call(aws, "ListRoles", _call("ListUsers", "iam"), after=1, count=2)
    for _attempt in range(4):
        aws.iam.list_roles()
    assert _made(aws) == ["ListRoles", "*ListUsers", "ListRoles", "*ListUsers", "ListRoles", "ListRoles"]


def test_any_writing_call(aws: Any) -> None:
    _add_call(aws, "write", _call("ListUsers", "iam"), count=None)
    aws.iam.list_roles()
    aws.role("web")
    assert _made(aws) == ["ListRoles", "*ListUsers", "CreateRole"]


def test_any_call_except_the_concurrent_one(aws: Any) -> None:
    _add_call(aws, "*", _call("ListRoles", "iam"), count=None)
    aws.iam.list_roles()
    assert _made(aws) == ["*ListRoles", "ListRoles"]


def test_key(aws: Any) -> None:
    _add_call(aws, "*", _call("ListUsers", "iam"), access_key_id="AKIAEMULATORTESTS001")
    aws.iam.list_roles()
    aws.client("iam", aws_access_key_id="AKIAEMULATORTESTS001").list_roles()
    assert _made(aws) == ["ListRoles", "*ListUsers", "ListRoles"]


def test_refused_concurrent_call_changes_nothing_for_the_call(aws: Any) -> None:
    _add_call(aws, "ListRoles", _call("DeleteRole", "iam", RoleName="gone"))
    aws.iam.list_roles()
    assert [(call["operation"], call["error"]) for call in aws.calls()] == [
        ("DeleteRole", "NoSuchEntity"),
        ("ListRoles", None),
    ]


def test_hooks_apply_to_it(aws: Any) -> None:
    _add_call(aws, "ListRoles", _call("TerminateInstances", InstanceIds=["x"]))
    aws.iam.list_roles()
    assert aws.calls()[0]["error"] == "InvalidInstanceID.Malformed"


def test_conditions_do_not_apply_to_it(aws: Any) -> None:
    aws.http("POST", "/emulator/faults", {"operation": "ListUsers", "code": "Throttling"})
    aws.http("POST", "/emulator/disconnects", {"after_writes": 0, "access_key_id": CONCURRENT})
    aws.http("PUT", "/emulator/buckets", {"ListUsers": {"capacity": 1, "refill": 0}})
    aws.http("PUT", "/emulator/latency", {"milliseconds": 100})
    _add_call(aws, "ListRoles", _call("ListUsers", "iam"), count=2)
    _add_call(aws, "ListRoles", ROLE)
    for _attempt in range(2):
        aws.iam.list_roles()
    concurrent = [call for call in aws.calls() if call["access_key_id"] == CONCURRENT]
    assert [call["operation"] for call in concurrent] == ["ListUsers", "CreateRole", "ListUsers"]
    assert not [call["error"] for call in concurrent if call["operation"] == "ListUsers" and call["error"]]
    assert len(aws.http("GET", "/emulator/faults")) == 1
    assert aws.http("GET", "/emulator/disconnects")[0]["writes"] == 0


def test_calls_that_are_not_made_trigger_none(aws: Any, refused: Any) -> None:
    aws.http("POST", "/emulator/faults", {"operation": "ListRoles", "code": "ServiceFailure"})
    _add_call(aws, "ListRoles", _call("ListUsers", "iam"))
    with refused("ServiceFailure"):
        aws.iam.list_roles()
    assert _made(aws) == ["ListRoles"] and len(_left(aws)) == 1


def test_shown_cleared_and_reset(aws: Any) -> None:
    shown = {"operation": "ListRoles", "call": ROLE, "count": 1, "after": 0, "access_key_id": None, "region": None}
    shown["when"] = "before"
    assert _add_call(aws, "ListRoles", ROLE) == [shown] == _left(aws)
    assert aws.http("DELETE", "/emulator/concurrent_calls") == [] == _left(aws)
    _add_call(aws, "ListRoles", ROLE)
    aws.http("POST", "/emulator/reset")
    assert _left(aws) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"call": None},
        {"call": "ListUsers"},
        {"call": {"service": "iam", "operation": "ListUsers"}},
        {"call": {**ROLE, "region": "eu-west-1"}},
        {"call": {**ROLE, "service": "s3"}},
        {"call": {**ROLE, "service": ["iam"]}},
        {"call": {**ROLE, "operation": "CreateRoll"}},
        {"call": {**ROLE, "operation": ["CreateRole"]}},
        {"call": {**ROLE, "parameters": {}}},
        {"call": {**ROLE, "parameters": None}},
        {"call": {**ROLE, "parameters": {**ROLE["parameters"], "Unknown": 1}}},
        {"call": {**ROLE, "parameters": {**ROLE["parameters"], "RoleName": 1}}},
        {"operation": 1},
        {"count": 0},
        {"after": -1},
        {"access_key_id": 1},
        {"when": "during"},
        {"unknown": 1},
    ],
)
def test_invalid_concurrent_calls(aws: Any, changes: dict[str, Any]) -> None:
    good = {"operation": "ListRoles", "call": ROLE}
    for body in ({**good, **changes}, [good, {**good, **changes}]):
        with pytest.raises(urllib.error.HTTPError) as caught:
            aws.http("POST", "/emulator/concurrent_calls", body)
        assert caught.value.code == 400
    assert _left(aws) == []


@pytest.mark.parametrize("body", [1, {}, {"operation": "*"}, {"call": ROLE}])
def test_incomplete_concurrent_calls(aws: Any, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("POST", "/emulator/concurrent_calls", body)
    assert caught.value.code == 400
