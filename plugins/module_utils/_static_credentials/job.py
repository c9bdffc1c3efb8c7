# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_aside's work: from its options, over the plan, to what it moves and returns."""

from __future__ import annotations

import os
from typing import Any, Callable, Mapping

from .changes import restore, set_aside, sweep
from .host.exclusions import Excluded
from .host.path_escaping import shown_path
from .host.preflight import Obstacles
from .host.systemd_units import Units
from .host.tree import Tree
from .options import check_aside, given_paths
from .plan import ASIDE, FAILED, RESTORED, TRIMMED, AsidePlan, FileRow, Observation, plan_files
from .reasons import reason_of, said_of
from .target import FilesFound, FileTarget, read_files
from .text.access_keys import has_access_key
from .time_slicing import Deadline


class AsideJob:
    """Sets files aside, or restores them."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raises OptionError."""
        check_aside(options)
        self._options = options
        self._deadline = Deadline(options["timeout"])
        self._tree = Tree(options["root"], options["suffix"])
        self._units = Units(self._tree, self._deadline)
        self._obstacles = Obstacles(self._tree.root)
        self._excluded = Excluded(given_paths(options, "exclude"))

    def read(self) -> list[Observation]:
        """What is there under each path, in the order in which they were given."""
        return [self._observe(path) for path in given_paths(self._options, "paths")]

    def plan(self, actual: list[Observation]) -> AsidePlan:
        """A row for each path."""
        return plan_files(actual, self._options["state"])

    def apply(self, plan: AsidePlan, done: Callable[[FileRow], None]) -> AsidePlan:
        """Moves the files; the plan returned says what failed."""
        return AsidePlan(tuple(self._apply(row, done) for row in plan.rows), plan.warnings)

    def result(self, plan: AsidePlan) -> dict[str, Any]:
        """The module's return values."""
        return {
            "files": [row.as_result() for row in plan.rows],
            "msg": plan.summary(),
            "failed": bool(plan.failed),
        }

    def _observe(self, path: str) -> Observation:
        shown = shown_path(path)
        if self._excluded.has(path):
            return Observation(shown, reason="excluded")
        if self._deadline.is_over():
            return Observation(shown, reason="timeout")
        if path.startswith("/proc/"):
            return Observation(shown, reason="process")
        target = None
        try:
            target = FileTarget.of(self._tree, path, self._options["suffix"])
            if self._excluded.has(target.real):
                return Observation(shown, target, reason="excluded")
            target, found = read_files(self._tree, target, self._obstacles)
            return Observation(shown, target, found, self._is_required(target, found))
        except Exception as error:  # pylint: disable=broad-except
            # Whatever a user has done to a file of his must not stop what is done with the others.
            return Observation(shown, target, error=error)

    def _is_required(self, target: FileTarget, found: FilesFound) -> bool:
        # To go through the units takes a while, and counts only where keys go.
        has_key = self._options["state"] == "aside" and found.here and has_access_key(found.here.text)
        return bool(has_key) and self._units.requires(target.real)

    def _apply(self, row: FileRow, done: Callable[[FileRow], None]) -> FileRow:
        """The row as it came out."""
        if not row.found:
            return row
        if self._deadline.is_over():
            return row.as_left("timeout", self._options["state"]) if row.is_change else row
        try:
            self._move(row)
        except Exception as error:  # pylint: disable=broad-except
            return self._failed(row, error)
        if row.is_change:
            done(row)
        return row

    def _move(self, row: FileRow) -> None:
        target, found = row.seen
        with self._tree.folder(target.folder) as place:
            # What is only a path can't be synchronised.
            folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=place)
            try:
                _move(folder, row, target, found)
            finally:
                os.close(folder)

    def _failed(self, row: FileRow, error: Exception) -> FileRow:
        reason, state = reason_of(error), self._options["state"]
        if reason and not row.is_change:
            return row
        if reason in ("busy", "aside_exists") and state == "restored":
            reason = "changed_meanwhile"
        if reason:
            return row.as_left(reason, state)
        return row._replace(action=FAILED, msg=f"It could not be moved: {said_of(error)}.", reason="error")


def _move(folder: int, row: FileRow, target: FileTarget, found: FilesFound) -> None:
    if row.action in (ASIDE, TRIMMED):
        set_aside(folder, target, found.in_place, row.left, found.is_one_file)
    elif row.action == RESTORED:
        restore(folder, target, found)
    else:
        sweep(folder, target)
