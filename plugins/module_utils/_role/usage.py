# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles may do and have not done: iam_ec2_role_info's return value ``usage``."""

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

LONGEST = 400  # days that IAM's reports reach back
ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
LAG = "IAM's last-accessed data can lag by up to four hours."


class Looking(NamedTuple):
    """How to look: with what, how many days back from now."""

    iam: Iam
    last_accessed: LastAccessed
    days: int
    now: datetime
    reference: Optional[ServiceReference]

    def of(self, role: Role) -> dict[str, Any]:
        """The return values ``may_do`` and ``usage``: two calls for the role, and two for each managed policy."""
        since = self.now - timedelta(days=self.days)
        permissions = self.iam.permissions_of(role.name)
        services = self.last_accessed.of(role.arn or "")
        found = narrow_policies(permissions.documents, services, since, self.reference)
        used = [each for each in services if each.last_used and each.last_used >= since]
        usage = {
            "days": self.days,
            "services": [{"service": each.prefix, "last_used": each.last_used.isoformat() if each.last_used else None} for each in used],
            "unused": {"services": list(found.services), "actions": list(found.actions)},
            "narrowed_policy": found.policy,
            "incomplete": [each.as_result() for each in (*self._young(role, since), *found.kept, Incomplete(role.name, "lag", LAG))],
        }
        return {"may_do": summarize_permissions(permissions, self.reference), "usage": usage}

    def _young(self, role: Role, since: datetime) -> Iterator[Incomplete]:
        created = role.create_date and datetime.fromisoformat(role.create_date)
        if created and created > since:
            message = f"The role was created on {created.date()}, less than {self.days} days ago."
            yield Incomplete(role.name, "role_too_young", message)


def wanted_actions(described: Sequence[Any]) -> list[tuple[str, Optional[str]]]:
    """The option ``simulate``: pairs of an action and a resource, or None.  Raises OptionError."""
    return [_wanted(each) for each in described]


def _wanted(described: Any) -> tuple[str, Optional[str]]:
    given = {"action": described} if isinstance(described, str) else described
    action = given.get("action") if isinstance(given, dict) else None
    if not isinstance(action, str) or not ACTION.fullmatch(action):
        suggestion = "Write one like s3:GetObject, or a dictionary with action and resource."
        raise OptionError("simulate", f"{described!r} is not an action.", suggestion)
    return action, given.get("resource")


def check_days(days: int) -> None:
    """Raises OptionError for more or fewer than IAM tells of."""
    if not 1 <= days <= LONGEST:
        raise OptionError("usage_days", f"is {days}.", f"Give 1 to {LONGEST}: so far back IAM tells.")
