# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls a condition applies to, and how often: the common part of faults and calls of other clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, asdict, dataclass, fields
from threading import Lock
from typing import Any, Generic, TypeVar

from ..server.calls import Call
from ..server.value_checks import as_list, is_whole_number

BEFORE, AFTER = "before", "after"


@dataclass(kw_only=True)
class Trigger:
    """Calls of one operation ("*" for all, "write" for all that write). Raises ValueError."""

    operation: str
    count: int | None = 1
    after: int = 0
    access_key_id: str | None = None
    region: str | None = None
    when: str = BEFORE

    def __post_init__(self) -> None:
        self.require(isinstance(self.operation, str), "operation", "a text")
        self.require(self.count is None or is_whole_number(self.count, 1), "count", "1, more, or null")
        self.require(is_whole_number(self.after, 0), "after", "0 or more")
        self.require(isinstance(self.access_key_id, str | None), "access_key_id", "a text or null")
        self.require(isinstance(self.region, str | None), "region", "a text or null")
        self.require(self.when in (BEFORE, AFTER), "when", f'"{BEFORE}" or "{AFTER}"')

    def require(self, condition: bool, name: str, wanted: str) -> None:
        """Raises ValueError unless a member is valid."""
        if not condition:
            raise ValueError(f"{type(self).__name__}: {name} must be {wanted}.")

    def concerns(self, call: Call) -> bool:
        """Tells whether it applies to the call, now or later."""
        if self.access_key_id not in (None, call.access_key_id) or self.region not in (None, call.region):
            return False
        return self.operation in ("*", call.operation) or (self.operation == "write" and call.is_write)

    def is_due(self) -> bool:
        """Counts a call that it applies to, and tells whether it is due."""
        if self.after:
            self.after -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True


Kind = TypeVar("Kind", bound=Trigger)


class Triggers(Generic[Kind]):
    """A list of triggers, the oldest first."""

    def __init__(self, kind: type[Kind]) -> None:
        self._kind = kind
        self._triggers: list[Kind] = []
        self._lock = Lock()

    def add(self, described: Any) -> None:
        """Adds one or a list. Raises ValueError if one is invalid, and adds none then."""
        added = triggers_of(self._kind, described)
        with self._lock:
            self._triggers += added

    def show(self) -> list[dict[str, Any]]:
        """Returns the remaining ones."""
        with self._lock:
            return [asdict(each) for each in self._triggers]

    def clear(self) -> None:
        """Removes all."""
        with self._lock:
            self._triggers.clear()

    def first_due(self, call: Call, when: str) -> Kind | None:
        """Returns the first one that is due. For later ones, the call does not count."""
        with self._lock:
            found = next(self._due(call, when), None)
            self._forget_what_is_over()
        return found

    def all_due(self, call: Call, when: str) -> list[Kind]:
        """Returns all that are due."""
        with self._lock:
            found = list(self._due(call, when))
            self._forget_what_is_over()
        return found

    def _due(self, call: Call, when: str) -> Iterator[Kind]:
        return (each for each in self._triggers if each.when == when and each.concerns(call) and each.is_due())

    def _forget_what_is_over(self) -> None:
        self._triggers = [each for each in self._triggers if each.count != 0]


def triggers_of(kind: type[Kind], described: Any) -> list[Kind]:
    """Parses one object or a list. Raises ValueError."""
    return [_trigger_of(kind, row) for row in as_list(described)]


def _trigger_of(kind: type[Kind], row: Any) -> Kind:
    if not isinstance(row, dict):
        raise ValueError(f"{kind.__name__}: must be an object, not {row!r}.")
    members = fields(kind)
    unknown = sorted(set(row) - {member.name for member in members})
    missing = sorted({member.name for member in members if member.default is MISSING} - set(row))
    if unknown:
        raise ValueError(f"{kind.__name__}: unknown {', '.join(unknown)}.")
    if missing:
        raise ValueError(f"{kind.__name__}: missing {', '.join(missing)}.")
    return kind(**row)
