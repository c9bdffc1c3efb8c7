# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be made to go wrong, or to take long, while the emulator runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .calls import Call
from .deaths import Deaths
from .exchange import Answer
from .faults import Faults, faults_of
from .gateway import Layer
from .propagation import propagation


class Latency:
    """Every call waits first. Calls in different threads wait side by side, outside all locks."""

    def __init__(self) -> None:
        self.milliseconds = 0.0

    def __call__(self, _call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Return the answer of the call, later."""
        time.sleep(self.milliseconds / 1000)
        return proceed()


@dataclass(frozen=True)
class Start:
    """What the command line says, and what a reset goes back to. Raises ValueError."""

    latency: float = 0.0
    propagation: float = 0.0
    faults: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        _duration(self.latency, "milliseconds")
        _duration(self.propagation, "seconds")
        for described in self.faults:
            faults_of(described)


class Conditions:
    """The latency, faults, deaths and propagation of a running emulator."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.latency = Latency()
        self.faults = Faults()
        self.deaths = Deaths()
        self.reset()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What a call passes, the outermost first.

        Whoever is dead uses up no faults; and nobody waits for the latency of another one's call.
        """
        return (self.latency, self.deaths, self.faults)

    def set_latency(self, milliseconds: Any) -> None:
        """Let every call take so much longer. Raises ValueError."""
        self.latency.milliseconds = _duration(milliseconds, "milliseconds")

    def set_propagation(self, seconds: Any) -> None:
        """Let EC2 see so late what IAM does from now on. Raises ValueError."""
        propagation().seconds = _duration(seconds, "seconds")

    def reset(self) -> None:
        """Go back to what the command line says."""
        self.set_latency(self._start.latency)
        self.set_propagation(self._start.propagation)
        self.deaths.clear()
        self.faults.clear()
        for described in self._start.faults:
            self.faults.add(described)


def _duration(value: Any, unit: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{unit} must be a number, 0 or more.")
    return value
