# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of one instance: its current and its wanted instance profile, and the calls that change it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional

from .._common.identifiers import name_in_arn, same_name
from .._instances.row import InstanceRow, InstanceRules, missing_row, unless_managed
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
class Rules(InstanceRules):
    """The options that hold for all instances.

    ``on_conflict`` is ``replace``, ``skip`` or ``fail``: what to do with an instance that has another profile.
    ``renew`` associates the profile again with an instance that already has it.
    ``on_loss`` is ``ignore``, ``warn`` or ``fail``: what to do if the former role allows more than the new one.
    """

    on_conflict: str = "replace"
    renew: bool = False
    on_loss: str = "ignore"


@dataclass(frozen=True)
class Row(InstanceRow):
    """A row whose ``before`` and ``after`` are the ARNs of instance profiles, or None.

    ``lost`` has the permissions that the role of ``before`` has and that of ``after`` lacks; None if they were not compared.
    """

    association_id: Optional[str] = None
    lost: Optional[tuple[LostPermission, ...]] = None

    @property
    def profile_change(self) -> Optional[ProfileChange]:
        """The former and the new profile, if the instance has a former one and it changes."""
        if not self.steps or not self.before or self.before == self.after:
            return None
        return name_in_arn(self.before), self.after and name_in_arn(self.after)

    def found(self) -> dict[str, Any]:
        """The association, which continues with a row."""
        return {"association_id": self.association_id}

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
            "cause": self.cause or None,
            "msg": self.msg,
            "lost": None if self.lost is None else list(map(str, self.lost)),
        }


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


def plan_row(instance_id: str, target: Target, actual: InstanceSnapshot, rules: Rules, place: str = "this region") -> Row:
    """What to do with one instance; ``place`` is where it was looked for."""
    missing = missing_row(Row(instance_id, "unchanged"), actual, rules, place)
    if missing:
        return missing
    instance = actual.instances[instance_id]
    current = actual.current_association(instance_id)
    row = _present_row(instance, current, target.profile, rules) if target.profile else _absent_row(instance, current, target.only)
    unchanged = _row_with(current, "unchanged") if current else Row(instance_id, "unchanged")
    row = unless_managed(row, unchanged, instance, rules)
    return replace(row, in_transition=_is_in_transition(row, actual))


def _is_in_transition(row: Row, actual: InstanceSnapshot) -> bool:
    association = actual.has_association_in_transition(row.instance_id)
    if row.steps:
        return association or actual.is_in_transition(row.instance_id)
    return association and row.action == "unchanged" and row.reason is None


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
        return replace(_row_with(current, "skipped"), reason="conflict", msg=f"it keeps {other}", cause="with another profile")
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
    arn = current.profile_arn
    return replace(Row(current.instance_id, action, arn, arn), association_id=current.association_id)
