# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions that delay calls, and what resets them."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from keyless_emulator.conditions.buckets import AWS
from keyless_emulator.conditions.conditions import Start
from keyless_emulator.conditions.replicas import NOT_LATE
from keyless_emulator.conditions.transitions import INSTANTANEOUS

INVISIBLE = "Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
HOUR = 3600  # seconds; no call takes that long by itself
CONDITIONS = ("latency", "propagation", "faults", "disconnects", "buckets", "transitions", "concurrent_calls", "replicas")


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _latency(aws: Any, milliseconds: float) -> None:
    latency = {"milliseconds": milliseconds}
    assert aws.http("PUT", "/emulator/latency", latency) == latency
    assert aws.http("GET", "/emulator/latency") == latency


def _propagation(aws: Any, seconds: float) -> None:
    assert aws.http("PUT", "/emulator/propagation", {"seconds": seconds}) == {"seconds": seconds}
    assert aws.http("GET", "/emulator/propagation") == {"seconds": seconds}


def test_latency(aws: Any) -> None:
    _latency(aws, 100)
    assert _seconds(aws.iam.list_roles) >= 0.1
    assert aws.calls()[-1]["seconds"] >= 0.1


def test_latency_can_be_removed(aws: Any) -> None:
    _latency(aws, HOUR * 1000)
    _latency(aws, 0)
    assert _seconds(aws.iam.list_roles) < HOUR


def test_own_endpoints_have_no_latency(aws: Any) -> None:
    _latency(aws, HOUR * 1000)
    assert _seconds(aws.calls) < HOUR


def _are_side_by_side(aws: Any, call: Callable[[int], Any], milliseconds: float) -> bool:
    """Tells whether ten calls had all begun before the first one was answered."""
    _latency(aws, milliseconds)
    aws.http("DELETE", "/emulator/calls")
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(call, range(10)))
    calls = aws.calls()
    assert len(calls) == 10
    return max(call["started"] for call in calls) < min(call["started"] + call["seconds"] for call in calls)


# A slow machine takes long to begin all calls, so the calls must last longer there.
LATENCIES = (200, 1000, 5000, 25_000)


def test_concurrent_calls_wait_at_the_same_time(aws: Any) -> None:
    assert any(_are_side_by_side(aws, lambda _index: aws.iam.list_roles(), latency) for latency in LATENCIES)


def test_calls_before_a_disconnect_wait_at_the_same_time(aws: Any) -> None:
    aws.http("POST", "/emulator/disconnects", {"after_writes": 99})

    def is_side_by_side(latency: float) -> bool:
        return _are_side_by_side(aws, lambda index: aws.role(f"role-{latency}-{index}"), latency)

    assert any(map(is_side_by_side, LATENCIES))


def _profile_uses(aws: Any, specification: dict[str, str]) -> list[Callable[[], Any]]:
    """Returns all calls that pass a profile to EC2, and a second instance that already has one."""
    aws.profile("old")
    [bare] = aws.launch()
    [taken] = aws.launch(IamInstanceProfile={"Name": "old"})
    [association] = aws.associations(Filters=[{"Name": "instance-id", "Values": [taken]}])
    given = {"IamInstanceProfile": specification}
    return [
        lambda: aws.launch(**given),
        lambda: aws.ec2.associate_iam_instance_profile(InstanceId=bare, **given),
        lambda: aws.ec2.replace_iam_instance_profile_association(AssociationId=association["AssociationId"], **given),
    ]


def test_new_profile_is_invisible(aws: Any, refused: Any) -> None:
    uses = _profile_uses(aws, {"Name": "web"})
    _propagation(aws, HOUR)
    aws.profile("web")
    assert aws.iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"]
    for use in uses:
        with refused("InvalidParameterValue", INVISIBLE):
            use()


def test_new_profile_is_invisible_by_its_arn(aws: Any, refused: Any) -> None:
    _propagation(aws, HOUR)
    arn = aws.profile("web")["Arn"]
    text = f"Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"
    with refused("InvalidParameterValue", text):
        aws.launch(IamInstanceProfile={"Arn": arn})


def test_new_role_is_invisible(aws: Any, refused: Any) -> None:
    uses = _profile_uses(aws, {"Name": "web"})
    profile = aws.iam.create_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    aws.role("web")
    _propagation(aws, HOUR)
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    text = f'IAM Instance Profile "{profile["Arn"]}" has no associated IAM Roles'
    for use in uses:
        with refused("InvalidParameterValue", text):
            use()


