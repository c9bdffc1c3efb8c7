# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sharing out time: what one user lets lie about must not use up the time for the others."""

from __future__ import annotations

import time
from typing import Iterable, Iterator


class Deadline:
    """When the time is up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        return self.left() <= 0

    def left(self) -> float:
        """The seconds that are left."""
        return self._end - time.monotonic()


class Turn:
    """Work in small steps."""

    def __init__(self, steps: Iterator[None]) -> None:
        self._steps = steps

    def goes_on(self, deadline: Deadline) -> bool:
        """Works for a while.  Whether there is more to do."""
        return any(deadline.is_over() for _step in self._steps)


def take_turns(turns: Iterable[Turn], deadline: Deadline) -> None:
    """Gives each its share of the time that is left, and again to those that are not done, until none is left."""
    pending = list(turns)
    while pending and not deadline.is_over():
        shares = range(len(pending), 0, -1)
        pending = [turn for turn, share in zip(pending, shares) if _goes_on(turn, deadline, share)]


def _goes_on(turn: Turn, deadline: Deadline, share: int) -> bool:
    return deadline.is_over() or turn.goes_on(Deadline(deadline.left() / share))
