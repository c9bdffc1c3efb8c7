# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actual role and its instance profiles.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional

from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .spec import RoleSpec

# Ids, dates and ARNs
NOT_IN_DIFF_OF_ROLES = frozenset({"role_id", "arn", "create_date", "role_last_used", "assume_role_policy_document_raw"})
NOT_IN_DIFF_OF_PROFILES = frozenset({"instance_profile_id", "arn", "create_date"})


@dataclass(frozen=True)
class RoleState:
    """The role and its instance profile; None for what does not exist.

    ``other_profiles`` are other instance profiles that contain the role. They are only read for its deletion.
    """

    role: Optional[Role] = None
    profile: Optional[InstanceProfile] = None
    other_profiles: tuple[InstanceProfile, ...] = ()

    def with_actual_names(self, spec: RoleSpec) -> RoleSpec:
        """The spec with the actual case of the names, which IAM ignores when it looks them up."""
        if self.role:
            spec = replace(spec, name=self.role.name)
        if self.profile:
            spec = replace(spec, instance_profile_name=self.profile.name)
        return spec

    def as_diff(self) -> dict[str, Any]:
        """Everything but ids, dates and ARNs."""
        diff: dict[str, Any] = {}
        if self.role:
            diff["iam_role"] = {key: value for key, value in self.role.as_result().items() if key not in NOT_IN_DIFF_OF_ROLES}
        if self.profile:
            diff["instance_profile"] = {key: value for key, value in self.profile.as_result().items() if key not in NOT_IN_DIFF_OF_PROFILES}
        if self.other_profiles:
            diff["other_instance_profiles"] = {each.name: list(each.roles) for each in self.other_profiles}
        return diff
