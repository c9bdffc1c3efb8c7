# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report: the rows of an estate, waived and new problems, counts.  Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Mapping, Optional, Sequence

from ...module_utils._common.plan_summary import ended, first_of
from ...module_utils._common.sentences import number_of
from ...module_utils._common.visible import is_visible
from .report_diff import ResolvedProblem, mark_new, resolved
from .rows import ROW_KINDS, EstateError, ReportedProblem, ReportRow, rows_in, worst_first
from .severities import INCOMPLETE, rank
from .waivers import Waived, waive, waivers_in

FORMAT = 1
# Return values that are not part of the estate
NOT_ESTATE = ("changed", "failed", "invocation", "warnings", "deprecations")
# Of the clocks of two machines
MOST_DIFFERENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Report:
    """The content of a report.  ``taken`` is the time of the estate, ``since`` that of the earlier report, if any."""

    taken: str
    rows: Sequence[ReportRow]
    expired_waivers: Sequence[str] = ()
    unused_waivers: Sequence[str] = ()
    since: Optional[str] = None
    resolved: Sequence[ResolvedProblem] = ()

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows have each open problem, the worst first."""
        counted = Counter(each.code for row in self.rows for each in row.open)
        return {code: counted[code] for code in sorted(counted, key=lambda code: (rank(code), code))}

    @property
    def instances(self) -> list[ReportRow]:
        """The rows of instances."""
        return [row for row in self.rows if row.kind == "instance"]

    @property
    def new(self) -> list[tuple[ReportRow, ReportedProblem]]:
        """The open problems that the earlier report does not have; none without an earlier report."""
        return [(row, each) for row in self.rows for each in row.open if each.is_new] if self.since else []

    def drift(self, fail_on: Sequence[str]) -> list[str]:
        """A line for each problem that a pipeline should fail on: those with these codes and, with V(new), all new ones."""
        new = {(row.key, each.code) for row, each in self.new}
        return [
            f"{row.key}: {each.code}"
            for row in self.rows
            for each in row.open
            if each.code in fail_on or ("new" in fail_on and (row.key, each.code) in new)
        ]

    @property
    def unread(self) -> list[str]:
        """Why what could not be read was not."""
        return list(dict.fromkeys(each.message for row in self.rows for each in row.open if each.code == INCOMPLETE))

    @property
    def summary(self) -> str:
        """What people should know, in sentences whose numbers add up: each resource counts once, by its worst problem."""
        none = "without a known problem" if INCOMPLETE in self.counts else "without a problem"
        others = [row for row in self.rows if row.kind != "instance"]
        parts = [_counted(self.instances, "instance", none), _counted(others, "other resource", none) if others else ""]
        notes = [
            "Each counts once, by its worst problem." if self.counts else "",
            f"Not everything could be read: {ended(first_of(self.unread))}" if INCOMPLETE in self.counts else "",
        ]
        return " ".join(filter(None, (*parts, *notes)))


def _counted(rows: Sequence[ReportRow], noun: str, none: str) -> str:
    """How many rows have each worst problem, as a sentence."""
    worst = Counter(min(row.open, key=lambda each: each.rank).code if row.open else none for row in rows)
    codes = sorted(worst.keys() - {none}, key=lambda code: (rank(code), code))
    number = number_of(len(rows), noun)
    return f"{number}: {', '.join(f'{worst[each]} {each}' for each in (none, *codes))}." if codes else f"{number} {none}."


def to_document(estate: Mapping[str, Any], taken: str) -> dict:
    """The content of report.json, which a later report can be compared with."""
    return {"format": FORMAT, "taken": taken, "estate": {key: value for key, value in estate.items() if key not in NOT_ESTATE}}


def empty_document(taken: str) -> dict:
    """The document of an estate without resources, to check waivers and an earlier report with."""
    return to_document({name: [] for name in ROW_KINDS}, taken)


def report_of(document: Mapping[str, Any], now: str, waivers: Any = (), earlier: Optional[Mapping[str, Any]] = None) -> Report:
    """The report from a document and possibly an earlier one.  Raises EstateError and WaiverError.

    ``now`` says which waivers are valid: the documents may be of any time, and somebody else may have written them.
    """
    taken, rows = read_document(document, "the estate", now)
    waived: Waived = waive(rows, waivers_in(waivers), time_in(now, "now").date())
    if earlier is None:
        return Report(taken, worst_first(waived.rows), waived.expired, waived.unused)
    since, before = read_document(earlier, "the earlier report", now)
    rows = worst_first(mark_new(waived.rows, before))
    return Report(taken, rows, waived.expired, waived.unused, since, resolved(rows, worst_first(before)))


def read_document(document: Mapping[str, Any], what: str, now: str) -> tuple[str, list[ReportRow]]:
    """The time and the rows of a document; ``what`` names it in errors.  Raises EstateError."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise EstateError(f"{what} is not a report.json of this role in format {FORMAT}")
    taken = str(document.get("taken"))
    if time_in(taken, what) > time_in(now, "now") + MOST_DIFFERENCE:
        raise EstateError(f"{what} is from the future: its time is {taken}, and now it is {now}")
    try:
        return taken, rows_in(document.get("estate") or {})
    except EstateError as error:
        raise EstateError(f"{what} {error}") from error


def time_in(text: str, what: str) -> datetime:
    """The time of a document.  Raises EstateError if it is not a time with a time zone."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        found = datetime.min
    # Python takes any character between the date and the time.
    if found.tzinfo is None or not is_visible(text):
        raise EstateError(f"{what} has no time in ISO 8601 with a time zone as taken, such as 2026-06-01T08:00:00Z")
    return found
