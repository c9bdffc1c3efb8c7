# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of iam_ec2_role with state=absent: deletes a role and its instance profile, unless something uses them."""

from __future__ import annotations

from typing import NamedTuple, Optional

from .._aws.iam import Iam
from .._aws.parallel import in_parallel
from .._common.identifiers import same_name
from .job import RoleJob
from .plan import RolePlan, affected_profiles, plan_absent
from .profile_users import ProfileUserFinder, ProfileUsers, check_unused, find_users
from .spec import RoleSpec
from .state import RoleState


class AbsentFacts(NamedTuple):
    """The actual state, and what uses the instance profiles that would be deleted or emptied."""

    state: RoleState
    users: ProfileUsers


class AbsentRole(RoleJob):
    """Deletes a role and its instance profile."""

    def __init__(self, spec: RoleSpec, iam: Iam, finder: Optional[ProfileUserFinder]) -> None:
        """``finder`` finds what would lose its credentials; None with force."""
        super().__init__(spec, iam)
        self._finder = finder

    def read(self, _check_mode: bool = False) -> AbsentFacts:
        """The role with its instance profiles, and what uses those that would be deleted or emptied: instances or launch sources."""
        state = self._read_state()
        affected = affected_profiles(self._spec, state)
        return AbsentFacts(state, find_users(self._finder, affected) if self._finder and affected else ProfileUsers())

    def _read_state(self) -> RoleState:
        """The role, its profile, and every other profile that contains the role."""
        spec = self._spec
        role, profile, containing = in_parallel(
            lambda: self._iam.roles.find(spec.name),
            lambda: self._iam.instance_profiles.find(spec.profile_name),
            lambda: self._iam.instance_profiles.of_role(spec.name),
        )
        return RoleState(role, profile, tuple(each for each in containing if not same_name(each.name, spec.profile_name)))

    def plan(self, actual: AbsentFacts) -> RolePlan:
        """The calls that are needed; raises OptionError if something still uses the role."""
        plan = plan_absent(self._spec, actual.state)
        check_unused(actual.users, affected_profiles(self._spec, actual.state))
        return plan
