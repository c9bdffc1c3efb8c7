# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All conditions that calls can meet while the emulator runs: errors, delays, and other clients."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from ..ec2.imds_defaults import declarative_policy
from ..server.calls import Call
from ..server.gateway import Layer
from ..server.http_messages import Answer, Request
from ..server.value_checks import duration, only
from .buckets import Buckets, limits_of
from .clock import clock
from .concurrent_calls import ConcurrentCalls
from .disconnects import Disconnects
from .faults import Fault, Faults
from .propagation import propagation
from .replicas import NOT_LATE, Replicas, replicas_of
from .reserved_tags import reserved_tags
from .transitions import INSTANTANEOUS, seconds_of, transitions
from .triggers import triggers_of


class Latency:
    """Delays every call. Concurrent calls wait at the same time, outside all locks."""

    def __init__(self) -> None:
        self._milliseconds = 0.0

    def show(self) -> dict[str, float]:
        """Returns the setting."""
        return {"milliseconds": self._milliseconds}

    def change(self, described: Any) -> None:
        """Sets the delay of every call. Raises ValueError."""
        self._milliseconds = duration(only(described, "milliseconds"), "milliseconds")

    def __call__(self, _call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call after the delay."""
        time.sleep(self._milliseconds / 1000)
        return proceed()


@dataclass(frozen=True)
class Start:
    """The conditions of the command line, to which a reset returns. Raises ValueError."""

    latency: float = 0.0
    propagation: float = 0.0
    replicas: dict[str, Any] = field(default_factory=dict)
    transitions: dict[str, float] = field(default_factory=dict)
    buckets: Any = None
    faults: list[Any] = field(default_factory=list)
    refuses_reserved_tags: bool = False

    def __post_init__(self) -> None:
        duration(self.latency, "milliseconds")
        duration(self.propagation, "seconds")
        replicas_of(self.replicas)
        seconds_of(self.transitions)
        limits_of(self.buckets)
        for described in self.faults:
            triggers_of(Fault, described)


class Conditions:
    """All conditions of a running emulator.

    ``settings`` can be shown and changed; ``lists`` can be shown, added to and cleared. Both are by name. ``make`` makes a call that meets no
    condition. ``permissions`` is another setting, and ``more`` are other lists. ``lock`` is the lock of moto's state.
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
        self._disconnects = Disconnects()
        self._concurrent_calls = ConcurrentCalls(make)
        self._replicas = Replicas(lock)
        self.settings = {
            "latency": self._latency,
            "propagation": propagation(),
            "replicas": self._replicas,
            "transitions": transitions(),
            "buckets": self._buckets,
            "clock": clock(),
            "declarative_policy": declarative_policy(),
            "reserved_tags": reserved_tags(),
            "permissions": permissions,
        }
        self.lists = {
            "faults": self._faults,
            "disconnects": self._disconnects,
            "concurrent_calls": self._concurrent_calls,
            **more,
        }
        self.reset()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Returns the layers of a call, the outermost first.

        The latency of one call does not delay another. A disconnected client takes no token, and a throttled call uses up no fault. Calls of another
        client are made only around a call that is made, and replicas matter only for calls that are made.
        """
        return (self._latency, self._disconnects, self._buckets, self._faults, self._concurrent_calls, self._replicas)

    def reset(self) -> None:
        """Returns to the conditions of the command line."""
        self._latency.change({"milliseconds": self._start.latency})
        propagation().change({"seconds": self._start.propagation})
        self._replicas.change({**NOT_LATE, **self._start.replicas})
        transitions().change({**INSTANTANEOUS, **self._start.transitions})
        self._buckets.change(self._start.buckets)
        clock().change({"ahead": 0})
        declarative_policy().change({})
        reserved_tags().change({"refused": self._start.refuses_reserved_tags})
        self.settings["permissions"].change({"access_key_ids": []})
        for each in self.lists.values():
            each.clear()
        for described in self._start.faults:
            self._faults.add(described)
