# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that keep the credentials of the role that was in their instance profile before.

IAM changes the instance profile at once, but EC2 keeps using the role that was in it when it was associated:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .._common.errors import AwsError
from .._common.problem import Problem
from .._values.instance_profile import InstanceProfile
from .profile_users import ProfileUser, ProfileUserFinder, ProfileUsers, listed
from .spec import RoleSpec

ROLE_REPLACED = Problem(
    "role_replaced",
    "The instance keeps the credentials of {former} until the instance profile {profile} is associated with it again.",
    "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id}, instance_profile={profile}, renew=true and "
    "region={region}, or stop and start the instance.",
)


@dataclass(frozen=True)
class StaleSessions:
    """The instances that were found. ``profile`` is as it was before; ``error`` says why no region could be read."""

    profile: InstanceProfile
    users: ProfileUsers = ProfileUsers()
    error: Optional[str] = None

    def rows(self) -> tuple[dict[str, Any], ...]:
        """The return value ``instances``."""
        return tuple(self._row(user) for user in self.users.instances)

    def _row(self, user: ProfileUser) -> dict[str, Any]:
        values = {**user._asdict(), "former": self._former, "profile": self.profile.name}
        problem = ROLE_REPLACED.with_values(values).as_result()
        return {"instance_id": user.instance_id, "region": user.region, "problems": [problem]}

    @property
    def _former(self) -> str:
        roles = self.profile.roles
        return f"the role {roles[0]}" if roles else "the role that was in it before, if there was one,"

    def warnings(self) -> tuple[str, ...]:
        """Sentences about the instances, and about what could not be read."""
        keep = f"the credentials of {self._former}"
        profile = self.profile.name
        warnings = []
        if self.users.instances:
            warnings.append(
                f"Instances with the instance profile {profile} keep {keep} until it is associated with them again: "
                f"{listed(self.users.instance_names)}. Run keyless.ec2.instance_profile_attach with their instance_ids, "
                f"instance_profile={profile} and renew=true, or stop and start them."
            )
        if self.users.incomplete:
            warnings.append(f"Access denied in {listed(self.users.unread_regions)}: instances there may keep {keep}.")
        if self.error:
            warnings.append(f"It is not known which instances keep {keep}. {self.error}")
        return tuple(warnings)


def find_stale_sessions(spec: RoleSpec, profile: Optional[InstanceProfile], finder: Optional[ProfileUserFinder]) -> Optional[StaleSessions]:
    """The instances that keep a former role; None if the role does not replace another one.

    An empty profile counts, because an interrupted run may have removed the former role. Read errors do not fail the module.
    """
    if finder is None or profile is None or not (spec.create_instance_profile and spec.replace_profile_role):
        return None
    if spec.name.lower() in (role.lower() for role in profile.roles):
        return None
    try:
        return StaleSessions(profile, finder.find_instances([profile.known_arn]))
    except AwsError as error:
        return StaleSessions(profile, error=str(error))
