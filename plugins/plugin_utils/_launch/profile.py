# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance profile with which a role launches instances.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Mapping, Optional, Sequence


@dataclass(frozen=True)
class RoleProfile:
    """The instance profile of the role ec2_role, if that role runs first.

    ``names`` are the values that can name the profile, the most specific first; ``result`` is what the role returned.
    """

    create: bool = False
    names: Sequence[Optional[str]] = ()
    result: Optional[Mapping[str, Any]] = None

    @property
    def is_planned(self) -> bool:
        """Whether the profile does not exist because check mode did not create it."""
        return self.create and not ((self.result or {}).get("instance_profile") or {}).get("arn")

    def name(self, given: Optional[str]) -> Optional[str]:
        """The name of the instance profile: the given one, or that of the role."""
        return given or (next(filter(None, self.names), None) if self.create else None)


def _create_it(prefix: str) -> str:
    return f"set {prefix}_create_role to true and ec2_role_name to the name of the role."


def missing_profile(prefix: str) -> str:
    """The error of a role without an instance profile; ``prefix`` is that of the role's variables."""
    return f"{prefix}_instance_profile: is missing. Name the instance profile, or {_create_it(prefix)}"


def missing_in_iam(prefix: str, name: Optional[str], found: Mapping[str, Any]) -> Optional[str]:
    """The error of a role if iam_instance_profile_info found no instance profile of this name; None if it did, or has not looked."""
    if found.get("iam_instance_profiles", True):
        return None
    return f"{prefix}_instance_profile: there is no instance profile {name!r}. Check the spelling, or create it: {_create_it(prefix)}"


def profile_id(found: Mapping[str, Any]) -> Optional[str]:
    """The id of the instance profile that iam_instance_profile_info found, empty if it found none; None if it has not looked."""
    if "iam_instance_profiles" not in found:
        return None
    return next((str(each.get("instance_profile_id")) for each in found["iam_instance_profiles"]), "")


def is_older(created: Any, found: Mapping[str, Any]) -> bool:
    """Whether something that was created then is older than the instance profile that iam_instance_profile_info found, or if that found none."""
    if "iam_instance_profiles" not in found:
        return False
    dates = [_time(each.get("create_date")) for each in found["iam_instance_profiles"]]
    return not dates or _time(created) < dates[0]


def _time(text: Any) -> datetime:
    """A time as the modules of amazon.aws return it, in whole seconds, as EC2 has it; one that is missing counts as the earliest."""
    found = datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else datetime.min.replace(tzinfo=timezone.utc)
    return found.replace(microsecond=0)
