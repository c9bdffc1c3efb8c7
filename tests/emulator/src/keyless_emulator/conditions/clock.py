# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of all the emulator's state machines. It can be set ahead and back."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from ..server.value_checks import is_number, only


class Clock:
    """The machine's clock, plus a number of seconds."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Returns the emulator's time in Unix seconds."""
        return time.time() + self._ahead

    def show(self) -> dict[str, float]:
        """Returns the setting."""
        return {"ahead": self._ahead}

    def change(self, described: Any) -> None:
        """Sets the clock ahead by this many seconds, or back by a negative number. Raises ValueError."""
        ahead = only(described, "ahead")
        if not is_number(ahead):
            raise ValueError("ahead must be a number.")
        self._ahead = ahead


@cache
def clock() -> Clock:
    """Returns the clock."""
    return Clock()
