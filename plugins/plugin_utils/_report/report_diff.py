# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new since an earlier report, and what is gone.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, NamedTuple, Sequence

from .rows import Row

Mark = tuple[str, str]  # a row's key, and the code of one of its problems


class Gone(NamedTuple):
    """A problem that an earlier report has: of what, and whether the thing itself is still there."""

    row: Row
    code: str
    is_there: bool


def _marks(rows: Iterable[Row]) -> set[Mark]:
    return {(row.key, each.code) for row in rows for each in row.problems}


def marked(rows: Sequence[Row], earlier: Sequence[Row]) -> list[Row]:
    """The rows with what is new in them."""
    before = _marks(earlier)
    return [row.with_problems(replace(each, is_new=(row.key, each.code) not in before) for each in row.problems) for row in rows]


def gone(rows: Sequence[Row], earlier: Sequence[Row]) -> list[Gone]:
    """What the earlier report has and this one has not."""
    now, keys = _marks(rows), {row.key for row in rows}
    return [Gone(row, each.code, row.key in keys) for row in earlier for each in row.problems if (row.key, each.code) not in now]