def test_old_profile_stays_visible(aws: Any) -> None:
    uses = _profile_uses(aws, {"Name": "web"})
    aws.profile("web")
    _propagation(aws, HOUR)
    for use in uses:
        use()


def test_profile_becomes_visible(aws: Any) -> None:
    _propagation(aws, 0.2)
    aws.profile("web")
    time.sleep(0.2)
    aws.launch(IamInstanceProfile={"Name": "web"})


@pytest.mark.parametrize(("path", "name"), [("latency", "milliseconds"), ("propagation", "seconds")])
@pytest.mark.parametrize("value", [-1, "1", None, True, float("inf"), float("nan")])
def test_invalid_durations(aws: Any, path: str, name: str, value: Any) -> None:
    for body in ({name: value}, {"other": 1}, [1]):
        with pytest.raises(urllib.error.HTTPError) as caught:
            aws.http("PUT", f"/emulator/{path}", body)
        assert caught.value.code == 400
    assert aws.http("GET", f"/emulator/{path}") == {name: 0}


def _conditions(aws: Any) -> list[Any]:
    return [aws.http("GET", f"/emulator/{path}") for path in CONDITIONS]


def test_reset(aws: Any) -> None:
    nothing = _conditions(aws)
    assert nothing == [{"milliseconds": 0}, {"seconds": 0}, [], [], {}, INSTANTANEOUS, [], NOT_LATE]
    aws.role("web")
    _latency(aws, 1)
    _propagation(aws, 1)
    aws.http("POST", "/emulator/faults", {"operation": "*", "code": "Throttling"})
    aws.http("POST", "/emulator/disconnects", {"after_writes": 1})
    aws.http("PUT", "/emulator/buckets", "aws")
    aws.http("PUT", "/emulator/replicas", {"behind": [1]})
    aws.http("PUT", "/emulator/transitions", dict.fromkeys(INSTANTANEOUS, 1))
    aws.http("POST", "/emulator/reset")
    assert _conditions(aws) == nothing
    assert [call["operation"] for call in aws.calls()] == ["CreateRole"]
    assert not aws.iam.list_roles()["Roles"]


def test_command_line(emulator_with: Any, connect: Any) -> None:
    throttled, missing = ("ListRoles", "Throttling"), ("ListUsers", "NoSuchEntity")
    faults = [{"operation": operation, "code": code} for operation, code in (throttled, missing)]
    options = ["--latency", "30", "--propagation", "7", "--buckets", "aws", "--transitions", '{"pending": 9}']
    options += ["--replicas", '{"behind": [0, 3]}']
    options += [part for fault in (faults[0], faults[1:]) for part in ("--fault", json.dumps(fault))]
    with emulator_with(*options) as endpoint:
        aws = connect(endpoint)
        first = _conditions(aws)
        for call in (aws.iam.list_roles, aws.iam.list_users):
            with pytest.raises(ClientError):
                call()
        assert [call["seconds"] >= 0.03 for call in aws.calls()] == [True, True]
        _latency(aws, 0)
        _propagation(aws, 0)
        aws.http("PUT", "/emulator/buckets", {})
        aws.http("PUT", "/emulator/transitions", {"pending": 0, "stopping": 1})
        assert _conditions(aws)[2] == []
        aws.http("POST", "/emulator/reset")
        again = _conditions(aws)
    assert first[:2] == [{"milliseconds": 30}, {"seconds": 7}]
    assert [fault["code"] for fault in first[2]] == ["Throttling", "NoSuchEntity"]
    assert first[4:] == [AWS, {**INSTANTANEOUS, "pending": 9}, [], {**NOT_LATE, "behind": [0, 3]}]
    assert again == first


@pytest.mark.parametrize(
    "option",
    [
        ("--fault", "{"),
        ("--fault", '{"operation": "*"}'),
        ("--transitions", '{"running": 1}'),
        ("--buckets", "azure"),
        ("--replicas", '{"behind": 3}'),
    ],
)
def test_bad_command_line(refusal_to_start: Any, option: tuple[str, str]) -> None:
    assert "emulator: " in refusal_to_start(*option)


@pytest.mark.parametrize(
    "option",
    [
        {"latency": -1},
        {"propagation": float("nan")},
        {"transitions": {"pending": "1"}},
        {"buckets": "azure"},
        {"replicas": {"ahead": 1}},
        {"faults": [1]},
    ],
)
def test_bad_start(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Start(**option)
