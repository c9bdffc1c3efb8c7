# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for a role, or what came of it, in one sentence.  Pure."""

from __future__ import annotations

from typing import Sequence

from .._common.change import Change
from .._common.plan_summary import Item, Kind, counted

# What each call changes, and how
CALLS = {
    "CreateRole": ("role", "created"),
    "UpdateRole": ("role", "updated"),
    "TagRole": ("role", "tagged"),
    "UntagRole": ("role", "untagged"),
    "DeleteRole": ("role", "deleted"),
    "UpdateAssumeRolePolicy": ("trust policy", "updated"),
    "PutRolePermissionsBoundary": ("permissions boundary", "updated"),
    "DeleteRolePermissionsBoundary": ("permissions boundary", "removed"),
    "AttachRolePolicy": ("managed policy", "associated"),
    "DetachRolePolicy": ("managed policy", "detached"),
    "PutRolePolicy": ("inline policy", "written"),
    "DeleteRolePolicy": ("inline policy", "deleted"),
    "CreateInstanceProfile": ("instance profile", "created"),
    "AddRoleToInstanceProfile": ("instance profile", "filled"),
    "RemoveRoleFromInstanceProfile": ("instance profile", "emptied"),
    "TagInstanceProfile": ("instance profile", "tagged"),
    "UntagInstanceProfile": ("instance profile", "untagged"),
    "DeleteInstanceProfile": ("instance profile", "deleted"),
}


def summary_of(name: str, changes: Sequence[Change], planned: bool) -> str:
    """For example "Role web: 1 role to create, 2 managed policies to attach, 1 instance profile to create."."""
    operations = {change.operation for change in changes}
    # A profile gets its role when it is created, and loses it before it is deleted: that goes without saying.
    implied = {
        *(["AddRoleToInstanceProfile"] if "CreateInstanceProfile" in operations else []),
        *(["RemoveRoleFromInstanceProfile"] if "DeleteInstanceProfile" in operations else []),
    }
    kinds: dict[str, list[Item]] = {}
    for change in changes:
        if change.operation not in implied:
            noun, action = CALLS[change.operation]
            kinds.setdefault(noun, []).append(Item(action))
    text = counted([Kind(items, noun) for noun, items in kinds.items()], planned)
    return f"Role {name}: {text or 'nothing to do'}."
