# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for instances: rows, and the return values that summarize them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

from .._common.change import Change
from .._common.missing import missing_value
from .._common.origin import Origin
from .._common.plan_summary import FAILED, SHOWN, Kind, summary
from .._common.sentences import listed, number_of
from .._instances.plan import (
    NOTHING_SELECTED,
    counts_of,
    failures_of,
    in_rounds,
    instances_diff,
    items_of,
    managed_warnings,
    summary_of,
    undo_of,
)
from .._launch.plan import LaunchPlan
from .._launch.row import LaunchRow, LaunchRows
from .._values.instances import InstanceSnapshot
from .._values.metadata_options import Value
from .._values.metadata_use import Use
from .row import IN_USE, USE_UNKNOWN, Row, Rules, plan_row, unless_used

ACTIONS = ("modified", "unchanged", "skipped", "failed")
MANAGED_FIX = (
    "Change the metadata options in the service that manages them (node group, environment, launch template), or set include_managed to true."
)
# For one instance, and for several
SKIPPED = {
    IN_USE: ("instance was skipped, because it still uses", "instances were skipped, because they still use"),
    USE_UNKNOWN: (
        "instance was skipped, because it is not known whether it still uses",
        "instances were skipped, because it is not known whether they still use",
    ),
}
HOPS_FIX = "Containers without the host's network lose the role's credentials. Also set http_put_response_hop_limit to 2, or leave the instances out."
SKIPPED_FIX = "The messages of their rows say why. With on_use=ignore (in the role, require_imdsv2_on_use), they are changed nevertheless."


@dataclass(frozen=True)
class Desired:
    """The wanted options of each instance, by its id, and the rules.  ``uses`` says what is used; None before it was read."""

    options: Mapping[str, Mapping[str, Value]]
    rules: Rules = Rules()
    uses: Optional[Mapping[str, Use]] = None
    place: str = "this region"

    def plan_row(self, instance_id: str, actual: InstanceSnapshot) -> Row:
        """The row of one instance."""
        row = plan_row(instance_id, self.options[instance_id], actual, self.rules, self.place)
        return row if self.uses is None else unless_used(row, self.uses, self.rules.on_use)

    def rows(self, actual: InstanceSnapshot) -> tuple[Row, ...]:
        """A row for each instance."""
        return tuple(self.plan_row(each, actual) for each in self.options)


@dataclass(frozen=True)
class InstancesPlan:
    """A row for each instance, and what was desired.  ``read_errors`` are those of reading what is used."""

    rows: tuple[Row, ...] = ()
    desired: Desired = field(default_factory=lambda: Desired({}))
    read_errors: tuple[str, ...] = ()
    restores: bool = False  # They were changed before, and this is the undo.

    @property
    def warnings(self) -> tuple[str, ...]:
        """The module's warnings."""
        return (*managed_warnings(self.rows, MANAGED_FIX), *self.read_errors, *self._skipped_warnings(), *self._container_warnings())

    def _container_warnings(self) -> list[str]:
        ids = [row.instance_id for row in self.rows if row.steps and row.cuts_off_containers]
        number = number_of(len(ids), "instance runs", "instances run")
        return [f"{number} containers, which get no tokens with a hop limit of 1: {listed(ids, SHOWN)}. {HOPS_FIX}"] if ids else []

    def _skipped_warnings(self) -> list[str]:
        skipped = {reason: [row.instance_id for row in self.rows if (row.action, row.reason) == ("skipped", reason)] for reason in SKIPPED}
        return [
            f"{number_of(len(ids), *SKIPPED[reason])} what the change would end: {listed(ids, SHOWN)}. {SKIPPED_FIX}"
            for reason, ids in skipped.items()
            if ids
        ]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls."""
        return in_rounds(self.rows)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``, for the instances that change."""
        return instances_diff(self.rows)

    def undo(self) -> dict[str, Any]:
        """The former values of the options that change, by instance id."""
        return {key: self._changed(key, before) for key, before in undo_of(self.rows).items()}

    def _changed(self, instance_id: str, before: Mapping[str, Value]) -> dict[str, Value]:
        after = next(row.after for row in self.rows if row.instance_id == instance_id)
        return {name: value for name, value in before.items() if after[name] != value}

    def counts(self) -> dict[str, Any]:
        """How many instances have each action."""
        return counts_of(self.rows, ACTIONS)

    def summary(self, planned: bool) -> str:
        """One sentence for people."""
        return summary_of(self.rows, planned, self.restores)


@dataclass(frozen=True)
class MetadataPlan:
    """What to do with everything that is selected: instances, and what launches instances, None if that is not selected."""

    origin: Origin
    instances: InstancesPlan
    launch: Optional[LaunchPlan] = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls."""
        return (*(self.launch.changes if self.launch else ()), *self.instances.changes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The module's warnings."""
        notes = (*(each.warning for each in self.launch.missing), *self.launch.notes) if self.launch else ()
        nothing = () if self.instances.rows or self.launch else (NOTHING_SELECTED,)
        return (*notes, *self.instances.warnings, *nothing)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``."""
        of_launch = self.launch.diff() if self.launch else {}
        return {side: {**of_launch.get(side, {}), **found} for side, found in self.instances.diff().items()}

    def summary(self, planned: bool) -> str:
        """One sentence for people."""
        if not self.launch:
            return self.instances.summary(planned)
        rows = self.instances.rows
        kinds = [*self.launch.kinds(), Kind(items_of(rows, self.instances.restores), "instance")]
        return summary(kinds, planned, [*self.launch.failures(), *failures_of(rows)], NOTHING_SELECTED)

    def undo(self) -> dict[str, Any]:
        """The return value ``undo``."""
        of_launch = self.launch.former_state() if self.launch else {}
        return self.origin.undo({**of_launch, "instances": self.instances.undo()})

    def as_result(self) -> dict[str, Any]:
        """The module's return values."""
        by_kind = self.launch.rows.by_kind() if self.launch else LaunchRows().by_kind()
        counts = self.instances.counts()
        failed = any(row.action == FAILED for rows in by_kind.values() for row in rows)
        return {
            **{kind: [_launch_row(row) for row in rows] for kind, rows in by_kind.items()},
            "instances": [row.as_result() for row in self.instances.rows],
            "counts": counts,
            "undo": self.undo(),
            "failed": failed or counts["failed"] > 0,
            **missing_value(self.launch.missing if self.launch else ()),
        }


def _launch_row(row: LaunchRow) -> dict[str, Any]:
    """An entry of the return values for launch sources, without what is about permissions."""
    return {key: value for key, value in row.as_result().items() if key != "lost"}
