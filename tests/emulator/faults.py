# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: errors that are answered on demand, as often and for as long as was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from threading import Lock
from typing import Any

from .calls import Call
from .exchange import Answer
from .refusals import Refusal, refused

BEFORE, AFTER = "before", "after"
OTHER = (400, "An error that was asked for.")

# The texts that AWS's documentation has for a code, or that users have seen.
DEFAULTS = {
    "AccessDenied": (
        403,
        "User: arn:aws:iam::123456789012:user/tester is not authorized to perform: {action} because no "
        "identity-based policy allows the {action} action",
    ),
    "ConcurrentModification": (
        409,
        "The request was rejected because multiple requests to change this object were submitted "
        "simultaneously. Wait a few minutes and submit your request again.",
    ),
    "DeleteConflict": (
        409,
        "The request was rejected because it attempted to delete a resource that has attached "
        "subordinate entities.",
    ),
    "EntityAlreadyExists": (
        409,
        "The request was rejected because it attempted to create a resource that already exists.",
    ),
    "EntityTemporarilyUnmodifiable": (
        409,
        "The request was rejected because it referenced an entity that is temporarily unmodifiable, "
        "such as a user name that was deleted and then recreated.",
    ),
    "ExpiredToken": (403, "The security token included in the request is expired"),
    "InternalError": (500, "An internal error has occurred"),
    "InternalFailure": (
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "InvalidClientTokenId": (403, "The security token included in the request is invalid."),
    "LimitExceeded": (409, "Cannot exceed quota for PoliciesPerRole: 10"),
    "NoSuchEntity": (
        404,
        "The request was rejected because it referenced a resource entity that does not exist.",
    ),
    "RequestLimitExceeded": (503, "Request limit exceeded."),
    "ServiceFailure": (
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "Throttling": (400, "Rate exceeded"),
    "UnauthorizedOperation": (
        403,
        "You are not authorized to perform this operation. User: "
        "arn:aws:iam::123456789012:user/tester is not authorized to perform: {action} because no "
        "identity-based policy allows the {action} action. "
        "Encoded authorization failure message: eyJhbGxvd2VkIjogZmFsc2V9",
    ),
    "Unavailable": (503, "The server is overloaded and can't handle the request."),
}


@dataclass
class Fault:
    """One error, for calls of one operation ("*": of all, "write": of all that change something)."""

    operation: str
    code: str
    message: str | None = None
    status: int | None = None
    count: int | None = 1
    after: int = 0
    access_key_id: str | None = None
    when: str = BEFORE

    def __post_init__(self) -> None:
        for name in ("operation", "code"):
            _require(isinstance(getattr(self, name), str), name, "a text")
        for name in ("message", "access_key_id"):
            _require(isinstance(getattr(self, name), str | None), name, "a text or null")
        _require(self.count is None or _is_whole(self.count, 1), "count", "1, more, or null")
        _require(_is_whole(self.after, 0), "after", "0 or more")
        _require(self.status is None or _is_whole(self.status, 400, 599), "status", "400 to 599, or null")
        _require(self.when in (BEFORE, AFTER), "when", f'"{BEFORE}" or "{AFTER}"')

    def concerns(self, call: Call) -> bool:
        """Tell whether this is for the call, now or later."""
        if self.access_key_id not in (None, call.access_key_id):
            return False
        return self.operation in ("*", call.operation) or (self.operation == "write" and call.is_write)

    def is_due(self) -> bool:
        """Count one call that this is for, and tell whether it is to fail."""
        if self.after:
            self.after -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def refusal(self, call: Call) -> Refusal:
        """Return the error for the call."""
        status, text = DEFAULTS.get(self.code, OTHER)
        default = text.format(action=f"{call.service}:{call.operation}")
        return Refusal(self.code, self.message or default, self.status or status)


class Faults:
    """Every call passes the faults, the oldest first; the first one that is due is its answer."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()

    def add(self, described: Any) -> None:
        """Add one fault or a list. Raises ValueError for what is none, and then adds none of them."""
        added = faults_of(described)
        with self._lock:
            self._faults += added

    def left(self) -> list[dict[str, Any]]:
        """Return what is still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        """Let all calls be."""
        with self._lock:
            self._faults.clear()

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Return the answer of the call, or the error instead of it."""
        fault = self._due(call, BEFORE)
        if fault:
            raise fault.refusal(call)
        answer = proceed()
        fault = self._due(call, AFTER)
        # Not raised: the call has been made, and those who count calls are to know.
        return refused(fault.refusal(call), call.service) if fault else answer

    def _due(self, call: Call, when: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.when == when and fault.concerns(call) and fault.is_due():
                    self._faults = [each for each in self._faults if each.count != 0]
                    return fault
        return None


def faults_of(described: Any) -> list[Fault]:
    """Return the faults that JSON describes, one object or a list. Raises ValueError."""
    rows = described if isinstance(described, list) else [described]
    return [_fault_of(row) for row in rows]


def _fault_of(row: Any) -> Fault:
    if not isinstance(row, dict):
        raise ValueError(f"A fault is an object, not {row!r}.")
    unknown = sorted(set(row) - {field.name for field in fields(Fault)})
    missing = sorted({"operation", "code"} - set(row))
    if unknown:
        raise ValueError(f"A fault has no {', '.join(unknown)}.")
    if missing:
        raise ValueError(f"A fault needs {', '.join(missing)}.")
    return Fault(**row)


def _is_whole(value: Any, least: int, most: float = math.inf) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _require(condition: bool, name: str, wanted: str) -> None:
    if not condition:
        raise ValueError(f"A fault's {name} must be {wanted}.")
