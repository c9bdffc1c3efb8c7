# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be made to go wrong, or to take long, while the emulator runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from ..server.calls import Call
from ..server.checks import duration, only
from ..server.exchange import Answer, Request
from ..server.gateway import Layer
from .buckets import Buckets, limits_of
from .clock import clock
from .deaths import Deaths
from .faults import Fault, Faults
from .interjections import Interjections
from .propagation import propagation
from .replicas import NOT_LATE, Replicas, replicas_of
from .transitions import INSTANTANEOUS, seconds_of, transitions
from .triggers import triggers_of


class Latency:
    """Every call waits first. Calls in different threads wait side by side, outside all locks."""

    def __init__(self) -> None:
        self._milliseconds = 0.0

    def shown(self) -> dict[str, float]:
        """The setting."""
        return {"milliseconds": self._milliseconds}

    def change(self, described: Any) -> None:
        """Lets every call take so much longer. Raises ValueError."""
        self._milliseconds = duration(only(described, "milliseconds"), "milliseconds")

    def __call__(self, _call: Call, proceed: Callable[[], Answer]) -> Answer:
        """The answer of the call, later."""
        time.sleep(self._milliseconds / 1000)
        return proceed()


@dataclass(frozen=True)
class Start:
    """What the command line says, and what a reset goes back to. Raises ValueError."""

    latency: float = 0.0
    propagation: float = 0.0
    replicas: dict[str, Any] = field(default_factory=dict)
    transitions: dict[str, float] = field(default_factory=dict)
    buckets: Any = None
    faults: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        duration(self.latency, "milliseconds")
        duration(self.propagation, "seconds")
        replicas_of(self.replicas)
        seconds_of(self.transitions)
        limits_of(self.buckets)
        for described in self.faults:
            triggers_of(Fault, described)


class Conditions:
    """All that a running emulator can be told to do to its callers.

    ``settings`` are shown and changed, ``lists`` are shown, added to and cleared; both by name.
    ``make`` makes a call that meets none of it; ``permissions`` is a setting and ``more`` are lists of others. Whoever holds
    ``lock`` has moto's state to himself.
    """

    def __init__(
        self,
        start: Start,
        make: Callable[[Request], Answer],
        lock: RLock,
        permissions: Any,
        more: Mapping[str, Any],
    ) -> None:
        self._start = start
        self._latency = Latency()
        self._buckets = Buckets()
        self._faults = Faults()
        self._deaths = Deaths()
        self._interjections = Interjections(make)
        self._replicas = Replicas(lock)
        self.settings = {
            "latency": self._latency,
            "propagation": propagation(),
            "replicas": self._replicas,
            "transitions": transitions(),
            "buckets": self._buckets,
            "clock": clock(),
            "permissions": permissions,
        }
        self.lists = {
            "faults": self._faults,
            "deaths": self._deaths,
            "interjections": self._interjections,
            **more,
        }
        self.reset()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What a call passes, the outermost first.

        Nobody waits for the latency of another one's call. Whoever is dead takes no token, and whoever
        is throttled uses up no fault. Only where a call is made is another one made before or after it, and
        only what is made meets a replica.
        """
        return (self._latency, self._deaths, self._buckets, self._faults, self._interjections, self._replicas)

    def reset(self) -> None:
        """Goes back to what the command line says."""
        self._latency.change({"milliseconds": self._start.latency})
        propagation().change({"seconds": self._start.propagation})
        self._replicas.change({**NOT_LATE, **self._start.replicas})
        transitions().change({**INSTANTANEOUS, **self._start.transitions})
        self._buckets.change(self._start.buckets)
        clock().change({"ahead": 0})
        self.settings["permissions"].change({"access_key_ids": []})
        for each in self.lists.values():
            each.clear()
        for described in self._start.faults:
            self._faults.add(described)
