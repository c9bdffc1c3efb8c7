# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the instance profiles that are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional

from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .spec import RoleSpec

# Ids, dates and ARNs
NOT_COMPARED_OF_ROLES = frozenset({"role_id", "arn", "create_date", "role_last_used", "assume_role_policy_document_raw"})
NOT_COMPARED_OF_PROFILES = frozenset({"instance_profile_id", "arn", "create_date"})


@dataclass(frozen=True)
class RoleState:
    """The role and the instance profile of one moment; None for what is not there.

    ``other_profiles`` are the further profiles that hold the role; they only matter to its deletion.
    """

    role: Optional[Role] = None
    profile: Optional[InstanceProfile] = None
    other_profiles: tuple[InstanceProfile, ...] = ()

    def spelt(self, spec: RoleSpec) -> RoleSpec:
        """The spec with the names of what is there as IAM spells them: it finds them whatever their case."""
        if self.role:
            spec = replace(spec, name=self.role.name)
        if self.profile:
            spec = replace(spec, instance_profile_name=self.profile.name)
        return spec

    def as_diff(self) -> dict[str, Any]:
        """What a person compares: everything but ids, dates and ARNs."""
        shown: dict[str, Any] = {}
        if self.role:
            shown["iam_role"] = {key: value for key, value in self.role.as_result().items() if key not in NOT_COMPARED_OF_ROLES}
        if self.profile:
            shown["instance_profile"] = {key: value for key, value in self.profile.as_result().items() if key not in NOT_COMPARED_OF_PROFILES}
        if self.other_profiles:
            shown["other_instance_profiles"] = {each.name: list(each.roles) for each in self.other_profiles}
        return shown
