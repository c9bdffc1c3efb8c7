# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts a client off from AWS after a number of writing calls, as if it were killed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from ..server.calls import Call
from ..server.errors import DISCONNECT, AwsError
from ..server.http_messages import Answer
from ..server.value_checks import as_list, is_whole_number


class Disconnect:
    """Cuts all connections of an access key after this many writing calls."""

    def __init__(self, after_writes: int) -> None:
        self._after_writes = after_writes
        self._writes = 0
        self._dead = False
        self._lock = Lock()

    def state(self) -> dict[str, Any]:
        """Returns the progress."""
        return {"after_writes": self._after_writes, "writes": self._writes, "disconnected": self._dead}

    def answer(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call. Raises AwsError if the connection must be cut."""
        answer = self._write(proceed) if call.is_write else self._read(proceed)
        # Check again: another call may have been the last one in the meantime.
        self._require_life()
        return answer

    def _read(self, proceed: Callable[[], Answer]) -> Answer:
        self._require_life()
        return proceed()

    def _write(self, proceed: Callable[[], Answer]) -> Answer:
        # One call at a time, so that exactly this many are made, and the last one is complete before others are cut off.
        with self._lock:
            self._dead = self._dead or self._writes >= self._after_writes
            self._require_life()
            answer = proceed()
            self._writes += 1
            self._dead = self._writes >= self._after_writes
        return answer

    def _require_life(self) -> None:
        if self._dead:
            raise AwsError(DISCONNECT, "The run is dead.")


class Disconnects:
    """One entry for each access key. The entry for None applies to keys without an entry."""

    def __init__(self) -> None:
        self._disconnects: dict[str | None, Disconnect] = {}

    def add(self, described: Any) -> None:
        """Adds one entry or a list. Raises ValueError if one is invalid, and adds none then."""
        self._disconnects = {**self._disconnects, **dict(map(_parse_disconnect, as_list(described)))}

    def show(self) -> list[dict[str, Any]]:
        """Returns the entries."""
        return [{"access_key_id": key, **disconnect.state()} for key, disconnect in self._disconnects.items()]

    def clear(self) -> None:
        """Removes all entries."""
        self._disconnects = {}

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call. Raises AwsError if the connection must be cut."""
        disconnects = self._disconnects
        disconnect = disconnects.get(call.access_key_id) or disconnects.get(None)
        return disconnect.answer(call, proceed) if disconnect else proceed()


def _parse_disconnect(row: Any) -> tuple[str | None, Disconnect]:
    if not isinstance(row, dict) or set(row) - {"access_key_id"} != {"after_writes"}:
        raise ValueError("A disconnect must be an object with after_writes, and with access_key_id unless it is for all keys.")
    key, writes = row.get("access_key_id"), row["after_writes"]
    if not isinstance(key, str | None):
        raise ValueError("A disconnect's access_key_id must be a string or null.")
    if not is_whole_number(writes, 0):
        raise ValueError("A disconnect's after_writes must be 0 or more.")
    return key, Disconnect(writes)
