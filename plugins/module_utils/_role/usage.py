# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that roles have used and not used: the return value ``usage`` of iam_ec2_role_info."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Iterator, NamedTuple, Optional, Sequence

from .._aws.iam import Iam
from .._aws.last_accessed import LastAccessed
from .._common.errors import OptionError
from .._common.incomplete import Incomplete
from .._policy.narrowed_policy import narrow_policies
from .._policy.permissions_summary import summarize_permissions
from .._policy.service_reference import ServiceReference
from .._values.role import Role

MAX_DAYS = 400  # that IAM's reports cover
ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
LAG = "IAM's last-accessed data can lag by up to four hours."


class UsageReader(NamedTuple):
    """Reads what roles did in the last days."""

    iam: Iam
    last_accessed: LastAccessed
    days: int
    now: datetime
    reference: Optional[ServiceReference]

    def read(self, role: Role) -> dict[str, Any]:
        """The return values ``may_do`` and ``usage``. This takes two calls for the role, and two for each managed policy."""
        since = self.now - timedelta(days=self.days)
        permissions = self.iam.permissions_of(role.name)
        services = self.last_accessed.of(role.arn or "")
        narrowed = narrow_policies(permissions.documents, services, since, self.reference)
        used = [each for each in services if each.last_used and each.last_used >= since]
        usage = {
            "days": self.days,
            "services": [{"service": each.prefix, "last_used": each.last_used.isoformat() if each.last_used else None} for each in used],
            "unused": {"services": list(narrowed.services), "actions": list(narrowed.actions)},
            "narrowed_policy": narrowed.policy,
            "incomplete": [each.as_result() for each in (*self._too_young(role, since), *narrowed.kept, Incomplete(role.name, "lag", LAG))],
        }
        return {"may_do": summarize_permissions(permissions, self.reference), "usage": usage}

    def _too_young(self, role: Role, since: datetime) -> Iterator[Incomplete]:
        created = role.create_date and datetime.fromisoformat(role.create_date)
        if created and created > since:
            message = f"The role was created on {created.date()}, less than {self.days} days ago."
            yield Incomplete(role.name, "role_too_young", message)


def simulated_actions(values: Sequence[Any]) -> list[tuple[str, Optional[str]]]:
    """The option ``simulate`` as pairs of an action and a resource or None; raises OptionError."""
    return [_simulated_action(each) for each in values]


def _simulated_action(value: Any) -> tuple[str, Optional[str]]:
    given = {"action": value} if isinstance(value, str) else value
    action = given.get("action") if isinstance(given, dict) else None
    if not isinstance(action, str) or not ACTION.fullmatch(action):
        suggestion = "Give one like s3:GetObject, or a dictionary with action and resource."
        raise OptionError("simulate", f"{value!r} is not an action.", suggestion)
    return action, given.get("resource")


def check_days(days: int) -> None:
    """Raises OptionError unless IAM's reports cover that many days."""
    if not 1 <= days <= MAX_DAYS:
        raise OptionError("usage_days", f"is {days}.", f"Give 1 to {MAX_DAYS}, the days that IAM's reports cover.")
