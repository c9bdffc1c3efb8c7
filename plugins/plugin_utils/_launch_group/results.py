# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of the role launch_group returned so far.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

Result = Mapping[str, Any]  # what a module returned; empty for a task that has not run


def ran(result: Result) -> bool:
    """Whether the task was run, so that it may have changed something, even if it failed."""
    return bool(result) and not result.get("skipped", False)


def succeeded(result: Result) -> bool:
    """Whether the task did its work, or had none."""
    return bool(result) and not (result.get("failed", False) or result.get("unreachable", False))


def member(result: Result, key: str) -> Mapping[str, Any]:
    """A dictionary in a result; empty if there is none."""
    found = result.get(key)
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True)
class Results:
    """What the role's tasks returned so far: launch_profile_attach, ec2_launch_template and autoscaling_group.

    In check mode, ``attached`` is only a prediction, so its version does not exist.  After a failure, ``template_left`` and ``group_left`` are
    what was read again, ``deleted`` and ``restored`` what was taken back.
    """

    attached: Result = field(default_factory=dict)
    template: Result = field(default_factory=dict)
    group: Result = field(default_factory=dict)
    check_mode: bool = False
    subnets: Result = field(default_factory=dict)
    groups: Result = field(default_factory=dict)  # of security
    template_left: Result = field(default_factory=dict)
    group_left: Result = field(default_factory=dict)
    deleted: Result = field(default_factory=dict)
    restored: Result = field(default_factory=dict)
    profile: Result = field(default_factory=dict)  # iam_instance_profile_info, of the instance profile that the group should have

    @property
    def after_attaching(self) -> Mapping[str, Any]:
        """What the group launches after launch_profile_attach."""
        rows = [] if self.check_mode else self.attached.get("auto_scaling_groups") or []
        return (rows[0].get("after") or {}) if rows else {}

    @property
    def writes(self) -> tuple[Result, Result, Result]:
        """The results of the tasks that write."""
        return self.attached, self.template, self.group

    @property
    def is_changed(self) -> bool:
        """Whether one of the tasks changed something."""
        return any(each.get("changed", False) for each in self.writes)

    @property
    def unreachable(self) -> str:
        """Why the host could not be reached by one of the tasks; empty if it could. Nothing more is changed then."""
        gone = next((each for each in self.writes if each.get("unreachable", False)), None)
        return "" if gone is None else f"The host can't be reached: {gone.get('msg') or 'no message'}"
