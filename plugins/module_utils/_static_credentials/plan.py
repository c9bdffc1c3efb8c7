# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides, from what was read, what happens to each file.  Pure."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, Optional, Union

from .._common.plan_summary import Item, Kind, summary
from .._common.sentences import number_of
from .host.known_paths import FOLDER_PATTERNS, HOME_PATHS, MUST_EXIST, OTHER, PROJECT_PATTERNS, SYSTEM_PATHS
from .host.tree import File
from .reasons import reason_message
from .row import ASIDE, LEFT, RESTORED, TRIMMED, UNCHANGED, FileRow
from .state import MAX_SIZE, PathState
from .target import FileTarget
from .text.access_keys import has_key_id
from .text.findings import has_encoded_key_id
from .text.redact import Check, NotRedactable, has_no_settings, has_section, without_credentials

ALL_KINDS = tuple(dict.fromkeys([kind for kind, pattern in (*HOME_PATHS, *SYSTEM_PATHS, *PROJECT_PATTERNS, *FOLDER_PATTERNS)] + [OTHER]))

# AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE can name any file.
MAY_HAVE_PROFILES = ("shared_credentials", "config", OTHER)

Deadlines = Callable[[int], Check]  # takes the owner of files, and returns a check that stops once the owner's time is over


@dataclass(frozen=True)
class AsidePlan:
    """A row for each path."""

    rows: tuple[FileRow, ...]
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[FileRow, ...]:
        """The rows of the files that change."""
        return tuple(row for row in self.rows if row.is_change)

    @property
    def failed(self) -> tuple[FileRow, ...]:
        """The rows that fail the module."""
        return tuple(row for row in self.rows if row.has_failed)

    def diff(self) -> dict[str, Any]:
        """Which files change, without their contents."""
        return {
            "before": {row.path: "aside" if row.action == RESTORED else "in place" for row in self.changes},
            "after": {row.path: "in place" if row.action == RESTORED else row.action for row in self.changes},
        }

    def summary(self, planned: bool) -> str:
        """For example "2 set aside, 1 left.", followed by the first files that failed."""
        failures = [f"{row.path}: {row.msg}" for row in self.failed]
        return summary([Kind([Item(row.action) for row in self.rows])], planned, failures, "No files.")


def plan_files(states: Iterable[PathState], state: str, deadlines: Deadlines = lambda _owner: _go_on) -> AsidePlan:
    """What state=aside or state=restored does with each path, in the same order."""
    states = list(states)
    first_paths: dict[Any, str] = {}
    for each in (each for each in states if not each.reason):
        first_paths.setdefault(_file_name(each), each.path)
    rows = {each.path: _plan(each, state, first_paths, deadlines) for each in by_owner(states)}
    in_order = tuple(rows[each.path] for each in states)
    return AsidePlan(in_order, tuple(_hard_link_warnings(in_order)))


def by_owner(states: Iterable[PathState]) -> list[PathState]:
    """The states in the order of their owners, those of small files first."""
    states = list(states)
    order = owners_in_order(states)
    return sorted(states, key=lambda each: (order.index(each.owner), each.size))


def owners_in_order(files: Iterable[Union[PathState, FileRow]]) -> list[int]:
    """The owners of files, root first and then those with the fewest bytes, so that nobody's large files delay the others."""
    sizes: dict[int, int] = {}
    for each in files:
        sizes[each.owner] = sizes.get(each.owner, 0) + each.size
    return sorted(sizes, key=lambda owner: (owner != 0, sizes[owner], owner))


def _go_on() -> None:
    """A check that never stops."""


def _plan(path: PathState, state: str, first_paths: dict[Any, str], deadlines: Deadlines) -> FileRow:
    """A row; ``first_paths`` has the first path of each file."""
    row = FileRow(path.path, LEFT, "", "error", path.target, path.found, owner=path.owner, is_roots=path.is_roots)
    if path.reason == "excluded":
        return row._replace(action=UNCHANGED, reason=path.reason, msg=reason_message(path.reason))
    if path.reason:
        return row.as_left(path.reason, state)
    first = first_paths[_file_name(path)]
    if first != path.path:
        return row._replace(action=UNCHANGED, reason="same_file", msg=f"This is the same file as {first}.", found=None)
    if path.error:
        return _after_read_error(row, path.error, state)
    try:
        return _plan_file(row, path, state, deadlines(path.owner))
    except Exception as error:  # pylint: disable=broad-except
        return row.as_left_after(error, state, "Could not parse the file")._replace(found=None)


def _after_read_error(row: FileRow, error: Exception, state: str) -> FileRow:
    # No backup can have a name that is too long, so there is nothing to restore.
    if state == "restored" and getattr(error, "errno", None) == errno.ENAMETOOLONG:
        return row._replace(action=UNCHANGED, reason="not_aside", msg="The file is not set aside.")
    return row.as_left_after(error, state, "Could not read the file")


