# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host is as it was before, and what a failed run says.  Pure."""

from __future__ import annotations

from typing import Mapping, Sequence

from .._steps.foreign_errors import explained
from . import attachment, rollback
from .facts import HostFacts, Result, Row, message, rows
from .files import paths_to_put_back

SUCCESSFUL = ("migrated", "planned")
NOT_RESTORED = ("left", "failed")
FAILURE = "The host keeps its keys, {state}. What failed: {task}: {message}"
RESTORED = "and everything is as it was before"
NOT_ALL_RESTORED = "but not everything is as it was before: {problems}"
ANOTHER_HOST = "Another host"  # of the play failed, or a task that runs once for all of them
ENDS_ALL = "it ended the run for all hosts"
KEPT_PROFILE = "the instance keeps the new instance profile until the files are back"
NOT_DEACTIVATED = "The hosts are migrated, and their keys are as active as before: {reasons}"
NOT_REACTIVATED = "The hosts are migrated. Some keys could not be deactivated: {reasons} These are inactive, and could not be activated again: {ids}."
# What is said of the hosts with this state
STATES = {
    "migrated": "Migrated: {hosts}.",
    "planned": "Would be migrated: {hosts}.",
    "as_before": "As before: {hosts}.",
    "partly_restored": "Not completely as before: {hosts}. The next run puts back or migrates the rest.",
    "": "No result: {hosts}. A host that was not reached is as before. A run that stopped in the middle is undone or continued by the next one.",
}


def are_files_restored(facts: HostFacts) -> bool:
    """Whether every file is where it was, apart from those that a user may have kept from it.

    No user must keep the former instance profile from the host, on which others depend.  The reason says nothing: a user can cause any error.
    """
    return not _files(facts, only_roots=True)


def is_restored(facts: HostFacts) -> bool:
    """Whether everything is as it was, so that the rollback file is no longer needed."""
    return not _files(facts) and not _profile(facts) and not rollback.error(facts)


def failure(facts: HostFacts, task: Mapping[str, str], result: Result) -> str:
    """What failed, and what could not be put back, in one sentence. Without a task, another host failed."""
    problems = "; ".join(each.rstrip(".") for each in _files(facts) + _profile(facts) + _application(facts))
    state = NOT_ALL_RESTORED.format(problems=problems) if problems else RESTORED
    said = message(result) or result.get("stderr") or ("" if task else ENDS_ALL)
    return FAILURE.format(state=state, task=task.get("name", "") if task else ANOTHER_HOST, message=said)


def states(results: Mapping[str, Row]) -> list[str]:
    """Which hosts are in which state; nothing if all are migrated."""
    hosts = {state: [host for host, result in results.items() if result.get("state", "") == state] for state in STATES}
    lines = [line.format(hosts=", ".join(hosts[state])) for state, line in STATES.items() if hosts[state]]
    return lines if any(hosts[state] for state in STATES if state not in SUCCESSFUL) else []


def deactivation_error(deactivation: Result, reactivation: Result) -> str:
    """Why no key was deactivated; empty if none failed."""
    if not deactivation.get("failed"):
        return ""
    reasons = " ".join(explained(each) for each in _failed(deactivation) or [deactivation])
    active = [each for each in _failed(reactivation) if "item" in each]
    inactive = ", ".join(each["item"]["access_key_id"] for each in active)
    return NOT_REACTIVATED.format(reasons=reasons, ids=inactive) if inactive else NOT_DEACTIVATED.format(reasons=reasons)


def _failed(loop: Result) -> Sequence[Row]:
    return [each for each in rows(loop, "results") if each.get("failed")]


def _files(facts: HostFacts, only_roots: bool = False) -> list[str]:
    """Why files, or those that only root can move, are not where they were."""
    if "files" not in facts.restored and paths_to_put_back(facts):
        return [f"the files could not be put back: {message(facts.restored) or 'static_credentials_aside returned nothing'}"]
    missing = (each for each in rows(facts.restored, "files") if each["action"] in NOT_RESTORED)
    return [each["msg"] for each in missing if each["only_root"] or not only_roots]


def _profile(facts: HostFacts) -> list[str]:
    unknown = attachment.unknown(facts)
    if not attachment.previous(facts):
        return [unknown] if unknown else []
    if not are_files_restored(facts):
        return [KEPT_PROFILE]
    if "instances" not in facts.reattachment:
        return [message(facts.reattachment) or "the former instance profile could not be attached"]
    return [each["msg"] for each in rows(facts.reattachment, "instances") if each["action"] == "failed"]


def _application(facts: HostFacts) -> list[str]:
    return ["the application does not start again"] if facts.restarted.get("rc", 0) != 0 else []
