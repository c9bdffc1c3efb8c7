# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: a row for each region, and the return values that summarize them.  Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Iterable

from .._common.change import Change
from .._common.origin import Origin
from .._common.plan_summary import Item, Kind, summary
from .._common.sentences import number_of
from .options import REGIONS
from .row import ACTIONS, FAILED, NOT_KNOWN, REFUSED, SHOWN, SKIPPED, RegionRow

CAUSES = {REFUSED: "with launches that AWS would refuse", NOT_KNOWN: "whose launches are not known"}


@dataclass(frozen=True)
class DefaultsPlan:
    """A row for each region, and the account that they belong to; ``origin`` also has the region in which the regions were listed."""

    rows: tuple[RegionRow, ...]
    origin: Origin

    @property
    def changes(self) -> tuple[Change, ...]:
        """The calls, one for each region that changes."""
        return tuple(change for row in self.rows for change in row.steps)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning for each of the first regions that are skipped."""
        skipped = [f"{row.region} was skipped: {row.msg}." for row in self.rows if row.action == SKIPPED]
        more = [f"{number_of(len(skipped) - SHOWN, 'other region was', 'other regions were')} skipped as well."] if len(skipped) > SHOWN else []
        return (*skipped[:SHOWN], *more)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``: what changes in each region."""
        changing = [row for row in self.rows if row.steps]
        after = {row.region: {name: (row.after or {})[name] for name in row.former} for row in changing}
        return {"before": {row.region: row.former for row in changing}, "after": after}

    def with_rows(self, rows: Iterable[RegionRow]) -> DefaultsPlan:
        """The same with other rows."""
        return replace(self, rows=tuple(rows))

    def counts(self) -> dict[str, int]:
        """How many regions have each action."""
        found = Counter(row.action for row in self.rows)
        return {action: found[action] for action in ACTIONS}

    def summary(self, planned: bool) -> str:
        """One sentence for people."""
        failures = [f"{row.region}: {row.msg}" for row in self.rows if row.action == FAILED]
        items = [Item(row.action, CAUSES.get(row.reason or "", "")) for row in self.rows]
        return summary([Kind(items, "region")], planned, failures, "No regions.")

    def as_result(self) -> dict[str, Any]:
        """The module's return values."""
        counts = self.counts()
        undo = {row.region: row.former for row in self.rows if row.steps}
        return {
            "regions": [row.as_result() for row in self.rows],
            "counts": counts,
            "undo": self.origin.undo({REGIONS: undo}),
            "failed": counts[FAILED] > 0,
        }
