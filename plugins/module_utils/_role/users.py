# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who would lose its credentials with a role: the instances that use its instance profiles, in every region.

AWS itself lets anybody delete a role from under the instances that use it.
"""

from __future__ import annotations

from typing import Callable, Optional, Sequence

from .._aws.calls import each_in_parallel
from .._aws.ec2 import Ec2Gateway
from .._common.errors import OptionError
from .._values.instance_profile import InstanceProfile

WORKERS = 16  # regions asked side by side
NAMED = 10  # instances in an error


class RoleUsers:
    """Looks for them in some regions, or in all that are enabled."""

    def __init__(self, gateway: Callable[[Optional[str]], Ec2Gateway], regions: Optional[Sequence[str]]) -> None:
        """``gateway`` gives EC2 of a region, or of the module's own for None; ``regions`` None stands for all."""
        self._gateway = gateway
        self._regions = regions

    def refuse_any(self, profiles: Sequence[InstanceProfile]) -> None:
        """Raises OptionError where an instance uses one of the profiles."""
        if not profiles:
            return
        found = self.find_by_profile([profile.arn for profile in profiles])
        users = [(instance_id, region) for _arn, instance_id, region in found]
        if not users:
            return
        named = ", ".join(f"{instance_id} ({region})" for instance_id, region in users[:NAMED])
        more = f" and {len(users) - NAMED} more" if len(users) > NAMED else ""
        raise OptionError(
            "state",
            f"absent would take the credentials from {len(users)} instances that use the instance profile "
            f"{' or '.join(profile.name for profile in profiles)}: {named}{more}.",
            "Detach it first, with keyless.ec2.instance_profile_attach and state=absent, or set force to true.",
        )

    def find_by_profile(self, profile_arns: Sequence[str]) -> list[tuple[str, str, str]]:
        """The instances that use one of the profiles: its ARN, their id, and their region."""
        regions = self._gateway(None).list_regions() if self._regions is None else list(self._regions)

        def look(region: str) -> list[tuple[str, str, str]]:
            return [(arn, instance_id, region) for arn, instance_id in self._gateway(region).find_users(profile_arns)]

        return [user for users in each_in_parallel(look, regions, WORKERS) for user in users]
