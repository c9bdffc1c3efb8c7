# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uses an instance profile that exists without a role, before it gets one.

Whoever may create instance profiles can take the name of a new one, and launch with it while it has a role of their own.  Once that
is removed, adding another role gives it to their instances, and AWS checks no iam:PassRole of theirs for that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Optional

from .._common.errors import AwsError, OptionError
from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .profile_users import ProfileUserFinder, ProfileUsers, find_users, listed
from .spec import RoleSpec
from .state import RoleState

OPTION = "instance_profile_name"
SUGGESTION = (
    "Whoever has created it may have taken the name first. If it is yours, set replace_profile_role to true. "
    "Otherwise, choose another instance_profile_name, or delete the instance profile."
)


@dataclass(frozen=True)
class EmptyProfile:
    """The profile, whether it existed before its role, and what uses it; ``error`` says why that could not be read.

    A run that was interrupted leaves an empty profile, too, but creates the role first.
    """

    profile: InstanceProfile
    is_older: bool
    role_name: str
    users: ProfileUsers = ProfileUsers()
    error: Optional[str] = None

    def check(self) -> None:
        """Raises OptionError if something uses the profile, or may use one that no run of ours has left."""
        exists = f"the instance profile {self.profile.name} exists without a role, and"
        users = [*self.users.instance_names, *self.users.source_names]
        if users:
            raise OptionError(OPTION, f"{exists} these would get the role {self.role_name}: {listed(users)}.", SUGGESTION)
        if self.is_older and self._unread:
            raise OptionError(OPTION, f"{exists} is older than the role {self.role_name}. {self._unread}", SUGGESTION)

    def warnings(self) -> tuple[str, ...]:
        """A sentence about what could not be read."""
        return (f"The instance profile {self.profile.name} existed without a role. {self._unread}",) if self._unread else ()

    @property
    def _unread(self) -> str:
        unknown = "It is not known which instances, groups and fleets use it already and get the role"
        if self.error:
            return f"{unknown}. {self.error}"
        return f"{unknown} in {listed(self.users.unread_regions)}." if self.users.incomplete else ""


def find_users_of_empty(spec: RoleSpec, state: RoleState, finder: Optional[ProfileUserFinder]) -> Optional[EmptyProfile]:
    """What uses the profile; None if it is new, has a role, or may get one whatever uses it.  Read errors do not fail the module."""
    profile = state.profile
    if finder is None or profile is None or profile.roles or not spec.create_instance_profile or spec.replace_profile_role:
        return None
    found = EmptyProfile(profile, _is_older(profile, state.role), spec.name)
    try:
        return replace(found, users=find_users(finder, [profile]))
    except AwsError as error:
        return replace(found, error=str(error))


def _is_older(profile: InstanceProfile, role: Optional[Role]) -> bool:
    if role is None or role.create_date is None or profile.create_date is None:
        return True
    return datetime.fromisoformat(profile.create_date) < datetime.fromisoformat(role.create_date)
