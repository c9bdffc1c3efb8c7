# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems that are new since an earlier report, and those that are resolved.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, NamedTuple, Sequence

from .rows import ReportRow
from .severities import INCOMPLETE

ProblemKey = tuple[str, str]  # a row's key, and the code of one of its problems


class ResolvedProblem(NamedTuple):
    """A problem that only the earlier report has, and whether its resource still exists."""

    row: ReportRow
    code: str
    still_exists: bool


def _keys(rows: Iterable[ReportRow]) -> set[ProblemKey]:
    return {(row.key, each.code) for row in rows for each in row.problems}


def mark_new(rows: Sequence[ReportRow], earlier: Sequence[ReportRow]) -> list[ReportRow]:
    """The rows, with their new problems marked."""
    before = _keys(earlier)
    return [row.with_problems(replace(each, is_new=(row.key, each.code) not in before) for each in row.problems) for row in rows]


def resolved(rows: Sequence[ReportRow], earlier: Sequence[ReportRow]) -> list[ResolvedProblem]:
    """The problems of the earlier report that are no longer in this one, as far as this one could read their account and region."""
    now, row_keys, unread = _keys(rows), {row.key for row in rows}, _unread(rows)
    return [
        ResolvedProblem(row, each.code, row.key in row_keys)
        for row in earlier
        if row.key in row_keys or not unread & {(row.account, ""), (row.account, row.region)}
        for each in row.problems
        if (row.key, each.code) not in now
    ]


def _unread(rows: Iterable[ReportRow]) -> set[tuple[str, str]]:
    """The accounts, with an empty region, and the regions of which something could not be read."""
    return {(row.account, row.region) for row in rows if row.kind in ("account", "region") and any(each.code == INCOMPLETE for each in row.problems)}
