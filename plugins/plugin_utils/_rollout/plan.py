# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a rollout: its batches, the undo manifest, and why it can't start.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, TypedDict

from ...module_utils._common.batches import batches
from ...module_utils._common.quoting import readable
from ...module_utils._common.sentences import listed, number_of
from .closing import has_failed, has_failed_sources, has_failures, in_words
from .hosts import Host
from .manifest import Existing, Manifest, Result, belongs_elsewhere, merge, read_manifest, undo_of, unseen
from .names import ROLES, undo_command
from .request import IN_BATCHES, Request

SHOWN = 3  # instances of a batch, or entries in an error
SAME_SELECTION = "A run only continues the manifest of a run with the same selection. Give another path."
Row = Mapping[str, Any]  # of the return value ``instances``


class Batch(TypedDict):
    """The variable ``attach_batch``, or that of another role."""

    number: int
    of: int
    instance_ids: list[str]


class Plan(TypedDict):
    """``selections`` has the options that select the instances of each batch, ``hosts`` the hosts to verify by instance id, or None."""

    error: str
    role: str
    rows: list[Row]
    undo: dict[str, Any]
    manifest: dict[str, Any]
    continues: bool
    batches: list[Batch]
    selections: list[dict[str, Any]]
    lines: list[str]
    hosts: Optional[dict[str, Host]]
    max_failures: int
    undo_file: str
    region: str
    started: float


def plan_of(
    request: Request,
    launch: Result,
    instances: Result,
    earlier: Existing = Existing(),
    hosts: Optional[dict[str, Host]] = None,
    started: float = 0,
    notes: Sequence[str] = (),
) -> Plan:
    """The plan from what both modules would do.  ``earlier`` is what is in the file for the manifest, ``notes`` are lines for people."""
    rows = [*launch.get("instances", ()), *instances.get("instances", ())]
    undo = undo_of(launch, instances)
    manifest, manifest_error = _manifest(undo, request, earlier, lambda found: unseen(found, undo, launch, instances))
    divided = _batches(rows, request)
    return {
        "error": readable(_error(request, launch, instances, rows) or manifest_error),
        "role": request["role"],
        "rows": rows,
        "undo": undo,
        "manifest": manifest,
        "continues": earlier.content is not None,
        "batches": divided,
        "selections": [_selection(each["instance_ids"], rows, request) for each in divided],
        "lines": [
            *notes,
            *(f"Batch {each['number']} of {each['of']}: {listed(each['instance_ids'], SHOWN)}" for each in divided),
            *_way_back(request, divided),
        ],
        "hosts": hosts,
        "max_failures": request["max_failures"],
        "undo_file": request["undo_file"],
        "region": request["region"],
        "started": started,
    }


def _batches(rows: Iterable[Row], request: Request) -> list[Batch]:
    if request["tasks"] != IN_BATCHES:
        return []
    ids = list(dict.fromkeys(row["instance_id"] for row in rows if row["changed"]))
    divided = batches(ids, request["batch_sizes"])
    return [{"number": number, "of": len(divided), "instance_ids": each} for number, each in enumerate(divided, 1)]


def _way_back(request: Request, divided: Sequence[Batch]) -> list[str]:
    """How to undo the run by hand: if a host can't be reached in a task of the user's, Ansible gives the role no chance to do so."""
    if not (divided and request["health_check"] and request["undo_file"]):
        return []
    command = undo_command(request["role"], request["region"], request["undo_file"])
    return ["If a host becomes unreachable in the health check, nothing is rolled back. This undoes the run:", command]


def _selection(instance_ids: Sequence[str], rows: Iterable[Row], request: Request) -> dict[str, Any]:
    if "attachments" not in request["instances"]:
        return {"instance_ids": instance_ids}
    after = {row["instance_id"]: row["after"] for row in rows}
    return {"attachments": {each: after[each] for each in instance_ids}}


def _manifest(
    undo: Mapping[str, Any], request: Request, earlier: Existing, unseen_in: Callable[[Manifest], Sequence[str]]
) -> tuple[dict[str, Any], str]:
    """The manifest to write, and an error.  A run that changes nothing doesn't need the file."""
    if not undo:
        return {}, ""
    if earlier.error:
        return {}, earlier.error
    taken = f"{request['role']}_undo_file: {request['undo_file']} already exists and"
    try:
        found = read_manifest(earlier.content, ROLES[request["role"]].in_file)
    except ValueError:
        return {}, f"{taken} is not an undo manifest of this role. Give another path, or move the file away."
    elsewhere = belongs_elsewhere(undo, found)
    if elsewhere:
        return {}, f"{taken} has the undo manifest of {elsewhere}. Give another path, or move the file away."
    foreign = unseen_in(found)
    if foreign:
        return {}, f"{taken} has entries for {listed(foreign, SHOWN)}, which this run does not select. {SAME_SELECTION}"
    return merge(undo, found), ""


def _error(request: Request, launch: Result, instances: Result, rows: Iterable[Row]) -> str:
    missing = dict.fromkeys(each["message"] for result in (launch, instances) for each in result.get("missing", ()))
    if missing and not request["check_mode"]:
        return "\n".join(missing)
    if has_failed(launch) and not _only_members_fail(launch):
        return str(launch["msg"])
    if (instances.get("failed") or instances.get("unreachable")) and "instances" not in instances:
        return str(instances["msg"])
    failed = failures(rows)
    if request["tasks"] != IN_BATCHES or len(failed) <= request["max_failures"]:
        return ""
    affected = number_of(len(failed), "instance")
    return f"Nothing was changed, because {affected} would fail and {request['role']}_max_failures is {request['max_failures']}: {in_words(failed)}"


def _only_members_fail(launch: Result) -> bool:
    """Members of groups count as instances, of which some may fail."""
    others = {kind: each for kind, each in (launch.get("counts") or {}).items() if kind != "instances"}
    return bool(others) and not has_failures({"counts": others}) and not has_failed_sources(launch)


def failures(rows: Iterable[Row]) -> dict[str, str]:
    """The message of each instance that failed, by its id."""
    return {row["instance_id"]: row["msg"] for row in rows if row["action"] == "failed"}
