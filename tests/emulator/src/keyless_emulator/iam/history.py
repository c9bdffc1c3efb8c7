# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of calls, from which CloudTrail and IAM answer, until a reset."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import Any

from moto.iam.models import get_account_id_from, iam_backends
from moto.utilities.utils import get_partition

from ..conditions.clock import clock
from ..server.calls import KEPT, Call
from .sessions import role_of, session_of

# Global services, whose events are in one region
GLOBAL = ("iam", "sts", "organizations")
GLOBAL_REGION = "us-east-1"
# CloudTrail's event history has no data events of buckets, tables and queues.
DATA = {
    "dynamodb": ("BatchGet", "BatchWrite", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem", "Transact"),
    "lambda": ("Invoke",),
    "s3": ("GetObject", "PutObject", "DeleteObject", "HeadObject", "GET /", "PUT /", "DELETE /", "HEAD /"),
    "sns": ("Publish",),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage"),
}


@dataclass(frozen=True)
class Event:
    """A call, its time, and the caller: a user, a role, or a key that IAM does not know."""

    call: Call
    at: float
    account: str
    entity: str | None
    user_name: str | None

    @property
    def region(self) -> str:
        """Returns the region whose event history has it."""
        return GLOBAL_REGION if self.call.service in GLOBAL else self.call.region or GLOBAL_REGION

    @property
    def is_data(self) -> bool:
        """Tells whether it is a data event, which only paid trails have."""
        return self.call.operation.startswith(DATA.get(self.call.service, ("\0",)))


class History:
    """The latest calls of all accounts, and the latest call of each operation by each user and role, which is never dropped."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._uses: dict[str, dict[tuple[str, str], Event]] = {}
        self._dropped_at = 0.0

    @property
    def kept(self) -> int:
        """Returns the maximum number of events."""
        return self._events.maxlen or KEPT

    @property
    def dropped_at(self) -> float:
        """Returns the time of the last call that was dropped, or 0."""
        return self._dropped_at

    def keep(self, count: int) -> None:
        """Sets the maximum number of events."""
        self._events = deque(self._events, maxlen=count)

    def note(self, call: Call, lock: RLock) -> None:
        """Records the call. ``lock`` is the lock of moto's state."""
        with lock:
            account = get_account_id_from(str(call.access_key_id))
            session = session_of(call)
            role = session and role_of(session)
            user = None if role else _user_of(account, call)
            entity = role.arn if role else user.arn if user else None
            self._add(Event(call, clock().now(), account, entity, user.name if user else None))

    def _add(self, event: Event) -> None:
        if len(self._events) == self._events.maxlen:
            self._dropped_at = self._events[0].at
        self._events.append(event)
        if event.entity:
            uses = self._uses.setdefault(event.entity, {})
            operation = (event.call.service, event.call.operation)
            uses.pop(operation, None)  # so that the latest call is at the end
            uses[operation] = event

    def of(self, account: str) -> Iterator[Event]:
        """Returns the events of an account, oldest first."""
        return (each for each in list(self._events) if each.account == account)

    def uses_of(self, entity: str) -> list[Event]:
        """Returns the latest call of each operation by the user or role, oldest first."""
        return list(self._uses.get(entity, {}).values())

    def clear(self) -> None:
        """Removes everything."""
        self._events.clear()
        self._uses.clear()
        self._dropped_at = 0.0


def _user_of(account: str, call: Call) -> Any:
    users = iam_backends[account][get_partition(call.region or GLOBAL_REGION)].users.values()
    keys = ((user, key) for user in users for key in user.access_keys)
    return next((user for user, key in keys if key.access_key_id == call.access_key_id), None)


@cache
def history() -> History:
    """Returns the history."""
    return History()
