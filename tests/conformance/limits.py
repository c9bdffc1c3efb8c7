# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of a run: instances and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


class LimitReached(Exception):
    """The run would exceed a limit. It ends, and removes what it created."""


@dataclass
class Limits:
    # In the whole run, also those that groups and fleets launch
    instances: int = 60
    seconds: float = 45 * 60
    now: Callable[[], float] = time.monotonic
    launched: int = 0
    begun: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.begun = self.now()

    def launch(self, count: int) -> None:
        """Called before instances are launched. Raises LimitReached."""
        self.check_time()
        if self.launched + count > self.instances:
            raise LimitReached(f"the run may launch {self.instances} instances, and has launched {self.launched}")
        self.launched += count

    def check_time(self) -> None:
        if self.now() - self.begun > self.seconds:
            raise LimitReached(f"the run may take {self.seconds / 60:g} minutes")
