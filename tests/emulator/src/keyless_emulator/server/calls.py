# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of AWS calls."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from ..private_files import open_to_append

KEPT = 100_000
"""How many calls are kept unless the emulator is told otherwise."""

READS = ("get", "list", "describe", "head", "decode", "simulate", "validate", "assumerole", "generateservicelastaccessed", "lookup")


@dataclass
class Call:
    """One AWS call. The result is filled in when it is recorded.

    Of the answer, only the status and the error code are kept, and the request's session token is not: both can be secret.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    access_key_id: str | None
    region: str | None
    started: float
    status: int = 0
    error: str | None = None
    seconds: float = 0.0
    n: int = field(default=0)

    @property
    def is_write(self) -> bool:
        """Tells whether the operation writes, by its name alone. A dry run counts, too."""
        return not self.operation.lower().startswith(READS)


class CallsDropped(Exception):
    """Some of the requested calls are no longer kept."""


class CallLog:
    """The last ``keep`` calls, in the order in which they were answered. They are numbered from 1 and never renumbered."""

    def __init__(self, path: Path | None = None, keep: int = KEPT) -> None:
        self._calls: deque[Call] = deque(maxlen=keep)
        self._count = 0
        self._dropped = 0  # the number of the last call that was dropped since the log was cleared
        self._lock = Lock()
        self._file = open_to_append(path) if path else None

    def record(self, call: Call) -> None:
        """Numbers the call and keeps it."""
        with self._lock:
            self._count += 1
            call.n = self._count
            if len(self._calls) == self._calls.maxlen:
                self._dropped = self._calls[0].n
            self._calls.append(call)
            if self._file:
                self._file.write(json.dumps(asdict(call)) + "\n")
                self._file.flush()

    def since(self, number: int = 0, access_key_id: str | None = None) -> list[dict[str, Any]]:
        """Returns the calls with a higher number, oldest first, of one access key or of all. Raises CallsDropped if some are missing."""
        with self._lock:
            if number < self._dropped:
                raise CallsDropped(
                    f"The calls up to number {self._dropped} are no longer kept: the emulator keeps {self._calls.maxlen} (--keep-calls). "
                    f"Ask for those since {self._dropped}, or have all calls forgotten (DELETE /emulator/calls)."
                )
            found = list(self._later(number))
        return [asdict(call) for call in found if access_key_id in (None, call.access_key_id)]

    def _later(self, number: int) -> Iterator[Call]:
        return (call for call in self._calls if call.n > number)

    def clear(self) -> None:
        """Removes all calls. The numbers continue, so that a reader's last number stays valid."""
        with self._lock:
            self._calls.clear()
            self._dropped = 0

    def close(self) -> None:
        """Closes the file, if there is one."""
        if self._file:
            self._file.close()
