# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uses instance profiles in all regions: instances, and what would launch the next one.

AWS itself does not prevent the deletion of a role that is in use.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any, Callable, NamedTuple, Optional, Sequence, TypeVar, Union

from .._aws.clients import client_anywhere
from .._aws.enabled_regions import enabled_regions
from .._aws.parallel import each_in_parallel
from .._aws.region_clients import RegionClients
from .._common.errors import AwsError, OptionError
from .._common.identifiers import name_in_arn
from .._common.incomplete import Incomplete
from .._common.sentences import listed as listed_names
from .._launch_sources.reading import read_all
from .._values.instance_profile import InstanceProfile

WORKERS = 16  # regions read in parallel
MAX_LISTED = 10  # instances or regions in a message

T = TypeVar("T")


class ProfileUser(NamedTuple):
    """An instance, its region, and the ARN of its instance profile."""

    profile_arn: str
    instance_id: str
    region: str


class RegionLaunchSource(NamedTuple):
    """What would launch an instance with the profile of that name: its kind, its name or id, and its region."""

    profile_name: str
    kind: str
    name: str
    region: str


class ProfileUsers(NamedTuple):
    """The instances and launch sources in all regions, and the regions that could not be read, in which there may be more.

    DescribeRegions also lists regions that a service control policy denies, and those in which the session's token is not valid.
    """

    instances: Sequence[ProfileUser] = ()
    incomplete: Sequence[Incomplete] = ()
    launch_sources: Sequence[RegionLaunchSource] = ()

    @property
    def instance_names(self) -> list[str]:
        """The instances for a message."""
        return [f"{each.instance_id} ({each.region})" for each in self.instances]

    @property
    def source_names(self) -> list[str]:
        """The launch sources for a message."""
        return [f"{each.kind} {each.name} ({each.region})" for each in self.launch_sources]

    @property
    def unread_regions(self) -> list[str]:
        """The regions that could not be read, each with the reason, for a message."""
        return [f"{each.target} ({each.reason})" for each in self.incomplete]


class ProfileUserFinder:
    """Finds what uses instance profiles, in some regions or in all enabled ones."""

    def __init__(self, connect: Callable[[Optional[str]], RegionClients], regions: Optional[Sequence[str]]) -> None:
        """``connect`` returns the clients of a region, or of the module's own for None. ``regions`` None means all enabled ones."""
        self._connect = connect
        self._selected = regions

    def find_instances(self, profile_arns: Sequence[str]) -> ProfileUsers:
        """The instances with one of the profiles; raises AwsError if a selected region, or every region, can't be read."""
        found, incomplete = self._in_each_region(lambda region: self._connect(region).ec2.instances_with(profile_arns))
        instances = [ProfileUser(arn, instance_id, region) for region, pairs in found for arn, instance_id in pairs]
        return ProfileUsers(instances, incomplete)

    def with_launch_sources(self, users: ProfileUsers, profile_arns: Sequence[str]) -> ProfileUsers:
        """The users, and what would launch instances with one of the profiles; raises like ``find_instances``."""
        names = [name_in_arn(arn) for arn in profile_arns]
        found, incomplete = self._in_each_region(lambda region: read_all(self._connect(region)).with_profiles(names))
        sources = [RegionLaunchSource(name, each.kind, each.name, region) for region, some in found for name, each in some]
        known = {each.target for each in users.incomplete}
        more = [each for each in incomplete if each.target not in known]
        return ProfileUsers(users.instances, [*users.incomplete, *more], sources)

    @cached_property
    def _regions(self) -> Sequence[str]:
        return enabled_regions(lambda region: self._connect(region).ec2) if self._selected is None else list(self._selected)

    def _in_each_region(self, read: Callable[[str], list[T]]) -> tuple[list[tuple[str, list[T]]], list[Incomplete]]:
        """What ``read`` returns in each region, and the regions that it could not read."""

        def try_to_read(region: str) -> Union[list[T], AwsError]:
            try:
                return read(region)
            except AwsError as error:
                return error

        answers = list(zip(self._regions, each_in_parallel(try_to_read, self._regions, WORKERS)))
        failed = [(region, each) for region, each in answers if isinstance(each, AwsError)]
        if failed and (self._selected is not None or len(failed) == len(answers)):
            raise failed[0][1]
        found = [(region, each) for region, each in answers if not isinstance(each, AwsError)]
        return found, [Incomplete(region, each.code, each.message) for region, each in failed]


def profile_user_finder(module: Any, regions: Optional[Sequence[str]]) -> ProfileUserFinder:
    """A finder with the module's credentials."""
    return ProfileUserFinder(lambda region: RegionClients(partial(client_anywhere, module, region=region)), regions)


def find_users(finder: ProfileUserFinder, profiles: Sequence[InstanceProfile]) -> ProfileUsers:
    """The instances, or the launch sources if there are no instances."""
    arns = [profile.known_arn for profile in profiles]
    users = finder.find_instances(arns)
    return users if users.instances else finder.with_launch_sources(users, arns)


def check_unused(users: ProfileUsers, profiles: Sequence[InstanceProfile]) -> None:
    """Raises OptionError if something uses, or may use, the profiles that are to be deleted or emptied."""
    problem, suggestion = _in_use(users, " or ".join(profile.name for profile in profiles))
    if problem:
        raise OptionError("state", problem, suggestion)


def _in_use(users: ProfileUsers, names: str) -> tuple[str, str]:
    """The problem and the suggestion; empty if nothing uses the profiles of these names."""
    if users.instances:
        return (
            f"absent would remove the credentials of instances that use the instance profile {names}: {listed(users.instance_names)}.",
            "Detach it first, with keyless.ec2.instance_profile_attach and state=absent, or set force to true.",
        )
    if users.launch_sources:
        sources = listed(users.source_names)
        return (
            f"absent would break what launches instances with the instance profile {names}: {sources}.",
            "Give them another instance profile or none, with keyless.ec2.launch_profile_attach, and cancel fleets and Spot Instance "
            "requests that can't be changed. Or set force to true.",
        )
    if users.incomplete:
        return (
            f"absent might remove the credentials of instances that use the instance profile {names}: "
            f"access is denied in {listed(users.unread_regions)}.",
            "Set the option regions to the regions that you use, run with credentials that can read all regions "
            "(ec2:Describe*, autoscaling:Describe*), or set force to true.",
        )
    return "", ""


def listed(names: Sequence[str]) -> str:
    """The first names for a message, and the number of the others."""
    return listed_names(names, MAX_LISTED)
