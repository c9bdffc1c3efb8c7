# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach's work: from its options, over the plan, to the rows that it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional

from .._aws.calls import in_parallel
from .._aws.ec2 import Ec2Gateway
from .._aws.iam import IamGateway
from .._common.change import Change
from .._common.errors import OptionError
from .._values.fleet import FleetState
from .._values.instance_profile import ARN, InstanceProfile, profile_name
from .options import check_filters, check_instance_ids
from .plan import AttachmentPlan, Desired
from .rollout import Rollout
from .row import Target


@dataclass(frozen=True)
class Request:
    """What the options ask for.

    ``profiles`` maps an instance's id to a profile's name or ARN, or to None; with ``filters`` it is empty and
    ``profile`` is for every instance that they find.  ``only`` narrows a detaching to a profile of that name.
    """

    profiles: Mapping[str, Optional[str]]
    filters: Optional[list[dict]]
    profile: Optional[str]
    only: Optional[str]
    on_conflict: str
    wait: bool
    wait_timeout: int


def request(options: Mapping[str, Any], filters: Optional[list[dict]]) -> Request:
    """The request out of the module's options; ``filters`` are the option's in botocore's shape.

    Raises OptionError for what can be found wrong without asking AWS.
    """
    _check(options)
    given = options["instance_profile"]
    present = options["state"] == "present"
    return Request(
        profiles=_profiles(options, given if present else None),
        filters=filters,
        profile=given if present else None,
        only=None if present or given is None else profile_name("instance_profile", given),
        on_conflict=options["on_conflict"],
        wait=options["wait"],
        wait_timeout=options["wait_timeout"],
    )


def _check(options: Mapping[str, Any]) -> None:
    given = options["instance_profile"]
    if given is not None:
        profile_name("instance_profile", given)
    elif options["state"] == "present" and options["attachments"] is None:
        raise OptionError("instance_profile", "is missing.", "Name the instance profile to attach.")
    if options["filters"] is not None:
        check_filters(options["filters"], "is empty and would match every instance.", "Give at least one filter.")
    if options["max_concurrency"] < 1:
        raise OptionError("max_concurrency", "is less than 1.", "Give a number from 1 on.")


def _profiles(options: Mapping[str, Any], profile: Optional[str]) -> dict[str, Optional[str]]:
    if options["attachments"] is not None:
        return _attachments(options["attachments"])
    check_instance_ids("instance_ids", options["instance_ids"] or ())
    return dict.fromkeys(options["instance_ids"] or (), profile)


def _attachments(attachments: Mapping[Any, Any]) -> dict[str, Optional[str]]:
    profiles = {str(instance_id): profile for instance_id, profile in attachments.items()}
    check_instance_ids("attachments", profiles)
    for instance_id, profile in profiles.items():
        if profile is None:
            continue
        option = f"attachments[{instance_id}]"
        if not isinstance(profile, str) or not profile:
            # An empty text is mostly a variable that came to nothing, and that must not take a profile away.
            raise OptionError(option, f"{profile!r} is no instance profile.", "Give its name or ARN, or null for none.")
        profile_name(option, profile)
    return profiles


class AttachmentJob:
    """Gives instances their profiles, or takes them away."""

    def __init__(self, wanted: Request, ec2: Ec2Gateway, iam: IamGateway) -> None:
        self._wanted = wanted
        self._ec2 = ec2
        self._iam = iam

    # The job of _module.run

    def read(self) -> tuple[FleetState, dict[str, InstanceProfile]]:
        """The fleet, and the profiles that are asked for by what the user called them."""
        return tuple(in_parallel(self._read_fleet, self._read_profiles))

    def plan(self, actual: tuple[FleetState, dict[str, InstanceProfile]]) -> AttachmentPlan:
        """A row for each instance."""
        fleet, profiles = actual
        asked = self._wanted.profiles
        if self._wanted.filters is not None:
            asked = {instance_id: self._wanted.profile for instance_id in sorted(fleet.instances)}
        desired = Desired(
            {key: Target(profile and profiles[profile], self._wanted.only) for key, profile in asked.items()},
            self._wanted.on_conflict,
            named=self._wanted.filters is None,
        )
        return desired.plan(fleet)

    def apply(self, plan: AttachmentPlan, done: Callable[[Change], None]) -> AttachmentPlan:
        """Makes the calls; the plan returned says what came of each instance."""
        return Rollout(plan, self._ec2, self._wanted.wait, self._wanted.wait_timeout, done).run()

    def result(self, plan: AttachmentPlan) -> dict:
        """The module's return values."""
        counts = plan.counts()
        return {
            "msg": plan.summary(),
            "instances": [row.as_result() for row in plan.rows],
            "counts": counts,
            "undo": plan.undo(),
            "failed": counts["failed"] > 0,
        }

    # Reading

    def _read_fleet(self) -> FleetState:
        if self._wanted.filters is not None:
            return self._ec2.find_fleet(self._wanted.filters)
        return self._ec2.read_fleet(self._wanted.profiles)

    def _read_profiles(self) -> dict[str, InstanceProfile]:
        given = {*self._wanted.profiles.values(), self._wanted.profile} - {None}
        names = {each: profile_name("instance_profile", each) for each in given}
        found = self._iam.find_profiles(names.values())
        return {each: _usable(each, found[name]) for each, name in names.items()}


def _usable(given: str, found: Optional[InstanceProfile]) -> InstanceProfile:
    """The profile that the user means; raises OptionError where no instance could use it.

    EC2 would refuse it with the same words as one that it has not heard of yet, so it is looked at first.
    """
    if found is None or (ARN.fullmatch(given) and found.arn != given):
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
