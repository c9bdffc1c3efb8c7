# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of one instance: its current and its wanted instance profile, and the calls that change it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional

from .._common.change import Change
from .._common.identifiers import name_in_arn, same_name
from .._policy.permission_diff import LostPermission, describe_lost
from .._values.instance_profile import InstanceProfile
from .._values.instances import TRANSITIONAL_STATES, Association, Instance, InstanceSnapshot
from .changes import associate, disassociate, replace_association

# The names of the former instance profile and of the new one; the latter is None if it is detached
ProfileChange = tuple[str, Optional[str]]


@dataclass(frozen=True)
class Target:
    """The wanted instance profile of one instance.

    Without a ``profile``, the current one is detached; with ``only``, just if it has this name.
    """

    profile: Optional[InstanceProfile] = None
    only: Optional[str] = None


@dataclass(frozen=True)
class Rules:
    """The options that hold for all instances.

    ``on_conflict`` is ``replace``, ``skip`` or ``fail``: what to do with an instance that has another profile.
    ``named`` says whether the instances were given by id.  Then a terminated one fails; otherwise it is skipped, and so is a
    managed one unless ``include_managed`` is true.
    ``renew`` associates the profile again with an instance that already has it.
    ``on_loss`` is ``ignore``, ``warn`` or ``fail``: what to do if the former role allows more than the new one.
    """

    on_conflict: str = "replace"
    named: bool = True
    include_managed: bool = False
    renew: bool = False
    on_loss: str = "ignore"

    def leave_alone(self, instance: Instance) -> bool:
        """Whether the instance must not be changed, because another service manages it."""
        return bool(instance.managed_by or instance.operator) and not self.named and not self.include_managed


