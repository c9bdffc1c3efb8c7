# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of a run: instances in all and at a time, and time. Probes that run side by side share them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# Instances that one probe after the other uses, and those that are launched once for several probes: a terminated one, and one that reports
# what it sees
SHARED = 3
ONCE = 2
# AWS has no capacity, or the account's quota is too low for as many instances as run at a time.
NO_CAPACITY = ("InsufficientInstanceCapacity", "InstanceLimitExceeded", "VcpuLimitExceeded")


class LimitReached(Exception):
    """The run would exceed a limit. It ends, and removes what it created."""


@dataclass
class Limits:
    # In the whole run, also those that groups and fleets launch
    instances: int = 60
    seconds: float = 30 * 60
    at_a_time: int = 12
    now: Callable[[], float] = time.monotonic
    launched: int = 0
    begun: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.begun = self.now()
        self._own = max(1, self.at_a_time - SHARED - ONCE)
        self._free = self._own
        self._changed = threading.Condition()

    @contextmanager
    def running(self, count: int) -> Iterator[None]:
        """Waits until a probe may have so many instances of its own, and until its end reserves them."""
        count = min(count, self._own)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= count)
            self._free -= count
        try:
            yield
        finally:
            with self._changed:
                self._free += count
                self._changed.notify_all()

    def launch(self, count: int) -> None:
        """Called before instances are launched. Raises LimitReached."""
        self.check_time()
        with self._changed:
            if self.launched + count > self.instances:
                raise LimitReached(f"the run may launch {self.instances} instances, and has launched {self.launched}")
            self.launched += count

    def check_time(self) -> None:
        if self.now() - self.begun > self.seconds:
            raise LimitReached(f"the run may take {self.seconds / 60:g} minutes")
