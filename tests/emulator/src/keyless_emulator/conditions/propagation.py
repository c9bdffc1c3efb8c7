# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long IAM changes take to reach EC2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from moto.iam.models import IAMBackend

from ..server.value_checks import duration, only
from .clock import clock


@dataclass
class Propagation:
    """The seconds until EC2 sees a new profile, or a role that was added to one. With 0, EC2 sees it at once."""

    seconds: float = 0.0

    def show(self) -> dict[str, float]:
        """Returns the setting."""
        return {"seconds": self.seconds}

    def change(self, described: Any) -> None:
        """Changes the setting for later IAM changes. Raises ValueError."""
        self.seconds = duration(only(described, "seconds"), "seconds")


@cache
def propagation() -> Propagation:
    """Returns the setting."""
    return Propagation()


def ec2_sees(profile: Any) -> bool:
    """Tells whether EC2 sees the profile."""
    return clock().now() >= vars(profile).get("seen_at", 0.0)


def ec2_sees_role(profile: Any) -> bool:
    """Tells whether EC2 sees a role in the profile."""
    return bool(profile.roles) and clock().now() >= vars(profile).get("role_seen_at", 0.0)


def patch_new_profiles() -> None:
    """Hides new profiles from EC2 for a while."""
    original = IAMBackend.create_instance_profile

    def create_instance_profile(self: Any, *args: Any, **kwargs: Any) -> Any:
        profile = original(self, *args, **kwargs)
        profile.seen_at = _later()
        return profile

    IAMBackend.create_instance_profile = create_instance_profile


def patch_added_roles() -> None:
    """Hides added roles from EC2 for a while, even if it sees the profile."""
    original = IAMBackend.add_role_to_instance_profile

    def add_role_to_instance_profile(self: Any, profile_name: str, role_name: str) -> None:
        original(self, profile_name, role_name)
        self.get_instance_profile(profile_name).role_seen_at = _later()

    IAMBackend.add_role_to_instance_profile = add_role_to_instance_profile


def _later() -> float:
    return clock().now() + propagation().seconds
