# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that are cut off, and others that are not."""

from __future__ import annotations

import urllib.error
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

OTHER_KEY = {"aws_access_key_id": "AKIAEMULATORTESTS001"}


def _disconnect(aws: Any, after_writes: int, **options: Any) -> Any:
    return aws.http("POST", "/emulator/disconnects", {"after_writes": after_writes, **options})


@pytest.fixture(name="other")
def _other(aws: Any) -> Any:
    """An IAM client with another key."""
    return aws.client("iam", **OTHER_KEY)


def _names(client: Any) -> list[str]:
    return sorted(role["RoleName"] for role in client.list_roles()["Roles"])


def test_after_two_writes(aws: Any, other: Any) -> None:
    _disconnect(aws, 2, access_key_id=aws.key_id)
    aws.iam.list_roles()
    aws.role("a")
    with pytest.raises(ConnectionClosedError):
        aws.role("b")
    for call in (aws.role, aws.iam.list_roles, aws.ec2.describe_instances):
        with pytest.raises(ConnectionClosedError):
            call()
    assert _names(other) == ["a", "b"]
    other.create_role(RoleName="c", AssumeRolePolicyDocument=aws.trust)
    assert aws.http("DELETE", "/emulator/disconnects") == []
    assert _names(aws.iam) == ["a", "b", "c"]


def test_before_the_first_write(aws: Any, other: Any) -> None:
    _disconnect(aws, 0, access_key_id=aws.key_id)
    aws.iam.list_roles()
    with pytest.raises(ConnectionClosedError):
        aws.role("a")
    with pytest.raises(ConnectionClosedError):
        aws.iam.list_roles()
    assert not _names(other)


def test_all_keys(aws: Any, other: Any) -> None:
    _disconnect(aws, 1)
    with pytest.raises(ConnectionClosedError):
        aws.role("a")
    with pytest.raises(ConnectionClosedError):
        other.list_roles()


def test_the_entry_of_a_key_has_precedence(aws: Any, other: Any) -> None:
    key = OTHER_KEY["aws_access_key_id"]
    aws.http("POST", "/emulator/disconnects", [{"after_writes": 0}, {"after_writes": 9, "access_key_id": key}])
    other.create_role(RoleName="a", AssumeRolePolicyDocument=aws.trust)
    with pytest.raises(ConnectionClosedError):
        aws.role("b")
    assert aws.http("GET", "/emulator/disconnects") == [
        {"access_key_id": None, "after_writes": 0, "writes": 0, "disconnected": True},
        {"access_key_id": key, "after_writes": 9, "writes": 1, "disconnected": False},
    ]


def test_in_the_log(aws: Any) -> None:
    _disconnect(aws, 1)
    for call in (aws.role, aws.iam.list_roles):
        with pytest.raises(ConnectionClosedError):
            call()
    assert [(call["operation"], call["status"], call["error"]) for call in aws.calls()] == [
        ("CreateRole", 0, "Disconnect"),
        ("ListRoles", 0, "Disconnect"),
    ]


def test_refused_calls_count_and_unmade_ones_do_not(aws: Any, refused: Any) -> None:
    aws.role("a")
    fault = {"operation": "CreateRole", "code": "ServiceFailure"}
    aws.http("POST", "/emulator/faults", [fault, {**fault, "when": "after"}])
    _disconnect(aws, 3)
    with refused("ServiceFailure"):
        aws.role("b")
    with refused("ServiceFailure"):
        aws.role("c")
    with refused("EntityAlreadyExists"):
        aws.role("a")
    assert [disconnect["writes"] for disconnect in aws.http("GET", "/emulator/disconnects")] == [2]
    with pytest.raises(ConnectionClosedError):
        aws.role("d")


def test_disconnected_clients_use_up_no_faults(aws: Any) -> None:
    _disconnect(aws, 0, access_key_id=aws.key_id)
    aws.http("POST", "/emulator/faults", {"operation": "*", "code": "Throttling"})
    with pytest.raises(ConnectionClosedError):
        aws.role("a")
    assert len(aws.http("GET", "/emulator/faults")) == 1


def _survives(aws: Any, name: str) -> bool:
    try:
        aws.role(name)
    except ConnectionClosedError:
        return False
    return True


def test_exactly_this_many_of_concurrent_writes_are_made(aws: Any, other: Any) -> None:
    aws.http("PUT", "/emulator/latency", {"milliseconds": 20})
    _disconnect(aws, 4, access_key_id=aws.key_id)
    with ThreadPoolExecutor(10) as pool:
        alive = list(pool.map(lambda index: _survives(aws, f"role-{index}"), range(10)))
    assert len(_names(other)) == 4
    assert sum(alive) <= 3


@pytest.mark.parametrize(
    "body",
    [
        None,
        1,
        {},
        {"after_writes": -1},
        {"after_writes": True},
        {"after_writes": "1"},
        {"after_writes": 1, "access_key_id": 1},
        {"after_writes": 1, "unknown": 1},
        [{"after_writes": 1}, {}],
    ],
)
def test_invalid_disconnects(aws: Any, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("POST", "/emulator/disconnects", body)
    assert caught.value.code == 400
    assert aws.http("GET", "/emulator/disconnects") == []
