# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of instance_profile_attach: reads, plans and applies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, NamedTuple, Optional

from .._aws.parallel import in_parallel
from .._aws.region_clients import RegionClients
from .._aws.usable_profiles import Found, find_usable
from .._common.change import Change
from .._common.missing import Missing, missing_value
from .._common.origin import Origin, check_origin
from .._instances.wait_for_instances import read_new_instances
from .._launch_sources.reading import read_replacing
from .._launch_sources.source import ReplacingSources
from .._policy.permission_diff import LostPermission
from .._values.instance_profile import InstanceProfile
from .._values.instances import InstanceSnapshot
from .executor import apply_plan
from .lost_permissions import read_lost_permissions
from .plan import AttachmentPlan, Desired
from .row import ProfileChange, Target
from .spec import AttachmentSpec


class Actual(NamedTuple):
    """What was read.  ``profiles`` are by the name or ARN that the user gave, ``missing`` are those that do not exist.

    ``place`` is the region, with the account if an instance was not found.
    """

    instances: InstanceSnapshot
    profiles: Mapping[str, InstanceProfile]
    lost_permissions: Optional[Mapping[ProfileChange, tuple[LostPermission, ...]]] = None
    replacing: ReplacingSources = ReplacingSources()
    missing: tuple[Missing, ...] = ()
    place: str = ""


class AttachmentJob:
    """Attaches, replaces or detaches the profiles of instances; ``_common.run`` says what the methods do."""

    def __init__(self, spec: AttachmentSpec, clients: RegionClients, not_found_timeout: int) -> None:
        """``not_found_timeout`` is how many seconds to wait for instances that are given by id and not found."""
        self._spec = spec
        self._not_found_timeout = not_found_timeout
        self._clients = clients

    def read(self, check_mode: bool = False) -> Actual:
        """The instances, the wanted profiles, the launch sources that replace the instances, and the lost permissions if needed."""
        if self._spec.undo is not None:
            check_origin("undo", self._spec.undo, Origin(self._clients.account(), self._clients.region))
        instances, (profiles, missing) = in_parallel(
            lambda: self._read_instances(0 if check_mode else self._not_found_timeout), lambda: self._read_profiles(check_mode)
        )
        actual = Actual(instances, profiles, None, self._read_replacing(instances), missing, self._place(instances))
        # The role in a profile that does not exist is not known.
        if self._spec.rules.on_loss == "ignore" or missing:
            return actual
        changes = (row.profile_change for row in self.plan(actual).rows)
        return actual._replace(lost_permissions=read_lost_permissions(self._clients.iam, changes))

    def plan(self, actual: Actual) -> AttachmentPlan:
        """A row for each instance."""
        instances, profiles = actual.instances, actual.profiles
        wanted: Mapping[str, Optional[str]] = self._spec.profiles
        if self._spec.filters is not None:
            found = sorted(set(instances.instances) - self._spec.excluded)
            wanted = dict.fromkeys(found, self._spec.profile)
        targets = {key: Target(profiles[profile] if profile else None, self._spec.only) for key, profile in wanted.items()}
        desired = Desired(targets, self._spec.rules, actual.lost_permissions, actual.place)
        return replace(desired.plan(instances), replacing=actual.replacing, missing=actual.missing)

    def apply(self, plan: AttachmentPlan, done: Callable[[Change], None]) -> AttachmentPlan:
        """Makes the calls.  Returns the plan with the results in its rows."""
        return apply_plan(plan, self._clients.ec2, self._spec.wait, self._spec.wait_timeout, done)

    def result(self, plan: AttachmentPlan) -> dict[str, Any]:
        """The module's return values."""
        counts = plan.counts()
        return {
            "instances": [row.as_result() for row in plan.rows],
            "counts": counts,
            "undo": Origin(plan.account, self._clients.region).undo({"instances": plan.undo()}),
            "reverts_on_replacement": plan.reverting(),
            "failed": counts["failed"] > 0,
            **missing_value(plan.missing),
        }

    # Reading

    def _read_instances(self, patience: int) -> InstanceSnapshot:
        if self._spec.filters is not None:
            return self._clients.ec2.list_instances(self._spec.filters)
        return read_new_instances(self._clients.ec2.read_instances, self._spec.profiles, patience)

    def _read_replacing(self, snapshot: InstanceSnapshot) -> ReplacingSources:
        """Only for instances that may be changed."""
        leave_alone = self._spec.rules.leave_alone
        kept = [each for key, each in snapshot.instances.items() if not snapshot.is_gone(key) and not leave_alone(each)]
        return read_replacing(self._clients, kept).without(self._spec.changed_later)

    def _read_profiles(self, plans_missing: bool) -> Found:
        given = {each for each in (*self._spec.profiles.values(), self._spec.profile) if each is not None}
        return find_usable(self._clients.iam.instance_profiles, "instance_profile", sorted(given), self._clients.place, plans_missing)

    def _place(self, snapshot: InstanceSnapshot) -> str:
        """Where instances were looked for, for messages."""
        account = self._clients.place.known_account() if self._spec.profiles.keys() - snapshot.instances.keys() else None
        return Origin(account, self._clients.region).place
