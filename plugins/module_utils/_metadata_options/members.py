# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members of a group use says whether its next instances can do without it.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Mapping

from .._common.sentences import number_of
from .._launch.row import SKIPPED, UPDATED, LaunchRow
from .._values.launch import Group
from .row import IN_USE, USE_UNKNOWN, Row


def members_of(rows: Iterable[LaunchRow]) -> list[str]:
    """The instances of the groups that change."""
    groups = (row.source for row in rows if row.action == UPDATED and isinstance(row.source, Group))
    return list(dict.fromkeys(each for group in groups for each in group.instance_ids))


def unless_members_use(row: LaunchRow, members: Mapping[str, Row], on_use: str) -> LaunchRow:
    """The row; skipped or failed if a member of the group still uses what would end, or if that is not known.

    ``members`` are the rows that the members would have.
    """
    if row.action != UPDATED or not isinstance(row.source, Group):
        return row
    left = [members[each] for each in row.source.instance_ids if each in members and members[each].reason in (IN_USE, USE_UNKNOWN)]
    if not left:
        return row
    first = min(left, key=lambda each: (IN_USE, USE_UNKNOWN).index(str(each.reason)))
    more = f", and {number_of(len(left) - 1, 'other')}" if len(left) > 1 else ""
    msg = f"of its instances, {first.instance_id}{more}: {first.msg}"
    if on_use == "fail":
        return row.failed(str(first.reason), msg)
    return replace(row, action=SKIPPED, reason=first.reason, msg=msg, references=(), steps=(), after=row.before)
