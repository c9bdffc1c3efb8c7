# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of given sizes, as in the keyword serial of a play.  Pure."""

from __future__ import annotations

import re
from typing import Any, List, Sequence, TypeVar

Item = TypeVar("Item")

SIZE = re.compile(r"([1-9][0-9]*)|([1-9][0-9]?|100)%")


def batches(items: Sequence[Item], sizes: Sequence[Any]) -> List[List[Item]]:
    """Splits the items, in order, into batches of these sizes.  The last size repeats until no item is left.

    A size is a number of at least 1, or a percentage of all items.  Raises ValueError for any other size, and for an empty list of sizes.
    """
    counts = [_count(size, len(items)) for size in sizes]
    if not counts:
        raise ValueError("there is no batch size.")
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
        raise ValueError("{!r} is not a batch size. Use a number of at least 1, or a percentage from 1% to 100%.".format(str(size)))
    number, percentage = found.groups()
    return int(number) if number else max(1, total * int(percentage) // 100)
