# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach's work: from what is asked for, over the plan, to the rows that it returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, NamedTuple, Optional

from .._aws.calls import in_parallel
from .._aws.ec2 import Ec2
from .._aws.iam import Iam
from .._aws.replacing import Replacing
from .._common.change import Change
from .._common.errors import OptionError
from .._common.identifiers import same_name
from .._values.fleet import FleetState
from .._values.instance_profile import ARN, InstanceProfile
from .._values.replacer import Replacers
from .options import profile_name
from .plan import AttachmentPlan, Desired
from .rollout import Rollout
from .row import Target
from .spec import AttachmentSpec
from .young import read_named


class Actual(NamedTuple):
    """What is there: the instances, the profiles by what the user called them, and what replaces the instances."""

    fleet: FleetState
    profiles: dict[str, InstanceProfile]
    replacers: Replacers


class AttachmentJob:
    """Gives instances their profiles, or takes them away."""

    def __init__(self, spec: AttachmentSpec, ec2: Ec2, iam: Iam, replacing: Replacing, patience: int) -> None:
        """``patience`` is how many seconds to go on looking for instances that are named and not found."""
        self._spec = spec
        self._replacing = replacing
        self._patience = patience
        self._ec2 = ec2
        self._iam = iam

    def read(self) -> Actual:
        """The fleet, the profiles that are asked for by what the user called them, and what replaces the instances."""
        fleet, profiles = in_parallel(self._read_fleet, self._read_profiles)
        leave_alone = self._spec.rules.leave_alone
        replaced = (each for key, each in fleet.instances.items() if not fleet.is_gone(key) and not leave_alone(each))
        return Actual(fleet, profiles, self._replacing.of(replaced))

    def plan(self, actual: Actual) -> AttachmentPlan:
        """A row for each instance."""
        fleet, profiles, replacers = actual
        asked = self._spec.profiles
        if self._spec.filters is not None:
            asked = {instance_id: self._spec.profile for instance_id in sorted(fleet.instances)}
        targets = {key: Target(profile and profiles[profile], self._spec.only) for key, profile in asked.items()}
        return replace(Desired(targets, self._spec.rules).plan(fleet), replacers=replacers)

    def apply(self, plan: AttachmentPlan, done: Callable[[Change], None]) -> AttachmentPlan:
        """Makes the calls; the plan returned says what came of each instance."""
        return Rollout(plan, self._ec2, self._spec.wait, self._spec.wait_timeout, done).run()

    def result(self, plan: AttachmentPlan) -> dict:
        """The module's return values."""
        counts = plan.counts()
        return {
            "msg": plan.summary(),
            "instances": [row.as_result() for row in plan.rows],
            "counts": counts,
            "undo": plan.undo(),
            "reverts_on_replacement": plan.reverting(),
            "failed": counts["failed"] > 0,
        }

    # Reading

    def _read_fleet(self) -> FleetState:
        if self._spec.filters is not None:
            return self._ec2.list_fleet(self._spec.filters)
        return read_named(self._ec2, self._spec.profiles, self._patience)

    def _read_profiles(self) -> dict[str, InstanceProfile]:
        given = {*self._spec.profiles.values(), self._spec.profile} - {None}
        names = {each: profile_name("instance_profile", each) for each in given}
        found = self._iam.instance_profiles.find_each(names.values())
        return {each: _usable(each, found[name]) for each, name in names.items()}


def _usable(given: str, found: Optional[InstanceProfile]) -> InstanceProfile:
    """The profile that the user means; raises OptionError where no instance could use it.

    EC2 would refuse it with the same words as one that it has not heard of yet, so it is looked at first.
    """
    if found is None or (ARN.fullmatch(given) and not same_name(found.arn, given)):
        raise OptionError(
            "instance_profile",
            f"there is no instance profile {given!r} in this account.",
            "Check the spelling, or create it with keyless.ec2.iam_ec2_role.",
        )
    if not found.roles:
        raise OptionError(
            "instance_profile",
            f"the instance profile {given!r} has no role, so it would give an instance no credentials.",
            f"Put a role into it, for example with keyless.ec2.iam_ec2_role and instance_profile_name={found.name}.",
        )
    return found
