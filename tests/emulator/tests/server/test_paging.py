# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of EC2's descriptions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from keyless_emulator.server.paging import ec2_page, in_order

RUNNING = [{"Name": "instance-state-name", "Values": ["running"]}]


def _found(answer: dict[str, Any]) -> list[str]:
    return [each["InstanceId"] for reservation in answer["Reservations"] for each in reservation["Instances"]]


def _pages(aws: Any, size: int, **options: Any) -> list[list[str]]:
    pages = aws.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": size}, **options)
    return [_found(page) for page in pages]


def test_page_has_the_requested_number_of_instances(aws: Any) -> None:
    ids = aws.launch(7) + aws.launch(3) + aws.launch(4)
    pages = _pages(aws, 5)
    assert [len(page) for page in pages] == [5, 5, 4]
    assert sum(pages, []) == ids


def test_last_page_may_be_full(aws: Any) -> None:
    aws.launch(10)
    assert [len(page) for page in _pages(aws, 5)] == [5, 5]


def test_reservation_is_split(aws: Any) -> None:
    aws.launch(7)
    first = aws.ec2.describe_instances(MaxResults=5)
    second = aws.ec2.describe_instances(MaxResults=5, NextToken=first["NextToken"])
    [begun], [ended] = first["Reservations"], second["Reservations"]
    assert (len(begun["Instances"]), len(ended["Instances"])) == (5, 2)
    assert begun["ReservationId"] == ended["ReservationId"]
    assert begun["OwnerId"] == ended["OwnerId"]


def test_page_has_several_reservations(aws: Any) -> None:
    first, second = aws.launch(2), aws.launch(3)
    answer = aws.ec2.describe_instances(MaxResults=5)
    assert [[each["InstanceId"] for each in part["Instances"]] for part in answer["Reservations"]] == [first, second]


def test_page_of_matching_instances(aws: Any) -> None:
    ids = aws.launch(12)
    aws.ec2.stop_instances(InstanceIds=ids[::2])
    pages = _pages(aws, 5, Filters=RUNNING)
    assert pages == [ids[1:10:2], ids[11::2]]


def test_a_deletion_between_two_pages_hides_nothing(aws: Any) -> None:
    ids = aws.launch(12)
    first = aws.ec2.describe_instances(MaxResults=5, Filters=RUNNING)
    assert _found(first) == ids[:5]
    # The instance that the token names, and one of each page
    aws.ec2.terminate_instances(InstanceIds=[ids[0], ids[4], ids[6]])
    second = aws.ec2.describe_instances(MaxResults=5, Filters=RUNNING, NextToken=first["NextToken"])
    assert _found(second) == [ids[5], *ids[7:11]]


def test_thousand_without_a_size(aws: Any) -> None:
    ids = aws.launch(1001)
    first = aws.ec2.describe_instances()
    assert _found(first) == ids[:1000]
    assert _found(aws.ec2.describe_instances(NextToken=first["NextToken"])) == ids[1000:]


def test_ids_come_in_the_order_of_launch(aws: Any) -> None:
    ids = aws.launch(2) + aws.launch(2)
    answer = aws.ec2.describe_instances(InstanceIds=list(reversed(ids)))
    assert _found(answer) == ids
    assert len(answer["Reservations"]) == 2


@pytest.mark.parametrize("token", ["%", "abc"])
def test_bad_token(aws: Any, refused: Any, token: str) -> None:
    with refused("InvalidNextToken"):
        aws.ec2.describe_instances(NextToken=token)


def test_dry_run(aws: Any, refused: Any) -> None:
    with refused("DryRunOperation"):
        aws.ec2.describe_instances(DryRun=True)


def test_only_the_items_of_a_page_are_read() -> None:
    looked_at: list[int] = []

    def matches(item: Any) -> bool:
        looked_at.append(item.position)
        return item.position % 2 == 0

    items = [SimpleNamespace(position=position) for position in range(1, 1001)]
    page, token = ec2_page(items, matches, 5, None)
    assert [item.position for item in page] == [2, 4, 6, 8, 10]
    assert looked_at[-1] == 12
    looked_at.clear()
    page, _token = ec2_page(items, matches, 5, token)
    assert (looked_at[0], page[0].position) == (11, 12)


def test_in_order_and_once() -> None:
    first, second = SimpleNamespace(position=1), SimpleNamespace(position=2)
    assert in_order([second, first, second]) == [first, second]
