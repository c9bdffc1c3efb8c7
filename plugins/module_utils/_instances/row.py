# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of one instance: what it has, what it should have, and the calls that change it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional, TypeVar

from .._common.change import Change
from .._values.instances import Instance, InstanceSnapshot

R = TypeVar("R", bound="InstanceRow")


@dataclass(frozen=True)
class InstanceRules:
    """The options that hold for all instances.

    ``named`` says whether the instances were given by id.  Then a terminated one fails; otherwise it is skipped, and so is a
    managed one unless ``include_managed`` is true.
    """

    named: bool = True
    include_managed: bool = False

    def leave_alone(self, instance: Instance) -> bool:
        """Whether the instance must not be changed, because another service manages it."""
        return bool(instance.managed_by or instance.operator) and not self.named and not self.include_managed


@dataclass(frozen=True)
class InstanceRow:
    """What to do with one instance, and later the result.

    ``before`` and ``after`` are what it has; ``steps`` are the calls, in order.  ``in_transition`` says that the instance or what
    changes is in a transitional state.  The first call waits for its end; if there is no call, the row does.  ``cause`` is the reason
    for a skipped one in words that can follow a number: "managed by Amazon EKS".
    """

    instance_id: str
    action: str
    before: Any = None
    after: Any = None
    reason: Optional[str] = None
    msg: str = ""
    steps: tuple[Change, ...] = ()
    in_transition: bool = False
    cause: str = ""

    def found(self) -> dict[str, Any]:
        """The members, besides ``after``, that say what the instance has now."""
        return {}

    def failed(self: R, reason: str, msg: str, made: tuple[Change, ...] = ()) -> R:
        """The row of an instance that failed after the calls ``made``, which become its steps, so that changed, undo and actions report them."""
        return replace(self, action="failed", reason=reason, msg=msg, steps=made, after=self.after_calls(made))

    def after_calls(self, made: tuple[Change, ...]) -> Any:
        """What the instance has after the calls ``made``.

        It is the same as ``before`` if no call was made, the planned state if all were made (and only waiting failed), and None if only the
        first of two calls was made.
        """
        if not made:
            return self.before
        return self.after if made == self.steps else None


def continued(row: R, made: tuple[Change, ...], fresh: R) -> R:
    """The row of an instance that was planned again, as ``fresh``, after the calls ``made``, because another client changed it.

    If no call was made, it is the fresh row.  Otherwise it keeps its first ``before`` and the calls that were made.  Unless the fresh
    row failed or was skipped, it also keeps its action and reason, and gets the fresh steps and ``after``.
    """
    if not made:
        return fresh
    if fresh.action in ("failed", "skipped"):
        return replace(fresh, before=row.before, steps=made)
    return replace(row, after=fresh.after, steps=(*made, *fresh.steps), **fresh.found())


def missing_row(row: R, actual: InstanceSnapshot, rules: InstanceRules, place: str = "this region") -> Optional[R]:
    """The row of an instance that does not exist or is being terminated; None for any other."""
    instance = actual.instances.get(row.instance_id)
    if instance is None:
        return replace(row, action="failed", reason="not_found", msg=f"there is no such instance in {place}; check the id and the option region")
    if actual.is_gone(row.instance_id):
        return replace(row, action="failed" if rules.named else "skipped", reason="terminated", msg=f"the instance is {instance.state}")
    return None


def unless_managed(row: R, unchanged: R, instance: Instance, rules: InstanceRules) -> R:
    """The row; the ``unchanged`` one as skipped or failed if it would change an instance that another service manages or operates."""
    operated = f"{instance.operator} operates it, and AWS refuses changes by others"
    if rules.leave_alone(instance) and (row.steps or row.action == "failed"):
        msg = operated if instance.operator else f"{instance.managed_by} manages it (tag {instance.manager_tag})"
        cause = f"managed by {instance.operator or instance.managed_by}"
        return replace(unchanged, action="skipped", reason="managed", msg=msg, cause=cause)
    if instance.operator and row.steps and not rules.leave_alone(instance):
        return unchanged.failed("managed", f"{operated}: change it in that service")
    return row
