# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rollout in batches is.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, TypedDict

from ...module_utils._common.quoting import readable
from ...module_utils._common.sentences import number_of
from .closing import in_words
from .hosts import Check, checks_of, verification
from .plan import Batch, Plan, Row, failures
from .proof import must_be_proven


class Progress(TypedDict):
    """The batches so far.  ``rows`` came of them; the other values are about the last one."""

    started: list[Batch]
    rows: list[Row]
    error: str
    checks: list[Check]
    not_in_inventory: list[str]


NONE: Progress = {"started": [], "rows": [], "error": "", "checks": [], "not_in_inventory": []}


def start(progress: Progress, batch: Batch) -> Progress:
    """The progress before a batch. From here on, a failure rolls it back."""
    return {**NONE, "started": [*progress["started"], batch], "rows": progress["rows"]}


def record(plan: Plan, progress: Progress, result: Mapping[str, Any]) -> Progress:
    """The progress after the module returned this for the batch that was started. Without hosts to ask after a failure."""
    rows: Sequence[Row] = result.get("instances", ())
    done = [*progress["rows"], *rows]
    error = _error(plan, done, result)
    hosts = None if error else plan["hosts"]
    return {
        "started": progress["started"],
        "rows": done,
        "error": error,
        "checks": [] if hosts is None else checks_of(rows, hosts, plan["role"]),
        "not_in_inventory": [] if hosts is None else [row["instance_id"] for row in rows if _is_unknown(plan, row)],
    }


def _is_unknown(plan: Plan, row: Row) -> bool:
    """Whether the row's instance can't be asked although it has to show something."""
    return row["instance_id"] not in (plan["hosts"] or {}) and must_be_proven(plan["role"], row)


def _error(plan: Plan, rows: Sequence[Row], result: Mapping[str, Any]) -> str:
    if "instances" not in result:
        return str(result.get("msg", "The module returned no instances."))
    failed = failures([*plan["rows"], *rows])
    if len(failed) <= plan["max_failures"]:
        return ""
    return f"{len(failed)} failed, but {plan['role']}_max_failures is {plan['max_failures']}: {in_words(failed)}"


def check(progress: Progress, answers: Optional[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Whether the last batch is good: ``error`` or an empty one, and the sentences ``unverified``."""
    if progress["error"]:
        return {"error": readable(progress["error"]), "unverified": []}
    return readable(verification(progress["checks"], answers or (), progress["not_in_inventory"]))


def line(plan: Plan, progress: Progress, batch: Batch, now: float) -> str:
    """The line before a batch: "Batch 2 of 5: 21 instances; 1 of 212 done, 0 failed, 35 s"."""
    size = len(batch["instance_ids"])
    total = sum(len(each["instance_ids"]) for each in plan["batches"])
    done = sum(row["action"] != "failed" for row in progress["rows"])
    failed = len(failures([*plan["rows"], *progress["rows"]]))
    number = f"Batch {batch['number']} of {batch['of']}: {number_of(size, 'instance')}"
    return f"{number}; {done} of {total} done, {failed} failed, {int(now - plan['started'])} s"
