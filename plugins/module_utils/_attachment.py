# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instance profile each instance has, which it should have, and the calls between the two.  Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Iterable, Mapping, Optional

from ._plan import Change
from ._profile import InstanceProfile, name_in_arn

# A state that passes by itself, and the one it leads to.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
PASSING_STATES = {"pending": "running", "stopping": "stopped"}
GONE_STATES = frozenset({"shutting-down", "terminated"})
HELD_STATES = frozenset({"associating", "associated"})
ASSOCIATION_PASSING = frozenset({"associating", "disassociating"})

ACTIONS = ("associated", "replaced", "detached", "unchanged", "skipped", "failed")
SHOWN_IN_DIFF = 100  # instances; a fleet of thousands would fill the screen
SHOWN_IN_MESSAGE = 3  # failed instances


@dataclass(frozen=True)
class Instance:
    """An EC2 instance: its id and the name of its state."""

    instance_id: str
    state: str


@dataclass(frozen=True)
class Association:
    """An instance profile's association with an instance.

    ``profile_id`` is the id that the profile had when the association was made: a profile that was deleted and made
    again under its name has the same ARN and another id, and the instance gets no credentials.
    """

    association_id: str
    instance_id: str
    profile_arn: str
    profile_id: str
    state: str


@dataclass(frozen=True)
class Target:
    """What one instance should have.

    With a ``profile``, that one.  Without, none; ``only`` then narrows it to a profile of this name, and leaves
    alone an instance that has another one.
    """

    profile: Optional[InstanceProfile] = None
    only: Optional[str] = None


@dataclass(frozen=True)
class FleetState:
    """The instances and associations of one moment, by instance id; an instance that is not there is missing."""

    instances: Mapping[str, Instance]
    associations: Mapping[str, tuple[Association, ...]]


@dataclass(frozen=True)
class Row:
    """What is to be done with one instance, and what came of it.

    ``before`` and ``after`` are profile ARNs or None, ``steps`` the calls, in order.  ``on_its_way`` tells that the
    instance, or an association of it, was found in a state that passes by itself and has to be waited for.
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

    def as_result(self) -> dict:
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
        }

    def failed(self, reason: str, msg: str, made: tuple[Change, ...] = ()) -> Row:
        """The row of an instance with which it did not work; ``made`` are the steps that were made all the same."""
        after = self.after if made == self.steps else None
        return replace(
            self, action="failed", reason=reason, msg=msg, steps=made, after=after if made else self.before
        )


@dataclass(frozen=True)
class AttachmentPlan:
    """A row for each instance."""

    rows: tuple[Row, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know though it is no failure."""
        return () if self.rows else ("There is no instance to work on: nothing matches, or none is named.",)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls: first every instance's first one, then the second of those that need two."""
        return tuple(change for phase in self.phases() for _row, change in phase)

    def phases(self) -> list[list[tuple[Row, Change]]]:
        """The calls in rounds, those of a round being on different instances and in any order."""
        rounds = max((len(row.steps) for row in self.rows), default=0)
        return [[(row, row.steps[n]) for row in self.rows if len(row.steps) > n] for n in range(rounds)]

    def diff(self) -> dict:
        """The return value ``diff``: instance by instance, of those that change."""
        changing = [row for row in self.rows if row.steps]
        shown = changing[:SHOWN_IN_DIFF]
        diff = {
            "before": {row.instance_id: row.before for row in shown},
            "after": {row.instance_id: row.after for row in shown},
        }
        if len(changing) > len(shown):
            diff["after"]["and more"] = f"{len(changing) - len(shown)} more instances"
        return diff

    def undo(self) -> dict:
        """What restores the instances that change: instance id → profile ARN or None."""
        changing = [row for row in self.rows if row.steps and row.before != row.after]
        return {row.instance_id: row.before for row in changing}

    def counts(self) -> dict:
        """How many instances had each action."""
        found = Counter(row.action for row in self.rows)
        return {action: found[action] for action in ACTIONS}

    def summary(self) -> str:
        """One sentence for people, for example "187 associated, 11 unchanged, 2 failed: i-…: …"."""
        if not self.rows:
            return "No instance to work on."
        counted = ", ".join(f"{count} {action}" for action, count in self.counts().items() if count)
        failures = [f"{row.instance_id}: {row.msg}" for row in self.rows if row.action == "failed"]
        if not failures:
            return f"{counted}."
        more = f"; and {len(failures) - SHOWN_IN_MESSAGE} more" if len(failures) > SHOWN_IN_MESSAGE else ""
        return f"{counted}: {'; '.join(failures[:SHOWN_IN_MESSAGE])}{more}"


def plan_attachments(
    targets: Mapping[str, Target], actual: FleetState, on_conflict: str, named: bool = True
) -> AttachmentPlan:
    """A row for each target.

    ``on_conflict`` is ``replace``, ``skip`` or ``fail``: what to do with an instance that has another profile.
    ``named`` tells whether the user named the instances; a terminated one is then a failure, else it is passed over.
    """
    return AttachmentPlan(
        tuple(_row(instance_id, target, actual, on_conflict, named) for instance_id, target in targets.items())
    )


