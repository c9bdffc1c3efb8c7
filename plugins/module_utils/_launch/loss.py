# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instances to come lose with another instance profile.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Iterator

from .._attachment.row import Pair
from .._policy.permission_diff import describe_lost
from .row import UPDATED, LaunchRow
from .state import LaunchState


def pairs_of(row: LaunchRow, state: LaunchState) -> list[Pair]:
    """The profiles that go, each with the one that comes in its place or None, by their names."""
    if row.action != UPDATED:
        return []
    names = [state.profile_name(use) for use in row.uses] or [(row.before or {}).get("instance_profile")]
    new = state.profile.name if state.profile else None
    return [(name, new) for name in dict.fromkeys(names) if name]


def with_loss(row: LaunchRow, state: LaunchState, on_loss: str) -> LaunchRow:
    """The row with what is lost; with ``fail`` that stops it.  Nobody has looked where the state has no losses."""
    if state.losses is None:
        return row
    lost = tuple(dict.fromkeys(loss for pair in pairs_of(row, state) for loss in state.losses[pair]))
    if lost and on_loss == "fail":
        return replace(row, lost=lost).failed("permissions_lost", f"{row.msg}, and its instances would lose {describe_lost(lost)}")
    return replace(row, lost=lost)


def loss_notes(rows: Iterable[LaunchRow]) -> Iterator[str]:
    """A warning for each row that loses permissions and changes all the same."""
    for row in rows:
        if row.lost and row.action == UPDATED:
            yield f"The next instances of {row.name} lose permissions: {describe_lost(row.lost)}."
