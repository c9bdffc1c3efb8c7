# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls in parallel, and lists in parts of the size that a call takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterable, Sequence, TypeVar

T = TypeVar("T")


def in_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """The results of the calls, in order, made in parallel; raises the first error in that order."""
    return each_in_parallel(lambda call: call(), calls, len(calls))


def each_in_parallel(function: Callable[[Any], T], items: Iterable[Any], workers: int) -> list[T]:
    """``function`` of every item, in order, with so many workers; raises the first error in that order."""
    items = list(items)
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        return list(pool.map(function, items))


def chunks(items: Sequence[T], size: int) -> list[list[T]]:
    """The items in lists of at most ``size``."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
