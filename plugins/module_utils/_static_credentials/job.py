# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_aside's work: from its options, over the plan, to what it moves and returns."""

from __future__ import annotations

import os
from typing import Any, Callable, Mapping

from .changes import restore, set_aside, sweep
from .host.tree import Tree
from .host.units import Units
from .options import check_aside
from .plan import ASIDE, FAILED, RESTORED, TRIMMED, UNCHANGED, AsidePlan, FileRow, Observation, plan_files
from .target import FilesFound, FileTarget, read_files
from .text.keys import has_access_key


class AsideJob:
    """Sets files aside, or restores them."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raises OptionError."""
        check_aside(options)
        self._options = options
        self._tree = Tree(options["root"])
        self._units = Units(self._tree)

    def read(self) -> list[Observation]:
        """What is there under each path, in the order in which they were given."""
        return [self._observe(path) for path in dict.fromkeys(self._options["paths"])]

    def plan(self, actual: list[Observation]) -> AsidePlan:
        """A row for each path."""
        return plan_files(actual, self._options["state"])

    def apply(self, plan: AsidePlan, done: Callable[[FileRow], None]) -> AsidePlan:
        """Moves the files; the plan returned says what failed."""
        return AsidePlan(tuple(self._apply(row, done) for row in plan.rows))

    def result(self, plan: AsidePlan) -> dict[str, Any]:
        """The module's return values."""
        return {
            "files": [row.as_result() for row in plan.rows],
            "msg": plan.summary(),
            "failed": bool(plan.failed),
        }

    def _observe(self, path: str) -> Observation:
        if path.startswith("/proc/"):
            return Observation(path)
        target = None
        try:
            target = FileTarget.of(self._tree, path, self._options["suffix"])
            found = read_files(self._tree, target)
        except OSError as error:
            return Observation(path, target, error=error)
        return Observation(path, target, found, self._is_required(target, found))

    def _is_required(self, target: FileTarget, found: FilesFound) -> bool:
        # To go through the units takes a while, and counts only where keys go.
        has_key = self._options["state"] == "aside" and found.here and has_access_key(found.here.text)
        return bool(has_key) and self._units.requires(target.real)

    def _apply(self, row: FileRow, done: Callable[[FileRow], None]) -> FileRow:
        """The row as it came out."""
        if not row.found:
            return row
        try:
            with self._tree.folder(row.target.folder) as place:
                # What is only a path can't be synchronised.
                folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=place)
                try:
                    _move(folder, row)
                finally:
                    os.close(folder)
        except FileNotFoundError as error:
            return row if row.action == UNCHANGED else _failed(row, error)
        except OSError as error:
            return _failed(row, error)
        if row.is_change:
            done(row)
        return row


def _move(folder: int, row: FileRow) -> None:
    if row.action in (ASIDE, TRIMMED):
        set_aside(folder, row.target, row.found.here, row.left, row.found.is_one_file)
    elif row.action == RESTORED:
        restore(folder, row.target, bool(row.found.here), row.found.is_one_file)
    else:
        sweep(folder, row.target)


def _failed(row: FileRow, error: OSError) -> FileRow:
    return row._replace(action=FAILED, msg=f"It could not be moved: {error.strerror}.", reason="error")
