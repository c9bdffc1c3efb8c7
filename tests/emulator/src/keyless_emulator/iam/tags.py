# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of roles and of instance profiles.

The keys of a role's tags ignore case: TagRole with another case replaces the key (aws/aws-cdk#26253). The keys of a profile's tags depend on case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.iam.exceptions import DuplicateTags, LimitExceededException
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

TAGS = 50

Fold = Callable[[str], str]


def patch_role_tags() -> None:
    """Ignores the case of keys, and limits the total number of tags. moto limits each call."""

    def tag_role(self: Any, role_name: str, tags: list[dict[str, str]]) -> None:
        self._tag_verification(tags)  # pylint: disable=protected-access
        role = self.get_role(role_name)
        role.tags = _merged(role.tags, tags, str.lower, "TagsPerRole")

    def untag_role(self: Any, role_name: str, tag_keys: list[str]) -> None:
        role = self.get_role(role_name)
        role.tags = _without(role.tags, tag_keys, str.lower)

    IAMBackend.tag_role = tag_role
    IAMBackend.untag_role = untag_role


def patch_profile_tags() -> None:
    """Limits the total number of tags, and refuses duplicate keys. moto limits each call, and accepts duplicates."""

    def tag_instance_profile(self: Any, instance_profile_name: str, tags: list[dict[str, str]]) -> None:
        if len({tag["Key"] for tag in tags}) < len(tags):
            raise DuplicateTags("Duplicate tag keys found.")
        profile = self.get_instance_profile(instance_profile_name)
        profile.tags = _merged(profile.tags, tags, str, "TagsPerInstanceProfile")

    IAMBackend.tag_instance_profile = tag_instance_profile


def patch_creation() -> None:
    """Limits the number of tags at creation. moto does not."""
    for name, quota in (("create_role", "TagsPerRole"), ("create_instance_profile", "TagsPerInstanceProfile")):
        _patch_creation(name, quota)


def _patch_creation(name: str, quota: str) -> None:
    original = getattr(IamResponse, name)

    def create(self: Any) -> Any:
        _merged([], self._get_param("Tags", []), str, quota)  # pylint: disable=protected-access
        return original(self)

    setattr(IamResponse, name, create)


def _merged(old: list[Any], new: list[Any], fold: Fold, quota: str) -> list[Any]:
    merged = _without(old, (tag["Key"] for tag in new), fold) + list(new)
    if len(merged) > TAGS:
        raise LimitExceededException(f"Cannot exceed quota for {quota}: {TAGS}")
    return merged


def _without(tags: list[Any], keys: Iterable[str], fold: Fold) -> list[Any]:
    gone = {fold(key) for key in keys}
    return [tag for tag in tags if fold(tag["Key"]) not in gone]
