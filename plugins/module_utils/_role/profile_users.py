# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that use a role, and what would launch the next one with it.

AWS itself lets anybody delete a role from under those that use it.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any, Callable, NamedTuple, Optional, Sequence, TypeVar, Union

from .._aws.calls import each_in_parallel
from .._aws.clients import client_anywhere
from .._aws.region_clients import RegionClients
from .._common.errors import AwsError, OptionError
from .._common.identifiers import name_in_arn
from .._common.incomplete import Incomplete
from .._launch_sources.reading import read_all
from .._values.instance_profile import InstanceProfile

WORKERS = 16  # regions asked side by side
NAMED = 10  # instances, or regions, in an error

T = TypeVar("T")


class User(NamedTuple):
    """An instance, its region, and the ARN of the instance profile by which it uses a role."""

    profile_arn: str
    instance_id: str
    region: str


class RegionLaunchSource(NamedTuple):
    """What would launch an instance with the profile of that name, by its kind and its name or id, and its region."""

    profile_name: str
    kind: str
    name: str
    region: str


class Sweep(NamedTuple):
    """The instances and launch sources in all regions, and the regions that could not be read, in which there may be more.

    DescribeRegions also lists regions that a service control policy denies, and those in which the session's token is not valid.
    """

    users: Sequence[User] = ()
    incomplete: Sequence[Incomplete] = ()
    launch_sources: Sequence[RegionLaunchSource] = ()


class RoleUsers:
    """Looks for them in some regions, or in all that are enabled."""

    def __init__(self, connect: Callable[[Optional[str]], RegionClients], regions: Optional[Sequence[str]]) -> None:
        """``connect`` returns the gateways of a region, or of the module's own for None; ``regions`` None stands for all."""
        self._connect = connect
        self._named = regions

    def of(self, profile_arns: Sequence[str]) -> Sweep:
        """The instances that use one of the profiles; raises AwsError for a region that the user named, or for all."""
        found, incomplete = self._everywhere(lambda region: self._connect(region).ec2.instances_with(profile_arns))
        users = [User(arn, instance_id, region) for region, pairs in found for arn, instance_id in pairs]
        return Sweep(users, incomplete)

    def with_launch_sources(self, sweep: Sweep, profile_arns: Sequence[str]) -> Sweep:
        """What was found, and what would launch instances with one of the profiles; raises as ``of`` does."""
        names = [name_in_arn(arn) for arn in profile_arns]
        found, incomplete = self._everywhere(lambda region: read_all(self._connect(region)).with_profiles(names))
        sources = [RegionLaunchSource(name, each.kind, each.name, region) for region, some in found for name, each in some]
        first = {each.target for each in sweep.incomplete}
        others = [each for each in incomplete if each.target not in first]
        return Sweep(sweep.users, [*sweep.incomplete, *others], sources)

    @cached_property
    def _regions(self) -> Sequence[str]:
        return self._connect(None).ec2.list_regions() if self._named is None else list(self._named)

    def _everywhere(self, look: Callable[[str], list[T]]) -> tuple[list[tuple[str, list[T]]], list[Incomplete]]:
        """What ``look`` finds in each region, with the region; and the regions that AWS did not let it read."""

        def try_to(region: str) -> Union[list[T], AwsError]:
            try:
                return look(region)
            except AwsError as error:
                return error

        answers = list(zip(self._regions, each_in_parallel(try_to, self._regions, WORKERS)))
        failed = [(region, each) for region, each in answers if isinstance(each, AwsError)]
        if failed and (self._named is not None or len(failed) == len(answers)):
            raise failed[0][1]
        found = [(region, each) for region, each in answers if not isinstance(each, AwsError)]
        return found, [Incomplete(region, each.code, each.message) for region, each in failed]


def role_users(module: Any, regions: Optional[Sequence[str]]) -> RoleUsers:
    """The users of roles, looked for with the module's credentials."""
    return RoleUsers(lambda region: RegionClients(partial(client_anywhere, module, region=region)), regions)


def refuse_users(sweep: Sweep, profiles: Sequence[InstanceProfile]) -> None:
    """Raises OptionError where instances use the profiles, which are to be deleted or emptied, or may use them."""
    names = " or ".join(profile.name for profile in profiles)
    if sweep.users:
        raise OptionError(
            "state",
            f"absent would take the credentials from {len(sweep.users)} instances that use the instance profile "
            f"{names}: {listed([f'{each.instance_id} ({each.region})' for each in sweep.users])}.",
            "Detach it first, with keyless.ec2.instance_profile_attach and state=absent, or set force to true.",
        )
    if sweep.launch_sources:
        named = listed([f"{each.kind} {each.name} ({each.region})" for each in sweep.launch_sources])
        raise OptionError(
            "state",
            f"absent would leave what launches instances with the instance profile {names} without it: {named}.",
            "Give them another one or none, with keyless.ec2.launch_profile_attach, cancel fleets and Spot Instance requests "
            "that can't be changed, or set force to true.",
        )
    if sweep.incomplete:
        raise OptionError(
            "state",
            f"absent might take the credentials from instances that use the instance profile {names}: "
            f"access is denied in {listed([f'{each.target} ({each.reason})' for each in sweep.incomplete])}.",
            "Name the regions that you use with the option regions, run as somebody who may look in all of them "
            "(ec2:Describe*, autoscaling:Describe*), or set force to true.",
        )


def listed(names: Sequence[str]) -> str:
    """The first of the names, for people, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
