# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of growing sizes, as the serial of a play has them.  Pure."""

from __future__ import annotations

import re
from typing import Any, List, Sequence, TypeVar

Item = TypeVar("Item")

SIZE = re.compile(r"([1-9][0-9]*)|([1-9][0-9]?|100)%")


def batches(items: Sequence[Item], sizes: Sequence[Any]) -> List[List[Item]]:
    """The items in their order, in batches of these sizes, of which the last one goes on until all are in one.

    A size is a number from 1 on, or a percentage of all items.  Raises ValueError for what is neither, and for no size at all.
    """
    counts = [_count(size, len(items)) for size in sizes]
    if not counts:
        raise ValueError("there is no size.")
    made: List[List[Item]] = []
    begin = 0
    while begin < len(items):
        end = begin + counts[min(len(made), len(counts) - 1)]
        made.append(list(items[begin:end]))
        begin = end
    return made


def _count(size: Any, total: int) -> int:
    found = SIZE.fullmatch(str(size).strip())
    if not found:
        raise ValueError("{!r} is neither a number from 1 on nor a percentage from 1% to 100%.".format(str(size)))
    number, percentage = found.groups()
    return int(number) if number else max(1, total * int(percentage) // 100)
