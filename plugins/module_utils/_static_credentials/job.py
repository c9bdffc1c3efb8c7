# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of static_credentials_aside: reads the files, plans, moves them, and makes the return values."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import Any, Callable, Mapping, NamedTuple, Optional

from .changes import remove_new_file, restore, set_aside
from .host.backup_names import backup_path, original_path
from .host.exclusions import Exclusions
from .host.path_escaping import escaped_path
from .host.preflight import Preflight
from .host.systemd_units import SystemdUnits
from .host.tree import Tree, check_root
from .host.unix_users import UNKNOWN, UnixUsers
from .options import check_aside, given_paths
from .plan import AsidePlan, owners_in_order, plan_files
from .reader import read_files
from .reasons import NoLock, OtherRun, reason_of
from .row import ASIDE, RESTORED, TRIMMED, FileRow
from .run_lock import RunLock
from .state import FilesFound, PathState
from .target import FileTarget
from .text.access_keys import has_key_id
from .time_slicing import Deadline, FairDeadlines, TimeOver, in_time

# The shares of the time that is left for waiting for another run, for finding out whose the files are, for reading and for planning. The rest is
# for moving the files.
WAITING, LISTING, READING, PLANNING = 0.5, 0.2, 0.5, 0.7
MAX_HELD = 64 * 1024 * 1024  # bytes of the files of one user: all are in memory until they are moved


