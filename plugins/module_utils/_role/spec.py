# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired role, from the module's options.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional


@dataclass(frozen=True)
class WaitSpec:
    """The longest wait in seconds until IAM shows the profile and knows the principals; 0 for no wait."""

    profile: float = 0
    principal: float = 0


@dataclass(frozen=True)
class RoleSpec:
    """The desired role. None leaves the existing setting alone; an empty value clears it."""

    name: str
    path: Optional[str] = None
    trust_policy: Optional[Mapping[str, Any]] = None
    trust_option: str = "assume_role_policy_document"  # the option that the trust policy is from
    description: Optional[str] = None
    max_session_duration: Optional[int] = None
    permissions_boundary: Optional[str] = None
    managed_policies: Optional[tuple[str, ...]] = None
    purge_policies: bool = True
    inline_policies: Optional[Mapping[str, Mapping[str, Any]]] = None
    purge_inline_policies: bool = True
    tags: Optional[Mapping[str, str]] = None
    purge_tags: bool = True
    create_instance_profile: bool = True
    delete_instance_profile: Optional[bool] = None
    instance_profile_name: Optional[str] = None
    replace_profile_role: bool = False

    @property
    def deletes_profile(self) -> bool:
        """Whether the instance profile is deleted with the role; by default if it is created with it."""
        return self.create_instance_profile if self.delete_instance_profile is None else self.delete_instance_profile

    @property
    def profile_name(self) -> str:
        """The name of the instance profile; by default the name of the role."""
        return self.instance_profile_name or self.name
