# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares the time fairly: the files of one user must not use up the time for the files of the others."""

from __future__ import annotations

import time
from typing import Hashable, Iterable, Iterator


class TimeOver(Exception):
    """A deadline is over."""


class Deadline:
    """A point in time, some seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        return self.left() <= 0

    def left(self) -> float:
        """The seconds that are left."""
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raises TimeOver."""
        if self.is_over():
            raise TimeOver


class FairDeadlines:
    """Gives groups that work one after the other an equal share of the time that is left, and what earlier ones did not use."""

    def __init__(self, seconds: float, groups: Iterable[Hashable]) -> None:
        self._all = Deadline(seconds)
        self._pending = dict.fromkeys(groups)
        self._begun: dict[Hashable, Deadline] = {}

    def of(self, group: Hashable) -> Deadline:
        """The deadline of a group, whose time begins with the first call."""
        if group not in self._begun:
            self._begun[group] = Deadline(self._all.left() / max(1, len(self._pending)))
            self._pending.pop(group, None)
        return self._begun[group]


class SlicedWork:
    """Work in small steps."""

    def __init__(self, steps: Iterator[None]) -> None:
        self._steps = steps

    def run_until(self, deadline: Deadline) -> bool:
        """Works until the deadline.  Returns whether there is more to do."""
        return any(deadline.is_over() for _step in self._steps)


def share_time(work: Iterable[SlicedWork], deadline: Deadline) -> None:
    """Gives each an equal share of the time that is left, then shares the rest among the unfinished ones, and so on."""
    pending = list(work)
    while pending and not deadline.is_over():
        shares = range(len(pending), 0, -1)
        pending = [each for each, share in zip(pending, shares) if _has_more(each, deadline, share)]


def _has_more(work: SlicedWork, deadline: Deadline, share: int) -> bool:
    return deadline.is_over() or work.run_until(Deadline(deadline.left() / share))
