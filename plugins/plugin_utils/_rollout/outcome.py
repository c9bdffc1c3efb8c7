# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rollout in batches ended: its results, what to roll back, and the message of one that failed.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional, Sequence, TypedDict

from ...module_utils._common.quoting import readable
from .closing import has_failures, sources_in
from .manifest import Manifest, as_text, touched, undo_of_instances
from .names import undo_command
from .plan import Plan
from .progress import Progress


class Failure(NamedTuple):
    """The task that failed, its result, and the result of the rollback; empty if there was nothing to roll back."""

    task: str
    result: Mapping[str, Any]
    rollback: Mapping[str, Any]


class Outcome(TypedDict):
    """The public variables of the role after a rollout, and the message if it failed."""

    result: dict[str, Any]
    undo_manifest: dict[str, Any]
    msg: str


def to_roll_back(plan: Plan, progress: Progress, launch_updated: bool) -> dict[str, Any]:
    """The manifest of what was changed, or may have been."""
    ids = {each for batch in progress["started"] for each in batch["instance_ids"]}
    return touched(plan["undo"], ids, launch_updated)


def outcome(plan: Plan, progress: Progress, launch_updated: bool, failure: Optional[Failure] = None) -> Outcome:
    """The results of a rollout; ``launch_updated`` says whether it got to groups, launch templates and fleets."""
    manifest = to_roll_back(plan, progress, launch_updated)
    left: Mapping[str, Any] = {} if failure and _is_rolled_back(manifest, failure) else manifest
    rows = progress["rows"]
    return {
        "result": {
            "changed": any(row["changed"] for row in rows),
            "instances": [*(row for row in plan["rows"] if not row["changed"]), *rows],
            "undo": undo_of_instances(left),
        },
        "undo_manifest": dict(left),
        "msg": readable(_message(plan, progress, manifest, launch_updated, failure)) if failure else "",
    }


def with_sources(result: Mapping[str, Any], launched: Mapping[str, Any], left: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The result with the rows for groups, launch templates and fleets; ``left`` are groups that the module was not asked about."""
    rows = sources_in(launched)
    rows["auto_scaling_groups"] += left
    changed = bool(result.get("changed")) or any(row["changed"] for found in rows.values() for row in found)
    return {"instances": [], **result, **rows, "changed": changed}


def _is_rolled_back(manifest: Manifest, failure: Failure) -> bool:
    return not manifest or (bool(failure.rollback.get("counts")) and not has_failures(failure.rollback))


def _message(plan: Plan, progress: Progress, manifest: Manifest, launch_updated: bool, failure: Failure) -> str:
    stage = "The update of groups and launch templates" if launch_updated else _last_batch(progress)
    # What is to be copied has a line of its own, without a period.
    where = f"in this file:\n{plan['undo_file']}" if plan["undo_file"] else f"the artifact {plan['role']}_undo_manifest."
    stopped = f"{stage} failed, and the rollout was stopped. {_cause(failure)}"
    needless = "You no longer need the undo manifest: nothing is left to undo. " if _is_rolled_back(manifest, failure) else ""
    return "\n".join((stopped, _rollback_sentences(plan, manifest, failure), f"{needless}The undo manifest is {where}"))


def _cause(failure: Failure) -> str:
    why = failure.result.get("msg") or failure.result.get("stderr") or "no message"
    cause = f"{failure.task}: {why}" if failure.task else str(why)
    return cause if cause.endswith((".", "!", "?")) else f"{cause}."


def _last_batch(progress: Progress) -> str:
    if not progress["started"]:
        return "The first batch"
    batch = progress["started"][-1]
    return f"Batch {batch['number']} of {batch['of']}"


def _rollback_sentences(plan: Plan, manifest: Manifest, failure: Failure) -> str:
    msg = failure.rollback.get("msg", "")
    if not manifest:
        return "Nothing had been changed."
    if _is_rolled_back(manifest, failure):
        return f"All changes were rolled back. {msg}"
    command = undo_command(plan["role"], plan["region"], plan["undo_file"] or as_text(manifest))
    return f"Some changes could not be rolled back. {msg} To undo them by hand:\n{command}"
