# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Token buckets, as AWS has them: too many calls are throttled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

from moto.iam.models import get_account_id_from

from ..server.calls import Call
from ..server.http_messages import Answer
from ..server.value_checks import is_number
from .clock import clock
from .faults import refusal_of

# As AWS documents them for EC2; IAM's are unpublished. RunInstances has another bucket on AWS, which counts instances.
AWS = {
    "ec2:AssociateIamInstanceProfile": {"capacity": 100, "refill": 5},
    "ec2:DisassociateIamInstanceProfile": {"capacity": 100, "refill": 5},
    "ec2:ModifyInstanceMetadataOptions": {"capacity": 100, "refill": 5},
    "ec2:RunInstances": {"capacity": 5, "refill": 2},
    "ec2:Describe*": {"capacity": 100, "refill": 20},
    "ec2:Get*": {"capacity": 100, "refill": 20},
    "ec2:*": {"capacity": 50, "refill": 5},
    "cloudtrail:LookupEvents": {"capacity": 2, "refill": 2},
}
PRESETS = {"aws": AWS}
# Error codes of services that do not say Throttling
THROTTLES = {"cloudtrail": "ThrottlingException", "ec2": "RequestLimitExceeded"}


@dataclass(frozen=True)
class Limit:
    """The size of a bucket, and how many tokens it gets in a second."""

    capacity: float
    refill: float

    def __post_init__(self) -> None:
        for name, least in (("capacity", 1), ("refill", 0)):
            value = getattr(self, name)
            if not is_number(value) or value < least:
                raise ValueError(f"A bucket's {name} must be a number, {least} or more.")


class Bucket:
    """The tokens of one operation in one account and region."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._tokens = limit.capacity
        self._filled_at = clock().now()

    def take(self) -> bool:
        """Takes a token. Returns False if there was none."""
        # If the clock was set back, nothing changes.
        moment = max(self._filled_at, clock().now())
        filled = self._tokens + (moment - self._filled_at) * self._limit.refill
        self._tokens = min(self._limit.capacity, filled)
        self._filled_at = moment
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Buckets:
    """Each limited call takes a token, or fails with a throttling error."""

    def __init__(self) -> None:
        self._limits: dict[str, Limit] = {}
        self._buckets: dict[tuple[str | None, ...], Bucket] = {}
        self._lock = Lock()

    def show(self) -> dict[str, Any]:
        """Returns the limits by operation."""
        return {pattern: asdict(limit) for pattern, limit in self._limits.items()}

    def change(self, described: Any) -> None:
        """Replaces all limits, with full buckets. Raises ValueError."""
        limits = limits_of(described)
        with self._lock:
            self._limits, self._buckets = limits, {}

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call. Raises AwsError if there is no token."""
        if not self._takes(call):
            raise refusal_of(THROTTLES.get(call.service, "Throttling"), call)
        return proceed()

    def _takes(self, call: Call) -> bool:
        with self._lock:
            limit = _limit_for(call, self._limits)
            if limit is None:
                return True
            account = get_account_id_from(call.access_key_id)
            where = (account, call.region, call.service, call.operation)
            return self._buckets.setdefault(where, Bucket(limit)).take()


def limits_of(described: Any) -> dict[str, Limit]:
    """Parses limits: an object, the name of a preset, or null. Raises ValueError."""
    if described is None:
        return {}
    rows = PRESETS.get(described) if isinstance(described, str) else described
    if not isinstance(rows, dict):
        raise ValueError(f"Buckets must be an object, null, or one of {', '.join(PRESETS)}, not {described!r}.")
    for row in rows.values():
        if not isinstance(row, dict) or set(row) != {"capacity", "refill"}:
            raise ValueError("A bucket must be an object with capacity and refill.")
    return {pattern: Limit(**row) for pattern, row in rows.items()}


def _limit_for(call: Call, limits: dict[str, Limit]) -> Limit | None:
    """Returns the limit of an operation. A full name has precedence over a pattern, and an earlier pattern over a later one."""
    names = (call.operation, f"{call.service}:{call.operation}")
    exact = (limits[name] for name in names if name in limits)
    wide = (limit for pattern, limit in limits.items() if any(fnmatchcase(name, pattern) for name in names))
    return next(exact, None) or next(wide, None)
