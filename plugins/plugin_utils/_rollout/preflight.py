# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before tokens are required: which hosts would lose the metadata service, and are left as they are.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional, Sequence

from ...module_utils._common.sentences import listed
from .hosts import SHOWN, Check, Host, check_of
from .names import REQUIRE_IMDSV2

ENOUGH_HOPS = 2
HOP_LIMIT, OLD_SDK = REFUSED = ("hop_limit_too_small", "sdk_too_old")
Result = Mapping[str, Any]  # of instance_metadata_options


def hosts_to_ask(result: Result, hosts: Mapping[str, Host]) -> list[Check]:
    """The hosts of the instances that are going to change."""
    changing = (row for row in result.get("instances", ()) if row["changed"] and row["instance_id"] in hosts)
    return [check_of(row, hosts, REQUIRE_IMDSV2.role) for row in changing]


def without_refused(result: Result, checks: Sequence[Check], answers: Sequence[Mapping[str, Any]], hop_limit: Optional[int]) -> dict[str, Any]:
    """The result of the plan without what would cut off software on the hosts: these instances are skipped, with the reason."""
    fatal = {OLD_SDK} if hop_limit is not None and hop_limit >= ENOUGH_HOPS else {OLD_SDK, HOP_LIMIT}
    refused = {check["instance_id"]: found for check, answer in zip(checks, answers) if (found := _problem(answer, fatal))}
    undo = dict(result.get("undo") or {})
    undo["instances"] = {key: before for key, before in (undo.get("instances") or {}).items() if key not in refused}
    rows = [_skipped(row, refused[row["instance_id"]]) if row["instance_id"] in refused else row for row in result.get("instances", ())]
    return {**result, **({"instances": rows} if "instances" in result else {}), "undo": undo}


def _problem(answer: Mapping[str, Any], fatal: Iterable[str]) -> Optional[Mapping[str, Any]]:
    return next((each for each in answer.get("problems", ()) if each["code"] in fatal), None)


def _skipped(row: Mapping[str, Any], problem: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "changed": False, "action": "skipped", "after": row["before"], "reason": problem["code"], "msg": problem["message"]}


def groups_of_refused(result: Result, selected: Iterable[str]) -> list[dict[str, Any]]:
    """Rows for the selected groups that are left as they are, because their next instance would cut off the same software as a refused one."""
    refused = {row["auto_scaling_group"]: row for row in reversed(result.get("instances", ())) if row.get("reason") in REFUSED}
    return [_left(name, refused[name]) for name in dict.fromkeys(selected) if name in refused]


def _left(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    msg = f"its instance {row['instance_id']}: {row['msg']}"
    nothing: dict[str, Any] = {"changed": False, "before": None, "after": None, "managed_by": None, "also_used_by": []}
    return {"name": name, "action": "skipped", "reason": row["reason"], "msg": msg, **nothing}


def preflight_lines(
    result: Result, checks: Sequence[Check], answers: Sequence[Mapping[str, Any]], left: Iterable[Mapping[str, Any]] = ()
) -> list[str]:
    """A sentence for each host that is left as it is, for each of the groups ``left``, and for what is not known."""
    refused = [f"Skipped: {row['instance_id']}: {row['msg']}" for row in result.get("instances", ()) if row.get("reason") in REFUSED]
    refused += [f"Skipped: {row['name']}: {row['msg']}" for row in left]
    asked = {check["instance_id"] for check, answer in zip(checks, answers) if answer.get("identity")}
    missing = [row["instance_id"] for row in result.get("instances", ()) if row["changed"] and row["instance_id"] not in asked]
    unknown = [f"Not known: {check['name']}: {each['message']}" for check, answer in zip(checks, answers) for each in answer.get("incomplete", ())]
    unasked = [f"Not checked for containers and old SDKs: {listed(missing, SHOWN)} (not in the inventory, or no answer)."] if missing else []
    return [*refused, *unasked, *unknown]