def _plan_file(row: FileRow, path: PathState, state: str, check: Check) -> FileRow:
    check()
    planned = plan_aside(row, path.is_required, check) if state == "aside" else plan_restored(row, check)
    _target, found = row.files
    return row.as_left(found.blocker, state) if planned.is_change and found.blocker else planned


def _file_name(path: Union[PathState, FileRow]) -> Any:
    """Identifies a name in a folder, whatever path leads to it.  Each hard link counts as a file of its own."""
    if path.target and path.found and path.found.folder:
        return path.found.folder, path.target.name
    return path.target.real if path.target else path.path


def _hard_link_warnings(rows: Iterable[FileRow]) -> Iterator[str]:
    """A warning for each file with more names than are set aside: the key is still there under the others."""
    names: dict[tuple[int, int], set[Any]] = {}
    files: dict[tuple[int, int], tuple[str, int]] = {}
    for row in rows:
        for file, name in ((row.found.current, "current"), (row.found.backup, "backup")) if row.found else ():
            if file:
                names.setdefault((file.stat.st_dev, file.stat.st_ino), set()).add((_file_name(row), name))
        if row.action in (ASIDE, TRIMMED):
            _target, found = row.files
            at = found.in_place.stat
            files.setdefault((at.st_dev, at.st_ino), (row.path, at.st_nlink))
    for identity, (path, links) in files.items():
        others = links - len(names[identity])
        if others > 0:
            yield f"The key is still in {number_of(others, 'hard link')} of {path} that paths does not list."


def plan_aside(row: FileRow, is_required: bool, check: Check = _go_on) -> FileRow:
    """What state=aside does with a file."""
    stays = _unless_set_aside(row)
    if stays:
        return stays
    target, found = row.files
    try:
        rest = without_credentials(found.in_place.text, target.kind, check)
    except NotRedactable as error:
        return row._replace(action=LEFT, reason=error.reason, msg=str(error))
    if has_no_settings(rest) and not (is_required or target.kind in MUST_EXIST or _keeps_headers(rest, target.kind)):
        return row._replace(action=ASIDE, reason=None, msg="The file has only credentials, so no other file takes its place.")
    msg = "A copy of the file without the credentials takes its place."
    return row._replace(action=TRIMMED, reason=None, msg=msg, replacement=rest.encode("latin-1"))


def _keeps_headers(rest: str, kind: str) -> bool:
    """Whether something may name the profiles of this file: an SDK refuses a profile that is in no file, [default] too."""
    return kind in MAY_HAVE_PROFILES and has_section(rest)


def _unless_set_aside(row: FileRow) -> Optional[FileRow]:
    """The row of a file that is not to be set aside; None if it is."""
    _target, found = row.files
    file, backup = found.current, found.backup
    if backup and not (file and has_key_id(file.text)):
        return row._replace(action=UNCHANGED, reason="already_aside", msg="The file is already set aside.")
    if not file:
        return row._replace(action=UNCHANGED, reason="not_found", msg="The file does not exist.")
    if not file.is_complete:
        return row._replace(action=LEFT, reason="too_large", msg="The file is larger than 4 MiB. Remove the key by hand.")
    if has_encoded_key_id(file.data, MAX_SIZE):
        msg = "The key is compressed, or encoded in UTF-16 or base64. Remove it by hand."
        return row._replace(action=LEFT, reason="encoded", msg=msg)
    if not has_key_id(file.text):
        return row._replace(action=UNCHANGED, reason="no_access_key", msg="The file contains no access key.")
    if file.is_binary:
        return row._replace(action=LEFT, reason="binary", msg="The file is binary. Remove the key by hand.")
    return row.as_left("aside_exists", "aside") if backup and not found.is_one_file else None


def plan_restored(row: FileRow, check: Check = _go_on) -> FileRow:
    """What state=restored does with a file."""
    target, found = row.files
    file, backup = found.current, found.backup
    if not backup:
        reason = "not_aside" if file else "not_found"
        return row._replace(action=UNCHANGED, reason=reason, msg="The file is not set aside.")
    if file and not found.is_one_file:
        # In a folder that several users may write to, somebody could have planted a false original.
        if (file.owner, file.stat.st_gid) != (backup.owner, backup.stat.st_gid):
            return row.as_left("other_owner", "restored")
        if not _is_replacement(target, file, backup, check):
            return row.as_left("changed_meanwhile", "restored")
    return row._replace(action=RESTORED, reason=None, msg="The original is back in its place.")


def _is_replacement(target: FileTarget, file: File, original: File, check: Check) -> bool:
    """Whether a file is the unchanged copy of the original without credentials.

    It may have been made under another path, and so for another kind of file.
    """
    if not (file.is_complete and original.is_complete):
        return False
    return any(file.text == _rest_of(original.text, kind, check) for kind in dict.fromkeys([target.kind, *ALL_KINDS]))


def _rest_of(text: str, kind: str, check: Check) -> Optional[str]:
    try:
        return without_credentials(text, kind, check)
    except NotRedactable:
        return None
