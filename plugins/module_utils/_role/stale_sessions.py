# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that keep the credentials of the role that another one takes the place of in their instance profile.

IAM changes the profile, and EC2 goes on with the role that was in it when it was associated:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .._common.errors import AwsError
from .._common.problem import Problem
from .._values.instance_profile import InstanceProfile
from .profile_users import RoleUsers, Sweep, User, listed
from .spec import RoleSpec

ROLE_REPLACED = Problem(
    "role_replaced",
    "The instance keeps the credentials of {former} until the instance profile {profile} is associated with it again.",
    "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id}, instance_profile={profile}, renew=true and "
    "region={region}, or stop and start the instance.",
)


@dataclass(frozen=True)
class LeftBehind:
    """What was found of them; ``profile`` is as it was before, ``refusal`` says why nobody could look."""

    profile: InstanceProfile
    sweep: Sweep = Sweep()
    refusal: Optional[str] = None

    def rows(self) -> tuple[dict[str, Any], ...]:
        """The return value ``instances``."""
        return tuple(self._row(user) for user in self.sweep.users)

    def _row(self, user: User) -> dict[str, Any]:
        values = {**user._asdict(), "former": self._former, "profile": self.profile.name}
        problem = ROLE_REPLACED.with_values(values).as_result()
        return {"instance_id": user.instance_id, "region": user.region, "problems": [problem]}

    @property
    def _former(self) -> str:
        roles = self.profile.roles
        return f"the role {roles[0]}" if roles else "the role that was in it before, if there was one,"

    def warnings(self) -> tuple[str, ...]:
        """What to tell of them."""
        keep = f"the credentials of {self._former}"
        profile = self.profile.name
        found = []
        if self.sweep.users:
            named = listed([f"{each.instance_id} ({each.region})" for each in self.sweep.users])
            found.append(
                f"Instances with the instance profile {profile} keep {keep} until it is associated with them again: {named}. "
                f"Run keyless.ec2.instance_profile_attach with their instance_ids, instance_profile={profile} and renew=true, "
                "or stop and start them."
            )
        where = listed([f"{each.target} ({each.reason})" for each in self.sweep.incomplete])
        if where:
            found.append(f"Access denied in {where}: instances there may keep {keep}.")
        if self.refusal:
            found.append(f"It is not known which instances keep {keep}. {self.refusal}")
        return tuple(found)


def find_left_behind(spec: RoleSpec, profile: Optional[InstanceProfile], users: Optional[RoleUsers]) -> Optional[LeftBehind]:
    """The instances that the role does not reach; None where it takes no other role's place.

    An empty profile may be what an interrupted run has left, so it counts.  That nobody may look fails nothing: the role
    gets its place without.
    """
    if users is None or profile is None or not (spec.create_instance_profile and spec.replace_profile_role):
        return None
    if spec.name.lower() in (role.lower() for role in profile.roles):
        return None
    try:
        return LeftBehind(profile, users.of([profile.known_arn]))
    except AwsError as error:
        return LeftBehind(profile, refusal=str(error))
