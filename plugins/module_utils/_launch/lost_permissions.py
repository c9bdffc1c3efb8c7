# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that new instances lose with another instance profile.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Iterator

from .._attachment.row import ProfileChange
from .._policy.permission_diff import describe_lost
from .row import UPDATED, LaunchRow
from .state import LaunchState


def replaced_profiles(row: LaunchRow, state: LaunchState) -> list[ProfileChange]:
    """The names of the profiles that are replaced, each with that of the new one, or None."""
    if row.action != UPDATED:
        return []
    names = [state.profile_name(each) for each in row.references] or [(row.before or {}).get("instance_profile")]
    new = state.profile.name if state.profile else None
    return [(name, new) for name in dict.fromkeys(names) if name]


def with_lost_permissions(row: LaunchRow, state: LaunchState, on_loss: str) -> LaunchRow:
    """The row with its lost permissions; they fail it if ``on_loss`` is ``fail``."""
    if state.lost_permissions is None:
        return row
    lost = tuple(dict.fromkeys(each for pair in replaced_profiles(row, state) for each in state.lost_permissions[pair]))
    if lost and on_loss == "fail":
        return replace(row, lost=lost).failed("permissions_lost", f"{row.msg}, and its instances would lose {describe_lost(lost)}")
    return replace(row, lost=lost)


def lost_permission_warnings(rows: Iterable[LaunchRow]) -> Iterator[str]:
    """A warning for each row that is updated although permissions are lost."""
    for row in rows:
        if row.lost and row.action == UPDATED:
            yield f"The next instances of {row.name} lose permissions: {describe_lost(row.lost)}."