@dataclass(frozen=True)
class Row:
    """What to do with one instance, and later the result.

    ``before`` and ``after`` are profile ARNs or None; ``steps`` are the calls, in order.  ``in_transition`` says that the
    instance or an association is in a transitional state.  The first call waits for its end; if there is no call, the row does.
    ``lost`` has the permissions that the role of ``before`` has and that of ``after`` lacks; None if they were not compared.
    """

    instance_id: str
    action: str
    before: Optional[str] = None
    after: Optional[str] = None
    association_id: Optional[str] = None
    reason: Optional[str] = None
    msg: str = ""
    steps: tuple[Change, ...] = ()
    in_transition: bool = False
    lost: Optional[tuple[LostPermission, ...]] = None

    @property
    def profile_change(self) -> Optional[ProfileChange]:
        """The former and the new profile, if the instance has a former one and it changes."""
        if not self.steps or not self.before or self.before == self.after:
            return None
        return name_in_arn(self.before), self.after and name_in_arn(self.after)

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``instances``."""
        return {
            "instance_id": self.instance_id,
            "changed": bool(self.steps),
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "association_id": self.association_id,
            "reason": self.reason,
            "msg": self.msg,
            "lost": None if self.lost is None else list(map(str, self.lost)),
        }

    def failed(self, reason: str, msg: str, made: tuple[Change, ...] = ()) -> Row:
        """The row of an instance that failed after the calls ``made``, which become its steps, so that changed, undo and actions report them.

        ``after`` is what the instance has now: the same as ``before`` if no call was made, the planned profile if all were made (and
        only waiting failed), and None if only the first of two calls was made, which detaches the old profile.
        """
        after = self.after if made == self.steps else None
        return replace(self, action="failed", reason=reason, msg=msg, steps=made, after=after if made else self.before)


def continued(row: Row, made: tuple[Change, ...], fresh: Row) -> Row:
    """The row of an instance that was planned again, as ``fresh``, after the calls ``made``, because another client changed it.

    If no call was made, it is the fresh row.  Otherwise it keeps its first ``before`` and the calls that were made.  Unless the fresh
    row failed or was skipped, it also keeps its action and reason, and gets the fresh steps and ``after``.
    """
    if not made:
        return fresh
    if fresh.action in ("failed", "skipped"):
        return replace(fresh, before=row.before, steps=made)
    return replace(row, after=fresh.after, association_id=fresh.association_id, steps=(*made, *fresh.steps))


def with_lost_permissions(row: Row, lost_permissions: Mapping[ProfileChange, tuple[LostPermission, ...]], on_loss: str) -> Row:
    """The row with its lost permissions.  With ``fail``, it fails if there are any, or if its profiles were not compared."""
    change = row.profile_change
    if not change:
        return replace(row, lost=())
    lost = lost_permissions.get(change)
    if on_loss == "fail" and lost is None:
        msg = f"its instance profile changed to {change[0]} after the permissions were compared; run again"
        return replace(row, after=row.before, steps=()).failed("changed_meanwhile", msg)
    if on_loss == "fail" and lost:
        msg = f"{row.msg}, and it would lose {describe_lost(lost)}"
        return replace(row, after=row.before, steps=(), lost=lost).failed("permissions_lost", msg)
    return replace(row, lost=lost)


def plan_row(instance_id: str, target: Target, actual: InstanceSnapshot, rules: Rules) -> Row:
    """What to do with one instance."""
    instance = actual.instances.get(instance_id)
    if instance is None:
        return Row(instance_id, "failed", reason="not_found", msg="there is no such instance in this region")
    if actual.is_gone(instance_id):
        action = "failed" if rules.named else "skipped"
        return Row(instance_id, action, reason="terminated", msg=f"the instance is {instance.state}")
    current = actual.current_association(instance_id)
    row = _present_row(instance, current, target.profile, rules) if target.profile else _absent_row(instance, current, target.only)
    if instance.operator and row.steps and not rules.leave_alone(instance):
        return _operated_row(instance, current)
    if rules.leave_alone(instance) and (row.steps or row.action == "failed"):
        row = _managed_row(instance, current)
    return replace(row, in_transition=_is_in_transition(row, actual))


def _is_in_transition(row: Row, actual: InstanceSnapshot) -> bool:
    association = actual.has_association_in_transition(row.instance_id)
    if row.steps:
        return association or actual.is_in_transition(row.instance_id)
    return association and row.action == "unchanged" and row.reason is None


def _managed_row(instance: Instance, current: Optional[Association]) -> Row:
    row = _row_with(current, "skipped") if current else Row(instance.instance_id, "skipped")
    if instance.operator:
        return replace(row, reason="managed", msg=f"{instance.operator} operates it, and AWS refuses changes by others")
    return replace(row, reason="managed", msg=f"{instance.managed_by} manages it (tag {instance.manager_tag})")


def _operated_row(instance: Instance, current: Optional[Association]) -> Row:
    """The row of an instance that was asked for although AWS refuses every change."""
    row = _row_with(current, "unchanged") if current else Row(instance.instance_id, "unchanged")
    return row.failed("managed", f"{instance.operator} operates it, and AWS refuses changes by others: change it in that service")


def _absent_row(instance: Instance, current: Optional[Association], only: Optional[str]) -> Row:
    if current is None:
        return Row(instance.instance_id, "unchanged", msg="it has no instance profile")
    name = name_in_arn(current.profile_arn)
    row = _row_with(current, "unchanged")
    if only and not same_name(name, only):
        return replace(row, reason="other_profile", msg=f"it has another instance profile, {name}")
    detached = replace(row, action="detached", after=None, association_id=None)
    return replace(detached, msg=f"{name} is detached", steps=(disassociate(current),))


def _present_row(instance: Instance, current: Optional[Association], profile: InstanceProfile, rules: Rules) -> Row:
    if current is None:
        row = Row(instance.instance_id, "associated", after=profile.arn, msg=f"{profile.name} is associated")
        return replace(row, steps=(associate(instance, profile),))
    if current.profile_id == profile.profile_id:
        if rules.renew:
            return _replaced(instance, current, profile, "renewed", f"{profile.name} is associated again")
        return replace(_row_with(current, "unchanged"), msg=f"it already has {profile.name}")
    if current.profile_arn == profile.arn:
        why = f"{profile.name} was recreated after it was attached; the association is renewed"
        return _replaced(instance, current, profile, "stale", why)
    other = name_in_arn(current.profile_arn)
    if rules.on_conflict == "skip":
        return replace(_row_with(current, "skipped"), reason="conflict", msg=f"it keeps {other}")
    if rules.on_conflict == "fail":
        return _row_with(current, "unchanged").failed("conflict", f"it has another instance profile, {other}")
    return _replaced(instance, current, profile, "conflict", f"{profile.name} replaces {other}")


def _replaced(instance: Instance, current: Association, profile: InstanceProfile, reason: str, msg: str) -> Row:
    # AWS replaces the profile of running instances only. On a stopped one, the old association must end first.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html
    settled = TRANSITIONAL_STATES.get(instance.state, instance.state)
    steps = (replace_association(current, profile),) if settled == "running" else (disassociate(current), associate(instance, profile))
    row = replace(_row_with(current, "replaced"), after=profile.arn, association_id=None)
    return replace(row, reason=reason, msg=msg, steps=steps)


def _row_with(current: Association, action: str) -> Row:
    return Row(current.instance_id, action, current.profile_arn, current.profile_arn, current.association_id)
