# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach's work: from what is asked for, over the plan, to the rows that it returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, NamedTuple, Optional

from .._aws.calls import in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.errors import OptionError
from .._common.identifiers import same_name
from .._launch_sources.reading import read_replacing
from .._launch_sources.source import ReplacingSources
from .._policy.permission_diff import LostPermission
from .._values.instance_profile import ARN, InstanceProfile
from .._values.instances import InstanceSnapshot
from .executor import Executor
from .lost_permissions import read_lost_permissions
from .options import profile_name
from .plan import AttachmentPlan, Desired
from .row import Pair, Target
from .spec import AttachmentSpec
from .wait_for_instances import read_new_instances


class Actual(NamedTuple):
    """What was read: the profiles by what the user called them, what goes with one in another's place, what replaces instances."""

    fleet: InstanceSnapshot
    profiles: Mapping[str, InstanceProfile]
    losses: Optional[Mapping[Pair, tuple[LostPermission, ...]]] = None
    replacing: ReplacingSources = ReplacingSources()


class AttachmentJob:
    """Gives instances their profiles, or takes them away."""

    def __init__(self, spec: AttachmentSpec, clients: RegionClients, patience: int) -> None:
        """``patience`` is how many seconds to go on looking for instances that are named and not found."""
        self._spec = spec
        self._patience = patience
        self._clients = clients

    def read(self) -> Actual:
        """The fleet, the profiles that are asked for, what replaces the instances, and what the roles allow that are given up."""
        fleet, profiles = in_parallel(self._read_fleet, self._read_profiles)
        actual = Actual(fleet, profiles, replacing=self._read_replacing(fleet))
        if self._spec.rules.on_loss == "ignore":
            return actual
        return actual._replace(losses=read_lost_permissions(self._clients.iam, (row.pair for row in self.plan(actual).rows)))

    def plan(self, actual: Actual) -> AttachmentPlan:
        """A row for each instance."""
        fleet, profiles = actual.fleet, actual.profiles
        asked: Mapping[str, Optional[str]] = self._spec.profiles
        if self._spec.filters is not None:
            found = sorted(set(fleet.instances) - self._spec.excluded)
            asked = dict.fromkeys(found, self._spec.profile)
        targets = {key: Target(profiles[profile] if profile else None, self._spec.only) for key, profile in asked.items()}
        desired = Desired(targets, self._spec.rules, actual.losses)
        return replace(desired.plan(fleet), replacing=actual.replacing)

    def apply(self, plan: AttachmentPlan, done: Callable[[Change], None]) -> AttachmentPlan:
        """Makes the calls; the plan returned says what came of each instance."""
        return Executor(plan, self._clients.ec2, self._spec.wait, self._spec.wait_timeout, done).run()

    def result(self, plan: AttachmentPlan) -> dict[str, Any]:
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

    def _read_fleet(self) -> InstanceSnapshot:
        if self._spec.filters is not None:
            return self._clients.ec2.list_instances(self._spec.filters)
        return read_new_instances(self._clients.ec2, self._spec.profiles, self._patience)

    def _read_replacing(self, fleet: InstanceSnapshot) -> ReplacingSources:
        """Not of those that are gone, or left to their manager in any case."""
        leave_alone = self._spec.rules.leave_alone
        kept = [each for key, each in fleet.instances.items() if not fleet.is_gone(key) and not leave_alone(each)]
        return read_replacing(self._clients, kept)

    def _read_profiles(self) -> dict[str, InstanceProfile]:
        given = {each for each in (*self._spec.profiles.values(), self._spec.profile) if each is not None}
        names = {each: profile_name("instance_profile", each) for each in given}
        found = self._clients.iam.instance_profiles.find_each(names.values())
        return {each: _usable(each, found[name]) for each, name in names.items()}


def _usable(given: str, found: Optional[InstanceProfile]) -> InstanceProfile:
    """The profile that the user means; raises OptionError where no instance could use it.

    EC2 would refuse it with the same words as one that it has not heard of yet, so it is looked at first.
    """
    if found is None or (ARN.fullmatch(given) and not same_name(found.known_arn, given)):
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
