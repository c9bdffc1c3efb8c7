# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deaths: a run that is cut off from AWS after a number of its changes, as if it were killed there."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from ..server.calls import Call
from ..server.checks import is_whole, rows_of
from ..server.exchange import Answer
from ..server.refusals import DISCONNECT, Refusal


class Death:
    """The end of all connections with an access key, after so many writing calls."""

    def __init__(self, after_writes: int) -> None:
        self._after_writes = after_writes
        self._writes = 0
        self._dead = False
        self._lock = Lock()

    def state(self) -> dict[str, Any]:
        """How far it has come."""
        return {"after_writes": self._after_writes, "writes": self._writes, "dead": self._dead}

    def answer(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """The answer of the call. Raises Refusal where the connection is to be cut."""
        answer = self._write(proceed) if call.is_write else self._read(proceed)
        # Asked again: it may have come while this call was on its way.
        self._require_life()
        return answer

    def _read(self, proceed: Callable[[], Answer]) -> Answer:
        self._require_life()
        return proceed()

    def _write(self, proceed: Callable[[], Answer]) -> Answer:
        # One at a time, so that exactly so many are made, and the last one is when others are cut.
        with self._lock:
            self._dead = self._dead or self._writes >= self._after_writes
            self._require_life()
            answer = proceed()
            self._writes += 1
            self._dead = self._writes >= self._after_writes
        return answer

    def _require_life(self) -> None:
        if self._dead:
            raise Refusal(DISCONNECT, "The run is dead.")


class Deaths:
    """One death for each access key; that of None is for all keys that have none of their own."""

    def __init__(self) -> None:
        self._deaths: dict[str | None, Death] = {}

    def add(self, described: Any) -> None:
        """Adds one death or a list. Raises ValueError for what is none, and then adds none of them."""
        self._deaths = {**self._deaths, **dict(map(_death_of, rows_of(described)))}

    def shown(self) -> list[dict[str, Any]]:
        """The deaths that are to come or have come."""
        return [{"access_key_id": key, **death.state()} for key, death in self._deaths.items()]

    def clear(self) -> None:
        """Lets all keys live."""
        self._deaths = {}

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """The answer of the call. Raises Refusal where the connection is to be cut."""
        deaths = self._deaths
        death = deaths.get(call.access_key_id) or deaths.get(None)
        return death.answer(call, proceed) if death else proceed()


def _death_of(row: Any) -> tuple[str | None, Death]:
    if not isinstance(row, dict) or set(row) - {"access_key_id"} != {"after_writes"}:
        raise ValueError("A death is an object with after_writes and, if it is not for all, access_key_id.")
    key, writes = row.get("access_key_id"), row["after_writes"]
    if not isinstance(key, str | None):
        raise ValueError("A death's access_key_id must be a text or null.")
    if not is_whole(writes, 0):
        raise ValueError("A death's after_writes must be 0 or more.")
    return key, Death(writes)
