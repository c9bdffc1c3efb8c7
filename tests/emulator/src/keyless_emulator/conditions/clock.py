# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock that all of the emulator's state machines go by; it can be put forward."""

from __future__ import annotations

import time
from typing import Any

from ..server.checks import duration, only
from ..server.shared import of_process

MARK = "keyless_ec2_clock"


class Clock:
    """The machine's time, and so many seconds more."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """The emulator's time in unix seconds."""
        return time.time() + self._ahead

    def shown(self) -> dict[str, float]:
        """The setting."""
        return {"ahead": self._ahead}

    def change(self, described: Any) -> None:
        """Goes so many seconds ahead of the machine's time. Raises ValueError."""
        self._ahead = duration(only(described, "ahead"), "ahead")


def clock() -> Clock:
    """The clock of this process."""
    return of_process(MARK, Clock())
