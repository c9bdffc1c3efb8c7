# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from keyless_emulator.conditions.buckets import AWS, Buckets
from keyless_emulator.conditions.clock import Clock
from keyless_emulator.server.calls import Call
from keyless_emulator.server.errors import AwsError

ONE = {"capacity": 1, "refill": 0}
THROTTLED = "RequestLimitExceeded"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still. Its first element is the time."""
    time = [1000.0]
    monkeypatch.setattr(Clock, "now", lambda _clock: time[0])
    return time


def _set(aws: Any, described: Any) -> Any:
    return aws.http("PUT", "/emulator/buckets", described)


def _passes(buckets: Buckets, operation: str, service: str = "ec2", **options: Any) -> bool:
    call = Call(service, operation, {}, **{"access_key_id": None, "region": "eu-west-1", "started": 0, **options})
    try:
        return buckets(call, lambda: True)
    except AwsError:
        return False


def _passing(described: Any, operation: str, service: str = "ec2") -> int:
    """Returns how many of 200 calls full buckets allow."""
    buckets = Buckets()
    buckets.change(described)
    return sum(_passes(buckets, operation, service) for _index in range(200))


def test_bucket_empties_and_refills(clock: list[float]) -> None:
    buckets = Buckets()
    buckets.change({"RunInstances": {"capacity": 3, "refill": 2}})
    assert [_passes(buckets, "RunInstances") for _index in range(4)] == [True, True, True, False]
    clock[0] += 0.25
    assert not _passes(buckets, "RunInstances")
    clock[0] += 0.25
    assert [_passes(buckets, "RunInstances") for _index in range(2)] == [True, False]
    clock[0] += 60
    assert sum(_passes(buckets, "RunInstances") for _index in range(10)) == 3


def test_clock_that_is_set_back(clock: list[float]) -> None:
    buckets = Buckets()
    buckets.change({"RunInstances": {"capacity": 2, "refill": 1}})
    assert _passes(buckets, "RunInstances")
    clock[0] -= 500
    assert [_passes(buckets, "RunInstances") for _index in range(2)] == [True, False]


def test_each_operation_and_region_has_its_own_bucket() -> None:
    buckets = Buckets()
    buckets.change({"*": ONE})
    for options in ({}, {"region": "us-east-1"}):
        for operation in ("RunInstances", "StopInstances"):
            assert [_passes(buckets, operation, **options) for _index in range(2)] == [True, False]


def test_all_keys_of_an_account_share_a_bucket() -> None:
    buckets = Buckets()
    buckets.change({"*": ONE})
    assert _passes(buckets, "RunInstances", access_key_id="AKIA0")
    assert not _passes(buckets, "RunInstances", access_key_id="AKIA1")


def test_full_names_have_precedence_over_patterns() -> None:
    described = {
        "Describe*": {"capacity": 2, "refill": 0},
        "*": {"capacity": 3, "refill": 0},
        "DescribeTags": {"capacity": 4, "refill": 0},
    }
    for operation, count in (("DescribeTags", 4), ("DescribeInstances", 2), ("RunInstances", 3)):
        assert _passing(described, operation) == count


def test_name_with_its_service() -> None:
    described = {"iam:Get*": ONE, "iam:ListRoles": ONE}
    assert _passing(described, "GetRole", "iam") == _passing(described, "ListRoles", "iam") == 1
    assert _passing(described, "GetRole") == 200


@pytest.mark.parametrize(
    ("operation", "capacity"),
    [
        ("AssociateIamInstanceProfile", 100),
        ("DisassociateIamInstanceProfile", 100),
        ("ModifyInstanceMetadataOptions", 100),
        ("ReplaceIamInstanceProfileAssociation", 50),
        ("StopInstances", 50),
        ("DescribeInstances", 100),
        ("GetConsoleOutput", 100),
        ("RunInstances", 5),
    ],
)
@pytest.mark.usefixtures("clock")
def test_buckets_of_aws(operation: str, capacity: int) -> None:
    assert _passing("aws", operation) == capacity


def test_iam_has_no_bucket_of_aws() -> None:
    assert _passing("aws", "CreateRole", "iam") == 200


def test_throttle_of_ec2(aws: Any, refused: Any) -> None:
    assert _set(aws, {"RunInstances": ONE}) == {"RunInstances": ONE}
    aws.launch()
    with refused(THROTTLED, "Request limit exceeded."):
        aws.launch()
    assert [(call["operation"], call["status"], call["error"]) for call in aws.calls()] == [
        ("RunInstances", 200, None),
        ("RunInstances", 503, THROTTLED),
    ]
    assert len(aws.ec2.describe_instances()["Reservations"]) == 1


def test_throttle_of_iam(aws: Any, refused: Any) -> None:
    _set(aws, {"ListRoles": ONE})
    aws.iam.list_roles()
    with refused("Throttling", "Rate exceeded"):
        aws.iam.list_roles()
    assert aws.calls()[-1]["status"] == 400


@pytest.mark.parametrize("off", [b"null", b"{}"])
def test_buckets_are_off_by_default_and_can_be_removed(aws: Any, refused: Any, off: bytes) -> None:
    assert aws.http("GET", "/emulator/buckets") == {}
    _set(aws, {"*": ONE})
    aws.launch()
    with refused(THROTTLED):
        aws.launch()
    request = urllib.request.Request(f"{aws.endpoint}/emulator/buckets", data=off, headers=JSON, method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == b"{}"
    aws.launch()


def test_preset_is_shown(aws: Any) -> None:
    assert _set(aws, "aws") == AWS == aws.http("GET", "/emulator/buckets")


def test_new_limits_come_with_full_buckets(aws: Any) -> None:
    for _attempt in range(2):
        _set(aws, {"RunInstances": ONE})
        aws.launch()


def test_throttled_calls_use_up_no_fault_and_no_disconnect(aws: Any, refused: Any) -> None:
    _set(aws, {"CreateRole": ONE})
    aws.role("a")
    aws.http("POST", "/emulator/faults", {"operation": "CreateRole", "code": "ServiceFailure"})
    aws.http("POST", "/emulator/disconnects", {"after_writes": 1})
    with refused("Throttling"):
        aws.role("b")
    assert len(aws.http("GET", "/emulator/faults")) == 1
    assert [disconnect["writes"] for disconnect in aws.http("GET", "/emulator/disconnects")] == [0]


def test_disconnected_clients_take_no_token(aws: Any) -> None:
    _set(aws, {"CreateRole": ONE})
    aws.http("POST", "/emulator/disconnects", {"after_writes": 0})
    with pytest.raises(ConnectionClosedError):
        aws.role("a")
    aws.http("DELETE", "/emulator/disconnects")
    aws.role("a")


@pytest.mark.parametrize(
    "described",
    [
        "azure",
        1,
        0,
        [],
        [ONE],
        {"RunInstances": None},
        {"RunInstances": {"capacity": 1}},
        {"RunInstances": {**ONE, "unknown": 1}},
        {"RunInstances": {**ONE, "capacity": 0}},
        {"RunInstances": {**ONE, "capacity": "1"}},
        {"RunInstances": {**ONE, "capacity": True}},
        {"RunInstances": {**ONE, "refill": -1}},
        {"RunInstances": {**ONE, "refill": float("inf")}},
        {"RunInstances": {**ONE, "refill": None}},
    ],
)
def test_invalid_buckets(aws: Any, described: Any) -> None:
    before = _set(aws, {"RunInstances": ONE})
    with pytest.raises(urllib.error.HTTPError) as caught:
        _set(aws, described)
    assert caught.value.code == 400
    assert aws.http("GET", "/emulator/buckets") == before
