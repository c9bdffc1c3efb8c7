# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role says that makes several changes, if one of them fails: whether all, some or none of them are still there.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Mapping, NamedTuple, Sequence

from .foreign_errors import explained

Result = Mapping[str, Any]  # what a module returned
FAILED = "What failed: {task}: {message}"
DONE = "{subject}: all changes were made, but the run failed afterwards. {problem}" + FAILED
ROLLED_BACK = "{subject}: all changes were rolled back. " + FAILED
PARTLY = "{subject}: not all changes were made. {steps} {problem}Another run makes the rest. " + FAILED
PROBLEMS = {"done": "But {problem} ", "partly": "Could not roll back: {problem} "}
ENDS_ALL = "Another host ended the run for all hosts."


class State(Enum):
    """What is left of the changes of a run that failed."""

    NONE = "none"  # it had made none
    DONE = "done"
    ROLLED_BACK = "rolled back"
    PARTLY = "partly"


SENTENCES = {State.DONE: DONE, State.ROLLED_BACK: ROLLED_BACK}


class Ending(NamedTuple):
    """What the rollback found and did; ``problem`` says why not all changes are taken back, or what is left, if that is known."""

    state: State
    problem: str = ""


@dataclass(frozen=True)
class Step:
    """A task of a role: its name, and what it does if it changes something.

    ``is_changed`` counts only if the task has succeeded.  If it fails, ``is_known`` says that its module reports what it changed nevertheless:
    those of other collections do not, and Ansible puts false in its place.
    """

    task: str
    what: str = ""
    is_changed: bool = True
    is_known: bool = True

    def may_have_changed(self, failed: Result) -> bool:
        """Whether it may have changed something although it failed."""
        return bool(self.what) and not (self.is_known and failed.get("changed") is False)


def describe_failure(subject: str, steps: Sequence[Step], task: str, failed: Result, ending: Ending = Ending(State.PARTLY)) -> tuple[State, str]:
    """What is left of the changes after this failed task, and the message that says so.

    Without a task, another host failed before the first step.
    """
    names = [each.task for each in steps]
    at = names.index(task) if task in names else 0
    done = [each.what for each in steps[:at] if each.what and each.is_changed]
    broken = [each.what for each in steps[at : at + 1] if task in names and each.may_have_changed(failed)]
    left = [each.what for each in steps[at + len(broken) :] if each.what]
    message = explained(failed) or ENDS_ALL
    problem = PROBLEMS[ending.state.value].format(problem=ending.problem) if ending.problem else ""
    if ending.state in SENTENCES:
        return ending.state, SENTENCES[ending.state].format(subject=subject, task=task, message=message, problem=problem)
    if ending.state is State.NONE or not (done or broken):
        return State.NONE, message
    parts = {"Done": done, "Failed, and perhaps done in part": broken, "Not reached": left}
    said = " ".join(f"{title}: {', '.join(whats)}." for title, whats in parts.items() if whats)
    return State.PARTLY, PARTLY.format(subject=subject, steps=said, problem=problem, task=task, message=message)
