# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was put back after a step failed, and what could not be.  Pure."""

from __future__ import annotations

from typing import Mapping

from .attachment import previous
from .facts import HostFacts, Result, message, rows
from .files import paths_to_put_back

NOT_RESTORED = ("left", "failed")
FAILURE = "The host keeps its keys, {state}. What failed: {task}: {message}"
RESTORED = "and everything is as it was before"
NOT_DEACTIVATED = "The hosts are migrated, and their keys are as active as before: {reasons}"
NOT_ALL_RESTORED = "but not everything is as it was before: {problems}"


def are_files_restored(facts: HostFacts) -> bool:
    """Whether every file is back in its place, so that the rollback file is no longer needed."""
    return not _files(facts)


def failure(facts: HostFacts, task: Mapping[str, str], result: Result) -> str:
    """What failed, and what could not be put back, in one sentence."""
    problems = "; ".join(each.rstrip(".") for each in _files(facts) + _profile(facts) + _application(facts))
    state = NOT_ALL_RESTORED.format(problems=problems) if problems else RESTORED
    return FAILURE.format(state=state, task=task.get("name", ""), message=message(result) or result.get("stderr") or "")


def deactivation_error(deactivation: Result) -> str:
    """Why no key was deactivated; ``deactivation`` is the loop in which one key failed."""
    failed = [each for each in rows(deactivation, "results") if each.get("failed")]
    return NOT_DEACTIVATED.format(reasons=" ".join(message(each) or "" for each in failed or [deactivation]))


def _files(facts: HostFacts) -> list[str]:
    if "files" not in facts.restored and paths_to_put_back(facts):
        return [f"the files could not be put back: {message(facts.restored) or 'static_credentials_aside returned nothing'}"]
    return [each["msg"] for each in rows(facts.restored, "files") if each["action"] in NOT_RESTORED]


def _profile(facts: HostFacts) -> list[str]:
    if not previous(facts):
        return []
    if "instances" not in facts.reattachment:
        return [message(facts.reattachment) or "the former instance profile could not be attached"]
    return [each["msg"] for each in rows(facts.reattachment, "instances") if each["action"] == "failed"]


def _application(facts: HostFacts) -> list[str]:
    return ["the application does not start again"] if facts.restarted.get("rc", 0) != 0 else []
