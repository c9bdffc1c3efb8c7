# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When and where a role was used last: AWS counts every call of its sessions, also one that it denies."""

from __future__ import annotations

from datetime import datetime, timezone
from threading import RLock
from typing import Any

from moto.iam.models import Role

from ..conditions.clock import clock
from ..server.calls import Call
from .sessions import role_of, session_of

LAST_USE = "keyless_ec2_last_use"
NEVER = {"LastUsedDate": None, "Region": None}


def patch_last_use() -> None:
    """A role shows what the emulator keeps: moto has no region, and does not know of calls that were denied."""
    Role.role_last_used = property(lambda self: vars(self).get(LAST_USE, NEVER))


class LastUse:
    """A hook that keeps the last use of each role; ``lock`` is that of moto's state."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock

    def __call__(self, call: Call) -> None:
        """Keeps it, if the call is made by a session of a role."""
        with self._lock:
            session = session_of(call)
            role = session and role_of(session)
            if role:
                setattr(role, LAST_USE, {"LastUsedDate": _now(), "Region": call.region})


def _now() -> Any:
    """The emulator's time, to the second as IAM tells it, and without a time zone as moto wants it."""
    return datetime.fromtimestamp(int(clock().now()), timezone.utc).replace(tzinfo=None)
