# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What groups do later on their own. It happens with the next call, by the emulator's clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from moto.autoscaling.models import autoscaling_backends

from ..conditions.clock import clock

SCHEDULE = "emulator_schedule"


class Schedule:
    """The scheduled events of one account and region, the earliest first."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def add(self, at: float, action: Callable[[], None]) -> None:
        """Schedules an event for this time."""
        heapq.heappush(self._due, (at, next(self._number), action))

    def settle(self) -> None:
        """Runs all due events, and the due events that they schedule."""
        while self._due and self._due[0][0] <= clock().now():
            heapq.heappop(self._due)[2]()


def schedule_of(autoscaling_backend: Any) -> Schedule:
    """Returns the schedule of moto's backend for an account and a region.

    It is an attribute of the backend, so resetting moto removes it.
    """
    schedule: Schedule = vars(autoscaling_backend).setdefault(SCHEDULE, Schedule())
    return schedule


def settle_groups() -> None:
    """Runs the due events of all groups."""
    for regions in list(autoscaling_backends.values()):
        for backend in list(regions.values()):
            schedule_of(backend).settle()