def _row(instance_id: str, target: Target, actual: FleetState, on_conflict: str, named: bool) -> Row:
    instance = actual.instances.get(instance_id)
    if instance is None:
        return Row(instance_id, "failed", reason="not_found", msg="there is no such instance in this region")
    if instance.state in GONE_STATES:
        action = "failed" if named else "skipped"
        return Row(instance_id, action, reason="terminated", msg=f"the instance is {instance.state}")
    associations = actual.associations.get(instance_id, ())
    held = next((each for each in associations if each.state in HELD_STATES), None)
    if target.profile:
        row = _present_row(instance, held, target.profile, on_conflict)
    else:
        row = _absent_row(instance, held, target.only)
    return replace(row, on_its_way=is_on_its_way(instance, associations))


def is_on_its_way(instance: Instance, associations: Iterable[Association]) -> bool:
    """Whether the instance or an association of it is in a state that passes by itself."""
    return instance.state in PASSING_STATES or any(each.state in ASSOCIATION_PASSING for each in associations)


def is_ready(row: Row, actual: FleetState) -> bool:
    """Whether the instance can take its next call: nothing is on its way, or the instance itself is gone."""
    instance = actual.instances.get(row.instance_id)
    return instance is None or not is_on_its_way(instance, actual.associations.get(row.instance_id, ()))


def is_settled(row: Row, actual: FleetState) -> bool:
    """Whether AWS shows the instance with what the row wants, and nothing is on its way."""
    held = [each.profile_arn for each in actual.associations.get(row.instance_id, ()) if each.state in HELD_STATES]
    return is_ready(row, actual) and held == ([row.after] if row.after else [])


def _absent_row(instance: Instance, held: Optional[Association], only: Optional[str]) -> Row:
    if held is None:
        return Row(instance.instance_id, "unchanged", msg="it has no instance profile")
    name = name_in_arn(held.profile_arn)
    row = _holding(held, "unchanged")
    if only and name != only:
        return replace(row, reason="other_profile", msg=f"it has another instance profile, {name}")
    detached = replace(row, action="detached", after=None, association_id=None)
    return replace(detached, msg=f"{name} is detached", steps=(_disassociate(held),))


def _present_row(instance: Instance, held: Optional[Association], profile: InstanceProfile, on_conflict: str) -> Row:
    if held is None:
        row = Row(instance.instance_id, "associated", after=profile.arn, msg=f"{profile.name} is associated")
        return replace(row, steps=(_associate(instance, profile),))
    if held.profile_id == profile.profile_id:
        return replace(_holding(held, "unchanged"), msg=f"it has {profile.name} already")
    if held.profile_arn == profile.arn:
        why = f"{profile.name} was deleted and made again since; the association is renewed"
        return _replaced(instance, held, profile, "stale", why)
    other = name_in_arn(held.profile_arn)
    if on_conflict == "skip":
        return replace(_holding(held, "skipped"), reason="conflict", msg=f"it keeps {other}")
    if on_conflict == "fail":
        return _holding(held, "unchanged").failed("conflict", f"it has another instance profile, {other}")
    return _replaced(instance, held, profile, "conflict", f"{profile.name} takes the place of {other}")


def _replaced(instance: Instance, held: Association, profile: InstanceProfile, reason: str, msg: str) -> Row:
    # AWS replaces on a running instance only; on a stopped one the old association has to go first.
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html
    settled = PASSING_STATES.get(instance.state, instance.state)
    steps = (
        (_replace(held, profile),)
        if settled == "running"
        else (_disassociate(held), _associate(instance, profile))
    )
    row = replace(_holding(held, "replaced"), after=profile.arn, association_id=None)
    return replace(row, reason=reason, msg=msg, steps=steps)


def _holding(held: Association, action: str) -> Row:
    return Row(held.instance_id, action, held.profile_arn, held.profile_arn, held.association_id)


def _associate(instance: Instance, profile: InstanceProfile) -> Change:
    parameters = {"InstanceId": instance.instance_id, "IamInstanceProfile": {"Arn": profile.arn}}
    summary = f"associate the instance profile {profile.name} with"
    return _change("AssociateIamInstanceProfile", instance.instance_id, parameters, summary)


def _replace(held: Association, profile: InstanceProfile) -> Change:
    parameters = {"AssociationId": held.association_id, "IamInstanceProfile": {"Arn": profile.arn}}
    summary = f"replace the instance profile by {profile.name} on"
    return _change("ReplaceIamInstanceProfileAssociation", held.instance_id, parameters, summary)


def _disassociate(held: Association) -> Change:
    parameters = {"AssociationId": held.association_id}
    summary = f"detach the instance profile {name_in_arn(held.profile_arn)} from"
    return _change("DisassociateIamInstanceProfile", held.instance_id, parameters, summary)


def _change(operation: str, instance_id: str, parameters: Mapping, verb: str) -> Change:
    return Change("ec2", operation, f"instance/{instance_id}", parameters, f"{verb} the instance {instance_id}")
