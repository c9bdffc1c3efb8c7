# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How late EC2 learns what IAM has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.iam.models import IAMBackend

from ..server.checks import duration, only
from ..server.shared import of_process
from .clock import clock

MARK = "keyless_ec2_propagation"


@dataclass
class Propagation:
    """Seconds until EC2 sees a new profile, or a role that was added to one; 0 is at once."""

    seconds: float = 0.0

    def shown(self) -> dict[str, float]:
        """The setting."""
        return {"seconds": self.seconds}

    def change(self, described: Any) -> None:
        """Lets EC2 see so late what IAM does from now on. Raises ValueError."""
        self.seconds = duration(only(described, "seconds"), "seconds")


def propagation() -> Propagation:
    """The setting of this process."""
    return of_process(MARK, Propagation())


def ec2_sees(profile: Any) -> bool:
    """Whether EC2 sees the profile."""
    return clock().now() >= vars(profile).get("seen_at", 0.0)


def ec2_sees_role(profile: Any) -> bool:
    """Whether EC2 sees a role in the profile."""
    return bool(profile.roles) and clock().now() >= vars(profile).get("role_seen_at", 0.0)


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
    return clock().now() + propagation().seconds
