# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How late EC2 learns what IAM has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import moto
from moto.iam.models import IAMBackend

from . import transitions

MARK = "keyless_ec2_propagation"


@dataclass
class Propagation:
    """Seconds until EC2 sees a new profile, or a role that was added to one; 0 is at once."""

    seconds: float = 0.0


def propagation() -> Propagation:
    """Return the setting of this process.

    It is on moto itself, as the patches are, because this package can be imported under two names.
    """
    setting: Propagation = vars(moto).setdefault(MARK, Propagation())
    return setting


def ec2_sees(profile: Any) -> bool:
    """Tell whether EC2 sees the profile."""
    return transitions.now() >= vars(profile).get("seen_at", 0.0)


def ec2_sees_role(profile: Any) -> bool:
    """Tell whether EC2 sees a role in the profile."""
    return bool(profile.roles) and transitions.now() >= vars(profile).get("role_seen_at", 0.0)


def patch_new_profiles() -> None:
    """EC2 sees them later."""
    original = IAMBackend.create_instance_profile

    def create_instance_profile(self: Any, *args: Any, **kwargs: Any) -> Any:
        profile = original(self, *args, **kwargs)
        profile.seen_at = _later()
        return profile

    IAMBackend.create_instance_profile = create_instance_profile


def patch_added_roles() -> None:
    """EC2 sees them later, even in a profile that it sees."""
    original = IAMBackend.add_role_to_instance_profile

    def add_role_to_instance_profile(self: Any, profile_name: str, role_name: str) -> None:
        original(self, profile_name, role_name)
        self.get_instance_profile(profile_name).role_seen_at = _later()

    IAMBackend.add_role_to_instance_profile = add_role_to_instance_profile


def _later() -> float:
    return transitions.now() + propagation().seconds
