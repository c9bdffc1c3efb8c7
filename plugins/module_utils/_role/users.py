# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that use a role.

AWS itself lets anybody delete a role from under the instances that use it.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Sequence

from .._aws.calls import each_in_parallel
from .._aws.clients import client_anywhere
from .._aws.ec2 import Ec2
from .._common.errors import OptionError
from .._values.instance_profile import InstanceProfile

WORKERS = 16  # regions asked side by side
NAMED = 10  # instances in an error


class User(NamedTuple):
    """An instance, its region, and the ARN of the instance profile by which it uses a role."""

    profile_arn: str
    instance_id: str
    region: str


class RoleUsers:
    """Looks for them in some regions, or in all that are enabled."""

    def __init__(self, gateway: Callable[[Optional[str]], Ec2], regions: Optional[Sequence[str]]) -> None:
        """``gateway`` gives EC2 of a region, or of the module's own for None; ``regions`` None stands for all."""
        self._gateway = gateway
        self._regions = regions

    def of(self, profile_arns: Sequence[str]) -> list[User]:
        """The instances that use one of the profiles."""
        regions = self._gateway(None).list_regions() if self._regions is None else list(self._regions)

        def look(region: str) -> list[User]:
            return [User(arn, instance_id, region) for arn, instance_id in self._gateway(region).users_of(profile_arns)]

        return [user for users in each_in_parallel(look, regions, WORKERS) for user in users]


def role_users(module: Any, regions: Optional[Sequence[str]]) -> RoleUsers:
    """The users of roles, looked for with the module's credentials."""
    return RoleUsers(lambda region: Ec2(client_anywhere(module, "ec2", region), 1), regions)


def refuse_users(users: Sequence[User], profiles: Sequence[InstanceProfile]) -> None:
    """Raises OptionError where instances use the profiles, which are to be deleted or emptied."""
    if not users:
        return
    named = ", ".join(f"{each.instance_id} ({each.region})" for each in users[:NAMED])
    more = f" and {len(users) - NAMED} more" if len(users) > NAMED else ""
    raise OptionError(
        "state",
        f"absent would take the credentials from {len(users)} instances that use the instance profile "
        f"{' or '.join(profile.name for profile in profiles)}: {named}{more}.",
        "Detach it first, with keyless.ec2.instance_profile_attach and state=absent, or set force to true.",
    )
