# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of static_credentials_aside: reads the files, plans, moves them, and makes the return values."""

from __future__ import annotations

import os
from typing import Any, Callable, Mapping

from .changes import remove_new_file, restore, set_aside
from .host.exclusions import Exclusions
from .host.path_escaping import escaped_path
from .host.preflight import Preflight
from .host.systemd_units import SystemdUnits
from .host.tree import Tree, check_root
from .options import check_aside, given_paths
from .plan import AsidePlan, by_owner, plan_files
from .reader import read_files
from .reasons import reason_of
from .row import ASIDE, RESTORED, TRIMMED, FileRow
from .state import FilesFound, PathState
from .target import FileTarget
from .text.access_keys import has_key_id
from .time_slicing import Deadline, FairDeadlines

# The shares of the time that is left for reading and for planning; the rest is for moving the files.
READING, PLANNING = 0.5, 0.7


class AsideJob:
    """Sets files aside, or restores them."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raises OptionError."""
        check_aside(options)
        check_root(options["root"])
        self._options = options
        self._deadline = Deadline(options["timeout"])
        self._tree = Tree(options["root"], options["suffix"])
        self._units = SystemdUnits(self._tree, self._deadline)
        self._preflight = Preflight(self._tree.root)
        self._owners: dict[str, int] = {}
        self._exclusions = Exclusions(given_paths(options, "exclude"))

    def read(self) -> list[PathState]:
        """What is on the disk for each path, in the order of the option."""
        paths = given_paths(self._options, "paths")
        deadlines = FairDeadlines(self._deadline.left() * READING, map(self._owner, paths))
        states = {path: self._read(path, deadlines.of(self._owner(path))) for path in sorted(paths, key=self._owner)}
        return [states[path] for path in paths]

    def plan(self, actual: list[PathState]) -> AsidePlan:
        """A row for each path."""
        deadlines = FairDeadlines(self._deadline.left() * PLANNING, (each.owner for each in by_owner(actual)))
        return plan_files(actual, self._options["state"], lambda owner: deadlines.of(owner).check)

    def apply(self, plan: AsidePlan, done: Callable[[FileRow], None]) -> AsidePlan:
        """Moves the files.  The rows of the returned plan say what failed."""
        return AsidePlan(tuple(self._apply(row, done) for row in plan.rows), plan.warnings)

    def result(self, plan: AsidePlan) -> dict[str, Any]:
        """The module's return values."""
        return {
            "files": [row.as_result() for row in plan.rows],
            "failed": bool(plan.failed),
        }

    def _owner(self, path: str) -> int:
        """The owner of the folder, which exists whether the file is in its place or set aside; -1 if it is unknown."""
        if path not in self._owners:
            try:
                self._owners[path] = self._tree.stat(os.path.dirname(self._tree.real(path))).st_uid
            except OSError:
                self._owners[path] = -1
        return self._owners[path]

    def _read(self, path: str, deadline: Deadline) -> PathState:
        escaped = escaped_path(path)
        if self._exclusions.cover(path):
            return PathState(escaped, reason="excluded")
        if deadline.is_over():
            return PathState(escaped, reason="timeout")
        if path.startswith("/proc/"):
            return PathState(escaped, reason="process")
        target = None
        try:
            target = FileTarget.of(self._tree, path, self._options["suffix"])
            if self._exclusions.cover(target.real):
                return PathState(escaped, target, reason="excluded")
            found = read_files(self._tree, target, self._preflight)
            return PathState(escaped, target, found, self._is_required(target, found))
        except Exception as error:  # pylint: disable=broad-except
            # Whatever users do to their files must not affect the files of others.
            return PathState(escaped, target, error=error)

    def _is_required(self, target: FileTarget, found: FilesFound) -> bool:
        # Reading the units takes time, and only matters for files with keys.
        has_key = self._options["state"] == "aside" and found.current and has_key_id(found.current.text)
        return bool(has_key) and self._units.require(target.real)

    def _apply(self, row: FileRow, done: Callable[[FileRow], None]) -> FileRow:
        """The row with its outcome."""
        if not row.found:
            return row
        if self._deadline.is_over():
            return row.as_left("timeout", self._options["state"]) if row.is_change else row
        try:
            self._move(row)
        except Exception as error:  # pylint: disable=broad-except
            return self._after_error(row, error)
        if row.is_change:
            done(row)
        return row

    def _move(self, row: FileRow) -> None:
        target, found = row.files
        with self._tree.folder(target.folder) as path_only:
            # fsync takes a descriptor that is open for reading.
            folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=path_only)
            try:
                _move(folder, row, target, found)
            finally:
                os.close(folder)

    def _after_error(self, row: FileRow, error: Exception) -> FileRow:
        reason, state = reason_of(error), self._options["state"]
        if not row.is_change:
            return row
        if reason in ("busy", "aside_exists") and state == "restored":
            return row.as_left("changed_meanwhile", state)
        return row.as_left_after(error, state, "Could not move the file")


def _move(folder: int, row: FileRow, target: FileTarget, found: FilesFound) -> None:
    if row.action in (ASIDE, TRIMMED):
        set_aside(folder, target, found.in_place, row.replacement, found.is_one_file)
    elif row.action == RESTORED:
        restore(folder, target, found)
    else:
        remove_new_file(folder, target)
