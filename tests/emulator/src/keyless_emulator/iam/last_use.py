# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When and where a role was last used. AWS counts every call of its sessions, even if denied."""

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
    """Shows the last use that the emulator has recorded. moto has no region, and ignores denied calls."""
    Role.role_last_used = property(lambda self: vars(self).get(LAST_USE, NEVER))


class LastUse:
    """A hook that records the last use of each role. ``lock`` is the lock of moto's state."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock

    def __call__(self, call: Call) -> None:
        """Records the call, if a session of a role made it."""
        with self._lock:
            session = session_of(call)
            role = session and role_of(session)
            if role:
                setattr(role, LAST_USE, {"LastUsedDate": _now(), "Region": call.region})


def _now() -> Any:
    """Returns the emulator's time without fractions of a second, as IAM shows it, and without a time zone, as moto needs it."""
    return datetime.fromtimestamp(int(clock().now()), timezone.utc).replace(tzinfo=None)
