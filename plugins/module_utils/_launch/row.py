# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do with one launch source, and the outcome.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Union

from .._common.change import Change
from .._common.missing import Missing
from .._common.plan_summary import Item
from .._policy.permission_diff import LostPermission
from .._values.launch import Fleet, Group, TemplateReference

UPDATED, UNCHANGED, SKIPPED, FAILED = ACTIONS = ("updated", "unchanged", "skipped", "failed")
CAUSES = {"conflict": "with another profile"}


@dataclass(frozen=True)
class LaunchRow:
    """A selected group, launch template or fleet.

    ``before`` and ``after`` have the launch template, version and instance profile that it launches with.  ``references`` are those
    of its references to launch templates that need another profile, ``steps`` the calls for it alone.  ``needed_template`` is
    another template without which it fails, by name or id.  ``source`` is the group or fleet; None for a launch template, or if it
    does not exist.  ``lost`` are the permissions that new instances lose; None if they were not compared.
    """

    name: str
    action: str
    before: Optional[Mapping[str, Any]] = None
    after: Optional[Mapping[str, Any]] = None
    managed_by: Optional[str] = None
    also_used_by: tuple[str, ...] = ()
    reason: Optional[str] = None
    msg: str = ""
    references: tuple[TemplateReference, ...] = ()
    steps: tuple[Change, ...] = ()
    needed_template: Optional[str] = None
    source: Optional[Union[Group, Fleet]] = None
    lost: Optional[tuple[LostPermission, ...]] = None
    missing: Optional[Missing] = None

    @property
    def needed_templates(self) -> set[str]:
        """The launch templates whose changes it needs."""
        return {each.template_id for each in self.references} | ({self.needed_template} if self.needed_template else set())

    def as_item(self) -> Item:
        """The row for a sentence."""
        return Item(self.action, f"managed by {self.managed_by}" if self.managed_by else CAUSES.get(self.reason or "", ""))

    def as_result(self) -> dict[str, Any]:
        """The row for the return values."""
        return {
            "name": self.name,
            "changed": self.action == UPDATED,
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "managed_by": self.managed_by,
            "also_used_by": list(self.also_used_by),
            "reason": self.reason,
            "msg": self.msg,
            "lost": None if self.lost is None else list(map(str, self.lost)),
        }

    def failed(self, reason: str, msg: str) -> LaunchRow:
        """The row after a failure: ``after`` is ``before``.  Versions that were created before the failure stay, and are in ``undo``."""
        return replace(self, action=FAILED, reason=reason, msg=msg, after=self.before, steps=(), references=())

    def skipped(self, manager: str, tag: str, setting: str) -> LaunchRow:
        """The row of a group or fleet that another service manages; ``setting`` says what to do there."""
        msg = f"{manager} manages it (tag {tag}) and would revert the change: {setting}, or set include_managed to true"
        return replace(self, action=SKIPPED, reason="managed", managed_by=manager, msg=msg, references=(), steps=(), after=self.before)


@dataclass(frozen=True)
class LaunchRows:
    """The rows of everything that is selected, by kind."""

    groups: tuple[LaunchRow, ...] = ()
    templates: tuple[LaunchRow, ...] = ()
    fleets: tuple[LaunchRow, ...] = ()

    def __iter__(self) -> Iterator[LaunchRow]:
        return iter((*self.groups, *self.templates, *self.fleets))

    def map(self, function: Callable[[LaunchRow], LaunchRow]) -> LaunchRows:
        """What the function returns for each row."""
        return LaunchRows(*(tuple(map(function, rows)) for rows in (self.groups, self.templates, self.fleets)))

    def replaced(self, rows: Iterable[LaunchRow]) -> LaunchRows:
        """The same with other rows, given in the order of these."""
        others = iter(rows)
        return self.map(lambda _row: next(others))

    def by_kind(self) -> dict[str, tuple[LaunchRow, ...]]:
        """The rows by the names of the return values."""
        return {"auto_scaling_groups": self.groups, "launch_templates": self.templates, "fleets": self.fleets}

    @property
    def references(self) -> list[TemplateReference]:
        """The references that need another profile."""
        return [reference for row in self for reference in row.references]


Decision = tuple[str, Optional[str], str, tuple[TemplateReference, ...]]
