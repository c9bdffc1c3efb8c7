# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: a row for each instance, and the return values that summarize all of them.  Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Mapping, Optional, Sequence

from .._common.change import Change
from .._common.identifiers import account_in_arn
from .._common.sentences import listed, number_of
from .._launch_sources.source import ReplacingSources
from .._policy.permission_diff import LostPermission, describe_lost
from .._values.instances import InstanceSnapshot
from .reverting import CODE, reverting_rows, reverting_warning
from .row import ProfileChange, Row, Rules, Target, plan_row, with_lost_permissions

ACTIONS = ("associated", "replaced", "detached", "unchanged", "skipped", "failed")
SHOWN_IN_DIFF = 100  # instances; thousands would fill the screen
SHOWN_IN_MESSAGE = 3  # failed instances
SHOWN_IN_WARNING = 10  # instances that are managed


@dataclass(frozen=True)
class Desired:
    """The wanted profile of each instance, by its id, and the rules.

    ``lost_permissions`` are those of each change of profiles; None if they were not compared.
    """

    targets: Mapping[str, Target]
    rules: Rules = Rules()
    lost_permissions: Optional[Mapping[ProfileChange, tuple[LostPermission, ...]]] = None

    def plan(self, actual: InstanceSnapshot) -> AttachmentPlan:
        """A row for each target."""
        return AttachmentPlan(tuple(self.plan_row(each, actual) for each in self.targets), self)

    def plan_row(self, instance_id: str, actual: InstanceSnapshot, renew: bool = True) -> Row:
        """The row of one target.  Without ``renew``, an association with the right profile stays, whatever the rules say."""
        rules = replace(self.rules, renew=self.rules.renew and renew)
        row = plan_row(instance_id, self.targets[instance_id], actual, rules)
        return row if self.lost_permissions is None else with_lost_permissions(row, self.lost_permissions, rules.on_loss)


@dataclass(frozen=True)
class AttachmentPlan:
    """A row for each instance, what was desired, and the launch sources that replace instances."""

    rows: tuple[Row, ...]
    desired: Desired
    replacing: ReplacingSources = ReplacingSources()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The module's warnings."""
        if not self.rows:
            return ("No instances selected.",)
        managed = [row.instance_id for row in self.rows if row.reason == "managed"]
        not_known = (f"{CODE} is not known for all instances. {each}" for each in self.replacing.read_errors)
        reverting = reverting_warning(self.reverting())
        skipped = [_managed_warning(managed)] if managed else []
        return (*skipped, *self.lost_permission_warnings(), *([reverting] if reverting else []), *not_known)

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
        rounds = zip_longest(*(row.steps for row in self.rows))
        return tuple(change for each in rounds for change in each if change)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``, for the instances that change."""
        changing = [row for row in self.rows if row.steps]
        shown = changing[:SHOWN_IN_DIFF]
        diff: dict[str, dict[str, Any]] = {
            "before": {row.instance_id: row.before for row in shown},
            "after": {row.instance_id: row.after for row in shown},
        }
        for (old, new), rows in self._losing().items():
            lost = [str(each) for each in rows[0].lost or ()]
            but = f" and not by {new}" if new else ""
            diff["before"][f"allowed by {old}{but}"] = lost[:SHOWN_IN_DIFF]
        if len(changing) > len(shown):
            diff["after"]["and more"] = number_of(len(changing) - len(shown), "more instance")
        return diff

    @property
    def account(self) -> Optional[str]:
        """The id of the account, which is known if there is anything to undo."""
        arns = (arn for row in self.rows for arn in (row.before, row.after) if arn)
        return next(map(account_in_arn, arns), None)

    def undo(self) -> dict[str, Any]:
        """The resources of the return value ``undo``: the former profile's ARN or None, by instance id."""
        changing = [row for row in self.rows if row.steps and row.before != row.after]
        return {row.instance_id: row.before for row in changing}

    def counts(self) -> dict[str, Any]:
        """How many instances have each action."""
        found = Counter(row.action for row in self.rows)
        return {action: found[action] for action in ACTIONS}

    def summary(self) -> str:
        """One sentence for people, for example "187 associated, 11 unchanged, 2 failed: i-…: …"."""
        if not self.rows:
            return "No instances selected."
        counted = ", ".join(f"{count} {action}" for action, count in self.counts().items() if count)
        failures = [f"{row.instance_id}: {row.msg}" for row in self.rows if row.action == "failed"]
        if not failures:
            return f"{counted}.{self._reverting_summary()}"
        more = f"; and {len(failures) - SHOWN_IN_MESSAGE} more" if len(failures) > SHOWN_IN_MESSAGE else ""
        return f"{counted}: {'; '.join(failures[:SHOWN_IN_MESSAGE])}{more}"

    def _reverting_summary(self) -> str:
        found = self.reverting()
        count = sum(len(row["instance_ids"]) for row in found)
        return f" {count} {CODE}: {reverting_warning(found)}" if found else ""


def _managed_warning(instance_ids: Sequence[str]) -> str:
    number = number_of(len(instance_ids), "instance was", "instances were")
    return (
        f"{number} skipped, because other services manage them according to their tags: {listed(instance_ids, SHOWN_IN_WARNING)}. "
        "Change the instance profile in the service that manages them (node group, environment, launch template), or set include_managed to true."
    )


def _loss_warning(change: ProfileChange, rows: Sequence[Row]) -> str:
    old, new = change
    but = f" and {new} does not" if new else ""
    number = number_of(len(rows), "instance loses", "instances lose")
    return f"{number} permissions that {old} gives{but}: {describe_lost(rows[0].lost or ())}."