class _Folder(NamedTuple):
    """Whose a file or its backup is, or its folder if there are none, and whether only root can change that folder and those above it.

    ``size`` is that of the file.
    """

    owner: int = UNKNOWN
    is_roots: bool = False
    size: int = 0


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
        self._preflight = Preflight(self._tree)
        self._users = UnixUsers(self._tree)
        self._held: Counter[int] = Counter()  # bytes, by owner
        self._blocked: set[tuple[int, int]] = set()  # owners, and the devices of file systems that no longer respond
        self._exclusions = Exclusions(given_paths(options, "exclude"))
        self._lock = RunLock()

    def read(self, check_mode: bool) -> list[PathState]:
        """What is on the disk for each path, in the order of the option.

        Unless in check mode, no other run changes a file from here until the end of ``apply``, or of the process.
        """
        paths = given_paths(self._options, "paths")
        try:
            if not check_mode:
                self._lock.take(Deadline(self._deadline.left() * WAITING))
        except (NoLock, OtherRun) as error:
            # Only root, or the user who runs this, can have caused it.
            return [PathState(escaped_path(path), error=error, is_roots=True) for path in paths]
        return self._read_all(paths)

    def plan(self, actual: list[PathState]) -> AsidePlan:
        """A row for each path."""
        deadlines = FairDeadlines(self._deadline.left() * PLANNING, owners_in_order(actual))
        return plan_files(actual, self._options["state"], lambda owner: deadlines.of(owner).check)

    def apply(self, plan: AsidePlan, done: Callable[[FileRow], None]) -> AsidePlan:
        """Moves the files, in the order of their owners.  The rows of the returned plan say what failed."""
        try:
            return self._apply_all(plan, done)
        finally:
            self._lock.release()

    def result(self, plan: AsidePlan) -> dict[str, Any]:
        """The module's return values."""
        return {
            "files": [row.as_result() for row in plan.rows],
            "failed": bool(plan.failed),
        }

    def _read_all(self, paths: list[str]) -> list[PathState]:
        folders = self._folders_of(paths)
        owners = sorted({folder.owner for folder in folders.values()}, key=lambda owner: (owner != 0, owner))
        deadlines = FairDeadlines(self._deadline.left() * READING, owners)
        # Small ones first: others decide what is in a log of root, and large ones may be too many.
        in_order = sorted(folders, key=lambda path: (owners.index(folders[path].owner), folders[path].size))
        states = {path: self._limited(self._read_in_time(path, folders[path], deadlines.of(folders[path].owner))) for path in in_order}
        return [self._with_units(states[path]) for path in paths]

    def _folders_of(self, paths: list[str]) -> dict[str, _Folder]:
        """Whose files are, and their folders, before anything is opened that may not respond."""
        folders: dict[str, _Folder] = {}
        for number, path in enumerate(paths):
            try:
                seconds = self._deadline.left() * LISTING / (len(paths) - number)
                folders[path] = in_time(partial(self._folder, path), seconds)
            except (TimeOver, OSError):
                folders[path] = _Folder()
        return folders

    def _folder(self, path: str) -> _Folder:
        real = self._tree.real(path)
        owners = [self._tree.owner_of_file(each) for each in (real, backup_path(real, self._options["suffix"]))]
        accounts = [self._users.account(owner) for owner in owners if owner is not None]
        folder = os.path.dirname(real)
        of_folder = self._users.account(self._tree.owner(folder))
        size = 0 if owners[0] is None else self._tree.stat(real).st_size
        return _Folder(next(filter(None, accounts), 0) if accounts else of_folder, self._tree.is_only_roots(folder), size)

    def _read_in_time(self, path: str, folder: _Folder, deadline: Deadline) -> PathState:
        try:
            return self._owned(self._unless_skipped(path, deadline) or in_time(partial(self._read, path), deadline.left()), folder)
        except TimeOver:
            return self._owned(PathState(escaped_path(path), reason="timeout"), folder)

    def _unless_skipped(self, path: str, deadline: Deadline) -> Optional[PathState]:
        """The state of a path that is not read; None if it is."""
        if self._exclusions.cover(path):
            return PathState(escaped_path(path), reason="excluded")
        # A user can give a file such a name, so it fails nobody else's.
        if original_path(path, self._options["suffix"]):
            return PathState(escaped_path(path), reason="backup")
        is_process = path.startswith("/proc/") and not deadline.is_over()
        return PathState(escaped_path(path), reason="process") if is_process else None

    def _owned(self, state: PathState, folder: _Folder) -> PathState:
        files = state.found.files if state.found else []
        owner = self._users.account(files[0].owner) if files else folder.owner
        return state._replace(owner=owner, is_roots=folder.is_roots and all(file.is_only_roots for file in files))

    def _limited(self, state: PathState) -> PathState:
        """The state, without the data if the files of its owner would fill the memory of the host."""
        self._held[state.owner] += state.found.held if state.found else 0
        return state._replace(found=None, reason="too_large", has_key=False) if self._held[state.owner] > MAX_HELD else state

    def _read(self, path: str) -> PathState:
        escaped, target = escaped_path(path), None
        try:
            target = FileTarget.of(self._tree, path, self._options["suffix"])
            if self._exclusions.cover(target.real):
                return PathState(escaped, target, reason="excluded")
            found = read_files(self._tree, target, self._preflight)
            # Only matters for the units that require the file.
            has_key = self._options["state"] == "aside" and bool(found.current and has_key_id(found.current.text))
            return PathState(escaped, target, found, has_key=has_key)
        except Exception as error:  # pylint: disable=broad-except
            # Whatever users do to their files must not affect the files of others.
            return PathState(escaped, target, error=error)

    def _with_units(self, state: PathState) -> PathState:
        """The state with whether a unit requires the file.  Units are of all users, so reading them takes none of its owner's time."""
        if not (state.has_key and state.target):
            return state
        try:
            return state._replace(is_required=in_time(partial(self._units.require, state.target.real), self._deadline.left() / 2))
        except TimeOver:
            return state._replace(is_required=True)  # A unit that was not read may name it.
        except Exception as error:  # pylint: disable=broad-except
            return state._replace(found=None, error=error)

    def _apply_all(self, plan: AsidePlan, done: Callable[[FileRow], None]) -> AsidePlan:
        owners = owners_in_order(row for row in plan.rows if row.found)
        deadlines, rows = FairDeadlines(self._deadline.left(), owners), dict(enumerate(plan.rows))
        for number, row in sorted(rows.items(), key=lambda each: owners.index(each[1].owner) if each[1].found else -1):
            rows[number] = self._apply(row, deadlines.of(row.owner), done) if row.found else row
        return AsidePlan(tuple(rows.values()), plan.warnings)

    def _apply(self, row: FileRow, deadline: Deadline, done: Callable[[FileRow], None]) -> FileRow:
        """The row with its outcome."""
        # The rest of the owner's time is for other file systems.
        device, seconds = _device_of(row.files[1]), deadline.left() / 2
        if seconds <= 0 or (row.owner, device) in self._blocked:
            return row.as_left("timeout", self._options["state"]) if row.is_change else row
        try:
            in_time(partial(self._move, row), seconds)
        except TimeOver:
            self._blocked.add((row.owner, device))
            return self._after_no_response(row, done)
        except Exception as error:  # pylint: disable=broad-except
            return self._after_error(row, error)
        if row.is_change:
            done(row)
        return row

    def _after_no_response(self, row: FileRow, done: Callable[[FileRow], None]) -> FileRow:
        """The move may have happened, or happen later, so it counts as a change."""
        if not row.is_change:
            return row
        done(row)
        return row.as_left("no_response", self._options["state"])

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


def _device_of(found: FilesFound) -> int:
    return next((file.stat.st_dev for file in (found.current, found.backup) if file), -1)


def _move(folder: int, row: FileRow, target: FileTarget, found: FilesFound) -> None:
    if row.action in (ASIDE, TRIMMED):
        set_aside(folder, target, found.in_place, row.replacement, found.is_one_file)
    elif row.action == RESTORED:
        restore(folder, target, found)
    else:
        remove_new_file(folder, target, next(iter(found.files), None))
