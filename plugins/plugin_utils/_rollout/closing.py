# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of a role, from the results of its modules.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, TypedDict

from ...module_utils._common.plan_summary import FAILED, Item, Kind, first_of, restored, summary
from ...module_utils._common.quoting import lines
from .manifest import Result

Row = Mapping[str, Any]

SOURCES = {"auto_scaling_groups": "group", "launch_templates": "template", "fleets": "fleet"}


class Closing(TypedDict):
    """The line of a run that succeeded, and the ``error`` of one that did not; empty if it did."""

    msg: str
    error: str


def closing(launch: Result, instances: Result, planned: bool, in_batches: bool, restores: bool = False) -> Closing:
    """What the role did, or in check mode would do.  In batches, too many failures have ended the run before."""
    if instances.get("failed") and "instances" not in instances:
        return {"msg": "", "error": lines(str(instances.get("msg", "")))}
    rows = [*launch.get("instances", ()), *instances.get("instances", ())]
    sources = sources_in(launch)
    items = restored(_items(rows)) if restores else _items(rows)
    kinds = [Kind(items), *(Kind(_items(found), SOURCES[kind]) for kind, found in sources.items())]
    failures = [*_failures(rows, "instance_id"), *(each for found in sources.values() for each in _failures(found, "name"))]
    said = lines(summary(kinds, planned, failures))
    gone = _unreachable(launch, instances)
    return {"msg": said, "error": gone or (said if failures and not in_batches else "")}


def source_error(launch: Result) -> str:
    """What failed among groups, launch templates, fleets and the instances of groups; empty if nothing did."""
    return lines(str(launch.get("msg", ""))) if has_failed(launch) else ""


def has_failed(launch: Result) -> bool:
    """Whether the module that changes launch sources failed, or something in its result, whatever the task made of it."""
    return bool(launch.get("failed") or launch.get("unreachable")) or has_failures(launch)


def has_failures(result: Result) -> bool:
    """Whether something in the result of a module failed, by its counts or its rows."""
    counts = result.get("counts") or {}
    # launch_profile_attach counts each kind of resource by itself, instance_metadata_options only instances.
    kinds = counts.values() if all(isinstance(each, Mapping) for each in counts.values()) else [counts]
    return any(each["failed"] for each in kinds) or has_failed_sources(result)


def has_failed_sources(result: Result) -> bool:
    """Whether a group, launch template or fleet in the result failed."""
    return any(row.get("action") == FAILED for rows in sources_in(result).values() for row in rows)


def sources_in(result: Result) -> dict[str, list[Row]]:
    """The rows for groups, launch templates and fleets, by kind."""
    return {kind: list(result.get(kind) or ()) for kind in SOURCES}


def in_words(failed: Mapping[str, str]) -> str:
    """The first failures in one sentence, from the message of each instance that failed."""
    return first_of([f"{instance_id}: {msg}" for instance_id, msg in failed.items()])


def _items(rows: Iterable[Row]) -> list[Item]:
    return [Item(row["action"], _cause(row)) for row in rows]


def _cause(row: Row) -> str:
    managed_by = row.get("managed_by")
    return f"managed by {managed_by}" if managed_by else str(row.get("cause") or row.get("reason") or "").replace("_", " ")


def _unreachable(*results: Result) -> str:
    """Why the host could not be reached by one of the tasks; empty if it could."""
    return next((lines(f"The host can't be reached: {each.get('msg')}") for each in results if each.get("unreachable")), "")


def _failures(rows: Iterable[Row], name: str) -> list[str]:
    return [f"{row[name]}: {row['msg']}" for row in rows if row["action"] == FAILED]
