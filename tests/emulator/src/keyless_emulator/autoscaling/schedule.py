# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a group does by itself, later: by the emulator's clock, when the next call comes."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from moto.autoscaling.models import autoscaling_backends

from ..conditions.clock import clock

SCHEDULE = "emulator_schedule"


class Schedule:
    """What is to happen in one account and region, the next first."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def add(self, at: float, action: Callable[[], None]) -> None:
        """Has it happen at that time, or with the first call after it."""
        heapq.heappush(self._due, (at, next(self._number), action))

    def settle(self) -> None:
        """Lets all happen that is due, and what comes of it as far as that is due too."""
        while self._due and self._due[0][0] <= clock().now():
            heapq.heappop(self._due)[2]()


def schedule_of(autoscaling_backend: Any) -> Schedule:
    """The schedule of moto's backend for an account and a region.

    It lives on the backend, so that it is forgotten when moto is reset.
    """
    schedule: Schedule = vars(autoscaling_backend).setdefault(SCHEDULE, Schedule())
    return schedule


def settle_groups() -> None:
    """Lets every group do what is due."""
    for regions in list(autoscaling_backends.values()):
        for backend in list(regions.values()):
            schedule_of(backend).settle()
