# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profiles.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:instance-profile(?P<path>/(?:[!-~]+/)?)(?P<name>[\w+=,.@-]{1,128})")


@dataclass(frozen=True)
class InstanceProfile:
    """An instance profile as IAM describes it; ``arn``, ``profile_id`` and ``create_date`` are None for a planned one.

    AWS allows one role per profile, so ``roles`` has at most one name.  ``tags`` is None if they were not read: lists of
    profiles don't include them.
    """

    name: str
    path: str
    roles: tuple[str, ...]
    tags: Optional[Mapping[str, str]]
    arn: Optional[str] = None
    profile_id: Optional[str] = None
    create_date: Optional[str] = None

    @property
    def known_arn(self) -> str:
        """The ARN.  Raises ValueError for a profile that is only planned."""
        if self.arn is None:
            raise ValueError(f"The instance profile {self.name} has no ARN yet.")
        return self.arn

    @property
    def known_tags(self) -> Mapping[str, str]:
        """The tags.  Raises ValueError if they were not read."""
        if self.tags is None:
            raise ValueError(f"The tags of the instance profile {self.name} are not known.")
        return self.tags

    def as_result(self) -> dict[str, Any]:
        """The return value ``instance_profile``."""
        values = {
            "instance_profile_name": self.name,
            "instance_profile_id": self.profile_id,
            "arn": self.arn,
            "create_date": self.create_date,
            "path": self.path,
            "roles": list(self.roles),
        }
        known = {key: value for key, value in values.items() if value is not None}
        return {**known, "tags": None if self.tags is None else dict(self.tags)}


@dataclass(frozen=True)
class TrustedProfile:
    """An instance profile and the trust policy of its role; None if it has no role."""

    profile: InstanceProfile
    trust_policy: Optional[Mapping[str, Any]] = None


def is_unknown_to_ec2(message: str) -> bool:
    """Whether this is EC2's error for an instance profile, or a role in it, that exists in IAM but is not visible to EC2 yet."""
    return "Invalid IAM Instance Profile" in message or "has no associated IAM Roles" in message
