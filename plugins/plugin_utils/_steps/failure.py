# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role says that makes several changes and can't take them back, if one of them fails.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .foreign_errors import explained

Result = Mapping[str, Any]  # what a module returned
PARTLY = "{subject}: not all changes were made. {steps} Another run makes the rest. What failed: {task}: {message}"
ENDS_ALL = "Another host ended the run for all hosts."


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


def describe_failure(subject: str, steps: Sequence[Step], task: str, failed: Result) -> tuple[bool, str]:
    """Whether this failed task, or one before it, may have changed something, and the message that says what.

    Without a task, another host failed before the first step.
    """
    names = [each.task for each in steps]
    at = names.index(task) if task in names else 0
    done = [each.what for each in steps[:at] if each.what and each.is_changed]
    broken = [each.what for each in steps[at : at + 1] if task in names and each.may_have_changed(failed)]
    left = [each.what for each in steps[at + len(broken) :] if each.what]
    message = explained(failed) or ENDS_ALL
    if not done and not broken:
        return False, message
    parts = {"Done": done, "Failed, and perhaps done in part": broken, "Not reached": left}
    said = " ".join(f"{title}: {', '.join(whats)}." for title, whats in parts.items() if whats)
    return True, PARTLY.format(subject=subject, steps=said, task=task, message=message)
