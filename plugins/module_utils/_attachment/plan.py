# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: a row for each instance, and the return values that summarize all of them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional, Sequence

from .._common.change import Change
from .._common.identifiers import account_in_arn
from .._common.missing import Missing
from .._common.plan_summary import Item
from .._common.sentences import number_of
from .._instances.plan import (
    NOTHING_SELECTED,
    SHOWN_IN_DIFF,
    counts_of,
    failures_of,
    in_rounds,
    instances_diff,
    items_of,
    managed_warnings,
    summary_of,
    undo_of,
)
from .._launch_sources.source import ReplacingSources
from .._policy.permission_diff import LostPermission, describe_lost
from .._values.instances import InstanceSnapshot
from .reverting import CODE, reverting_rows, reverting_warning
from .row import ProfileChange, Row, Rules, Target, plan_row, with_lost_permissions

ACTIONS = ("associated", "replaced", "detached", "unchanged", "skipped", "failed")
MANAGED_FIX = (
    "Change the instance profile in the service that manages them (node group, environment, launch template), or set include_managed to true."
)


@dataclass(frozen=True)
class Desired:
    """The wanted profile of each instance, by its id, and the rules.

    ``lost_permissions`` are those of each change of profiles; None if they were not compared.  ``place`` is where the instances were
    looked for.
    """

    targets: Mapping[str, Target]
    rules: Rules = Rules()
    lost_permissions: Optional[Mapping[ProfileChange, tuple[LostPermission, ...]]] = None
    place: str = "this region"

    def plan(self, actual: InstanceSnapshot) -> AttachmentPlan:
        """A row for each target."""
        return AttachmentPlan(tuple(self.plan_row(each, actual) for each in self.targets), self)

    def plan_row(self, instance_id: str, actual: InstanceSnapshot, renew: bool = True) -> Row:
        """The row of one target.  Without ``renew``, an association with the right profile stays, whatever the rules say."""
        rules = replace(self.rules, renew=self.rules.renew and renew)
        row = plan_row(instance_id, self.targets[instance_id], actual, rules, self.place)
        return row if self.lost_permissions is None else with_lost_permissions(row, self.lost_permissions, rules.on_loss)


@dataclass(frozen=True)
class AttachmentPlan:
    """A row for each instance, what was desired, the launch sources that replace instances, and the profiles that do not exist yet."""

    rows: tuple[Row, ...]
    desired: Desired
    replacing: ReplacingSources = ReplacingSources()
    missing: tuple[Missing, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The module's warnings."""
        missing = tuple(each.warning for each in self.missing)
        if not self.rows:
            return (*missing, NOTHING_SELECTED)
        not_known = (f"{CODE} is not known for all instances. {each}" for each in self.replacing.read_errors)
        reverting = reverting_warning(self.reverting())
        managed = managed_warnings(self.rows, MANAGED_FIX)
        return (*missing, *managed, *self.lost_permission_warnings(), *([reverting] if reverting else []), *not_known)

    def lost_permission_warnings(self) -> tuple[str, ...]:
        """A sentence for each change of profiles that loses permissions."""
        return tuple(_loss_warning(change, rows) for change, rows in self._losing().items())

    def _losing(self) -> dict[ProfileChange, list[Row]]:
        """The rows whose instances lose permissions, by their change of profiles."""
        found: dict[ProfileChange, list[Row]] = {}
        for row in self.rows:
            if row.lost and row.profile_change:
                found.setdefault(row.profile_change, []).append(row)
        return found

    def reverting(self) -> list[dict[str, Any]]:
        """The return value ``reverts_on_replacement``."""
        return reverting_rows(self.rows, self.replacing.by_instance)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls: the first one of each instance, then the second one of those that need two."""
        return in_rounds(self.rows)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``, for the instances that change."""
        diff = instances_diff(self.rows)
        for (old, new), rows in self._losing().items():
            lost = [str(each) for each in rows[0].lost or ()]
            but = f" and not by {new}" if new else ""
            diff["before"][f"allowed by {old}{but}"] = lost[:SHOWN_IN_DIFF]
        return diff

    @property
    def account(self) -> Optional[str]:
        """The id of the account, which is known if there is anything to undo."""
        arns = (arn for row in self.rows for arn in (row.before, row.after) if arn)
        return next(map(account_in_arn, arns), None)

    def undo(self) -> dict[str, Any]:
        """The resources of the return value ``undo``: the former profile's ARN or None, by instance id."""
        return undo_of(self.rows)

    def counts(self) -> dict[str, Any]:
        """How many instances have each action."""
        return counts_of(self.rows, ACTIONS)

    def summary(self, planned: bool) -> str:
        """A sentence about the instances, and one about those whose next instance would have another profile."""
        return summary_of(self.rows, planned) + self._reverting_summary()

    def items(self) -> list[Item]:
        """The instances for a sentence about more than them."""
        return items_of(self.rows)

    def failures(self) -> list[str]:
        """A sentence for each instance that failed."""
        return failures_of(self.rows)

    def _reverting_summary(self) -> str:
        found = self.reverting()
        count = sum(len(row["instance_ids"]) for row in found)
        return f" {count} {CODE}: {reverting_warning(found)}" if found else ""


def _loss_warning(change: ProfileChange, rows: Sequence[Row]) -> str:
    old, new = change
    but = f" and {new} does not" if new else ""
    number = number_of(len(rows), "instance loses", "instances lose")
    return f"{number} permissions that {old} gives{but}: {describe_lost(rows[0].lost or ())}."
