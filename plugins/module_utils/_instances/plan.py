# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for instances: a row for each, and the return values that summarize all of them.  Pure."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import Any, Iterable, Sequence

from .._common.change import Change
from .._common.plan_summary import FAILED, SHOWN, Item, Kind, restored, summary
from .._common.sentences import listed, number_of
from .row import InstanceRow

NOTHING_SELECTED = "No instances selected."
SHOWN_IN_DIFF = 100  # instances; thousands would fill the screen


def in_rounds(rows: Iterable[InstanceRow]) -> tuple[Change, ...]:
    """All calls: the first one of each instance, then the second one of those that need two."""
    rounds = zip_longest(*(row.steps for row in rows))
    return tuple(change for each in rounds for change in each if change)


def instances_diff(rows: Sequence[InstanceRow]) -> dict[str, dict[str, Any]]:
    """What the instances that change have before and after."""
    changing = [row for row in rows if row.steps]
    shown = changing[:SHOWN_IN_DIFF]
    diff = {side: {row.instance_id: getattr(row, side) for row in shown} for side in ("before", "after")}
    if len(changing) > len(shown):
        diff["after"]["and more"] = number_of(len(changing) - len(shown), "more instance")
    return diff


def undo_of(rows: Iterable[InstanceRow]) -> dict[str, Any]:
    """What the instances that change had, by instance id."""
    return {row.instance_id: row.before for row in rows if row.steps and row.before != row.after}


def counts_of(rows: Iterable[InstanceRow], actions: Sequence[str]) -> dict[str, Any]:
    """How many instances have each action."""
    found = Counter(row.action for row in rows)
    return {action: found[action] for action in actions}


def summary_of(rows: Sequence[InstanceRow], planned: bool, restores: bool = False) -> str:
    """The sentence about all instances, for example "187 attached, 11 unchanged, 2 failed. i-…: …"; ``planned`` says that it is a plan."""
    return summary([Kind(items_of(rows, restores))], planned, failures_of(rows), NOTHING_SELECTED)


def items_of(rows: Iterable[InstanceRow], restores: bool = False) -> list[Item]:
    """The rows for a sentence; ``restores`` says that a change is an undo."""
    items = [Item(row.action, row.cause or (row.reason or "").replace("_", " ")) for row in rows]
    return restored(items) if restores else items


def failures_of(rows: Iterable[InstanceRow]) -> list[str]:
    """A sentence for each instance that failed."""
    return [f"{row.instance_id}: {row.msg}" for row in rows if row.action == FAILED]


def managed_warnings(rows: Iterable[InstanceRow], fix: str) -> list[str]:
    """A warning about instances that are skipped because of their managers, if there are any; ``fix`` is the sentence that says what to do."""
    ids = [row.instance_id for row in rows if row.reason == "managed"]
    if not ids:
        return []
    one = "instance was skipped, because another service manages it according to its tags"
    several = "instances were skipped, because other services manage them according to their tags"
    return [f"{number_of(len(ids), one, several)}: {listed(ids, SHOWN)}. {fix}"]
