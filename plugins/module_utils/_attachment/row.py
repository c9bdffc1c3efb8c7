# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one instance has, what it should have, and what is to be done with it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional

from .._common.change import Change
from .._common.identifiers import name_in_arn, same_name
from .._policy.permission_diff import LostPermission, describe_lost
from .._values.instance_profile import InstanceProfile
from .._values.instances import TRANSITIONAL_STATES, Association, Instance, InstanceSnapshot
from .changes import associate, disassociate, replace_association

# The name of an instance profile that goes, and of the one that comes, or None
Pair = tuple[str, Optional[str]]


@dataclass(frozen=True)
class Target:
    """What one instance should have.

    With a ``profile``, that one.  Without, none; ``only`` then narrows it to a profile of this name, and leaves
    alone an instance that has another one.
    """

    profile: Optional[InstanceProfile] = None
    only: Optional[str] = None


@dataclass(frozen=True)
class Rules:
    """How to go about all instances.

    ``on_conflict`` is ``replace``, ``skip`` or ``fail``: what to do with an instance that has another profile.
    ``named`` tells whether the user named the instances: one that is terminated is then a failure, else it is passed
    over, and so is one that something else manages unless ``include_managed`` says otherwise.
    ``renew`` associates the profile again with an instance that has it already.
    ``on_loss`` is ``ignore``, ``warn`` or ``fail``: what to do where the former role allows more than the new one.
    """

    on_conflict: str = "replace"
    named: bool = True
    include_managed: bool = False
    renew: bool = False
    on_loss: str = "ignore"

    def leave_alone(self, instance: Instance) -> bool:
        """Whether the instance is its manager's."""
        return bool(instance.managed_by) and not self.named and not self.include_managed


@dataclass(frozen=True)
class Row:
    """What is to be done with one instance, and what came of it.

    ``before`` and ``after`` are profile ARNs or None, ``steps`` the calls, in order.  ``on_its_way`` tells that what was
    found will pass by itself and is worth waiting for: before the first call, or, where none is needed, until the
    association is there or gone.
    ``lost`` is what the role of ``before`` allows and that of ``after`` does not; None where nobody looked.
    """

    instance_id: str
    action: str
    before: Optional[str] = None
    after: Optional[str] = None
    association_id: Optional[str] = None
    reason: Optional[str] = None
    msg: str = ""
    steps: tuple[Change, ...] = ()
    on_its_way: bool = False
    lost: Optional[tuple[LostPermission, ...]] = None

    @property
    def pair(self) -> Optional[Pair]:
        """The profile that goes and the one that comes, where the instance loses one that gave it credentials."""
        if not self.steps or not self.before or self.before == self.after:
            return None
        return name_in_arn(self.before), self.after and name_in_arn(self.after)

    def as_result(self) -> dict[str, Any]:
        """The row for the return value ``instances``."""
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


def with_lost_permissions(row: Row, losses: Mapping[Pair, tuple[LostPermission, ...]], on_loss: str) -> Row:
    """The row with what is lost; with ``fail`` that stops it, and so does a profile that nobody has looked at."""
    pair = row.pair
    if not pair:
        return replace(row, lost=())
    lost = losses.get(pair)
    if on_loss == "fail" and lost is None:
        msg = f"it has another instance profile since its permissions were looked at, {pair[0]}; run again"
        return replace(row, after=row.before, steps=()).failed("changed_meanwhile", msg)
    if on_loss == "fail" and lost:
        msg = f"{row.msg}, and it would lose {describe_lost(lost)}"
        return replace(row, after=row.before, steps=(), lost=lost).failed("permissions_lost", msg)
    return replace(row, lost=lost)


def plan_row(instance_id: str, target: Target, actual: InstanceSnapshot, rules: Rules) -> Row:
    """What is to be done with one instance."""
    instance = actual.instances.get(instance_id)
    if instance is None:
        return Row(instance_id, "failed", reason="not_found", msg="there is no such instance in this region")
    if actual.is_gone(instance_id):
        action = "failed" if rules.named else "skipped"
        return Row(instance_id, action, reason="terminated", msg=f"the instance is {instance.state}")
    held = actual.current_association(instance_id)
    row = _present_row(instance, held, target.profile, rules) if target.profile else _absent_row(instance, held, target.only)
    if rules.leave_alone(instance) and (row.steps or row.action == "failed"):
        row = _left_to_its_manager(instance, held)
    return replace(row, on_its_way=_is_on_its_way(row, actual))


def _is_on_its_way(row: Row, actual: InstanceSnapshot) -> bool:
    association = actual.has_association_in_transition(row.instance_id)
    if row.steps:
        return association or actual.is_in_transition(row.instance_id)
    return association and row.action == "unchanged" and row.reason is None


def _left_to_its_manager(instance: Instance, held: Optional[Association]) -> Row:
    row = _holding(held, "skipped") if held else Row(instance.instance_id, "skipped")
    return replace(row, reason="managed", msg=f"it is left to {instance.managed_by}, which manages it")


def _absent_row(instance: Instance, held: Optional[Association], only: Optional[str]) -> Row:
    if held is None:
        return Row(instance.instance_id, "unchanged", msg="it has no instance profile")
    name = name_in_arn(held.profile_arn)
    row = _holding(held, "unchanged")
    if only and not same_name(name, only):
        return replace(row, reason="other_profile", msg=f"it has another instance profile, {name}")
    detached = replace(row, action="detached", after=None, association_id=None)
    return replace(detached, msg=f"{name} is detached", steps=(disassociate(held),))


def _present_row(instance: Instance, held: Optional[Association], profile: InstanceProfile, rules: Rules) -> Row:
    if held is None:
        row = Row(instance.instance_id, "associated", after=profile.arn, msg=f"{profile.name} is associated")
        return replace(row, steps=(associate(instance, profile),))
    if held.profile_id == profile.profile_id:
        if rules.renew:
            return _replaced(instance, held, profile, "renewed", f"{profile.name} is associated again")
        return replace(_holding(held, "unchanged"), msg=f"it has {profile.name} already")
    if held.profile_arn == profile.arn:
        why = f"{profile.name} was deleted and made again since; the association is renewed"
        return _replaced(instance, held, profile, "stale", why)
    other = name_in_arn(held.profile_arn)
    if rules.on_conflict == "skip":
        return replace(_holding(held, "skipped"), reason="conflict", msg=f"it keeps {other}")
    if rules.on_conflict == "fail":
        return _holding(held, "unchanged").failed("conflict", f"it has another instance profile, {other}")
    return _replaced(instance, held, profile, "conflict", f"{profile.name} takes the place of {other}")


def _replaced(instance: Instance, held: Association, profile: InstanceProfile, reason: str, msg: str) -> Row:
    # AWS replaces on a running instance only; on a stopped one the old association has to go first.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html
    settled = TRANSITIONAL_STATES.get(instance.state, instance.state)
    steps = (replace_association(held, profile),) if settled == "running" else (disassociate(held), associate(instance, profile))
    row = replace(_holding(held, "replaced"), after=profile.arn, association_id=None)
    return replace(row, reason=reason, msg=msg, steps=steps)


def _holding(held: Association, action: str) -> Row:
    return Row(held.instance_id, action, held.profile_arn, held.profile_arn, held.association_id)
