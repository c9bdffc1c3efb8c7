# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report: what was found when, what of it is waived and what is new, and the figures of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Mapping, Optional, Sequence

from .report_diff import Gone, gone, marked
from .rows import EstateError, Found, Row, rows_in, worst_first
from .severities import KINDS
from .waivers import Waived, waive, waivers_in

FORMAT = 1
# What the module returns besides the estate, and Ansible adds
OTHERS = ("changed", "failed", "invocation", "warnings", "deprecations")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Report:
    """All that the pages tell.  ``taken`` is when the estate was read, ``since`` when that of the earlier report was, if there is one."""

    taken: str
    rows: Sequence[Row]
    expired: Sequence[str] = ()
    unused: Sequence[str] = ()
    since: Optional[str] = None
    gone: Sequence[Gone] = ()

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows have each problem open, the worst first; without those that none has."""
        counted = Counter(each.code for row in self.rows for each in row.open)
        return {code: counted[code] for code in sorted(counted, key=lambda code: (list(KINDS).index(code) if code in KINDS else len(KINDS), code))}

    @property
    def instances(self) -> list[Row]:
        """The rows of instances."""
        return [row for row in self.rows if row.thing == "instance"]

    @property
    def new(self) -> list[tuple[Row, Found]]:
        """The open problems that the earlier report has not; none without one."""
        return [(row, each) for row in self.rows for each in row.open if each.is_new] if self.since else []

    def drift(self, fail_on: Sequence[str]) -> list[str]:
        """The problems for which a pipeline is to fail: those of these codes, and V(new) ones; a sentence each."""
        new = {(row.key, each.code) for row, each in self.new}
        return [
            f"{row.key}: {each.code}"
            for row in self.rows
            for each in row.open
            if each.code in fail_on or ("new" in fail_on and (row.key, each.code) in new)
        ]

    @property
    def summary(self) -> str:
        """One sentence."""
        instances = self.instances
        well = sum(not row.open for row in instances)
        said = ", ".join(f"{count} {code}" for code, count in self.counts.items())
        return f"{len(instances)} instances, {well} without a problem{f': {said}' if said else ''}."


def document(estate: Mapping[str, Any], taken: str) -> dict:
    """What is kept as JSON, and read again as an earlier report."""
    return {"format": FORMAT, "taken": taken, "estate": {key: value for key, value in estate.items() if key not in OTHERS}}


def report_of(kept: Mapping[str, Any], waivers: Any = (), earlier: Optional[Mapping[str, Any]] = None) -> Report:
    """The report out of the document and maybe an earlier one.  Raises EstateError and WaiverError."""
    taken, rows = _read(kept, "the estate")
    waived: Waived = waive(rows, waivers_in(waivers), date.fromisoformat(taken[:10]))
    if earlier is None:
        return Report(taken, worst_first(waived.rows), waived.expired, waived.unused)
    since, before = _read(earlier, "the earlier report")
    found = worst_first(marked(waived.rows, before))
    return Report(taken, found, waived.expired, waived.unused, since, gone(found, worst_first(before)))


def _read(kept: Mapping[str, Any], what: str) -> tuple[str, list[Row]]:
    if not isinstance(kept, Mapping) or kept.get("format") != FORMAT:
        raise EstateError(f"{what} is no report.json of this role in format {FORMAT}")
    taken = str(kept.get("taken"))
    if not DAY.match(taken):
        raise EstateError(f"{what} does not say when it was taken, in ISO 8601")
    return taken, rows_in(kept.get("estate") or {})
