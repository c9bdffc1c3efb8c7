# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_aside's work: plans for each file what to do with it, does it, and tells."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple, Optional

from .._common.errors import OptionError
from .changes import restore, set_aside, sweep
from .host.places import CONTAINER_ENVIRONMENT, UNIT_ENVIRONMENT
from .host.tree import File, NotRegular, Tree
from .host.units import Units
from .info import BINARY, check_absolute, check_root
from .target import Found, Target, find, has_key
from .text.cut import says_nothing, without_credentials
from .text.stuck import Stuck

ASIDE, TRIMMED, RESTORED, UNCHANGED, LEFT, FAILED = "aside", "trimmed", "restored", "unchanged", "left", "failed"
CHANGES = (ASIDE, TRIMMED, RESTORED)
CHANGED_MEANWHILE = "changed_meanwhile"

# Somebody else names these files, and may refuse to start without them.
_MUST_EXIST = (CONTAINER_ENVIRONMENT, UNIT_ENVIRONMENT)
_SUFFIX = re.compile(r"[A-Za-z0-9._~+-]+")


class Row(NamedTuple):
    """What is to be done with one file; ``left`` is what takes its place, None if nothing does."""

    path: str
    action: str
    msg: str
    reason: Optional[str] = None
    target: Optional[Target] = None
    found: Optional[Found] = None
    left: Optional[bytes] = None

    @property
    def has_failed(self) -> bool:
        return self.action == FAILED or self.reason == CHANGED_MEANWHILE

    def as_result(self) -> dict[str, Any]:
        aside_path = self.target.aside_path if self.target else None
        return {
            "path": self.path, "action": self.action, "aside_path": aside_path, "reason": self.reason, "msg": self.msg
        }


def check(options: dict[str, Any]) -> None:
    """Raises OptionError for a value that can't be used."""
    check_root(options["root"])
    check_absolute(options["paths"])
    suffix = options["suffix"]
    if not _SUFFIX.fullmatch(suffix):
        raise OptionError("suffix", f"{suffix!r} can't end a file's name.", "Give letters, digits and . _ ~ + - only.")
    for path in options["paths"]:
        if path.endswith(suffix):
            raise OptionError("paths", f"{path} is a file that was set aside.", "Give the path that it had before.")


class Job:
    """Plans first and moves then, so that check mode tells what a real run does."""

    def __init__(self, options: dict[str, Any]) -> None:
        check(options)
        self._options = options
        self._tree = Tree(options["root"])
        self._units = Units(self._tree)
        self._by_real: dict[str, str] = {}

    def plan(self) -> list[Row]:
        """A row for each path, in the order in which they were given."""
        return [self._plan(path) for path in dict.fromkeys(self._options["paths"])]

    def apply(self, rows: list[Row]) -> list[Row]:
        """Does it, and returns the rows with what failed."""
        return [self._apply(row) for row in rows]

    def _plan(self, path: str) -> Row:
        if path.startswith("/proc/"):
            return Row(path, LEFT, "It is the environment of a process. Restart that without the key.", "process")
        try:
            target = Target.of(self._tree, path, self._options["suffix"])
            first = self._by_real.setdefault(target.real, path)
            if first != path:
                return Row(path, UNCHANGED, f"It is the same file as {first}.", "same_file", target)
            found = find(self._tree, target)
        except NotRegular:
            return Row(path, FAILED, "It is no regular file. Give the files that are in it.", "not_regular")
        except OSError as error:
            return Row(path, FAILED, f"It can't be read: {error.strerror}.", "error")
        plan = self._plan_aside if self._options["state"] == "aside" else plan_restored
        return plan(target, found)._replace(target=target, found=found)

    def _plan_aside(self, target: Target, found: Found) -> Row:
        problem = _before_aside(target, found)
        if problem:
            return problem
        try:
            left = without_credentials(found.here.text, target.kind)
        except Stuck as stuck:
            return Row(target.path, LEFT, str(stuck), stuck.reason)
        if says_nothing(left) and not self._must_exist(target):
            return Row(target.path, ASIDE, "It has nothing but credentials, so nothing takes its place.")
        said = "What is left without the credentials takes its place."
        return Row(target.path, TRIMMED, said, left=left.encode("latin-1"))

    def _must_exist(self, target: Target) -> bool:
        return target.kind in _MUST_EXIST or self._units.name(target.real)

    def _apply(self, row: Row) -> Row:
        if not row.target or not row.found or row.reason == "same_file":
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
        return row


def plan_restored(target: Target, found: Found) -> Row:
    """What state=restored does with a file."""
    path = target.path
    if not found.aside:
        return Row(path, UNCHANGED, "It is not set aside.", "not_aside" if found.here else "not_found")
    if not found.here or found.is_one_file or _is_ours(target, found.here, found.aside):
        return Row(path, RESTORED, "The original is back in its place.")
    said = f"Somebody has changed it since. Bring it together with {target.aside_path} by hand, and remove that."
    return Row(path, LEFT, said, CHANGED_MEANWHILE)


def _is_ours(target: Target, here: File, original: File) -> bool:
    """Whether a file is what was left of the original."""
    try:
        return here.whole and original.whole and here.text == without_credentials(original.text, target.kind)
    except Stuck:
        return False


def _before_aside(target: Target, found: Found) -> Optional[Row]:
    """The row of a file that is not to be set aside."""
    path, here = target.path, found.here
    if found.aside and not (here and has_key(here)):
        return Row(path, UNCHANGED, "It is set aside already.", "already_aside")
    if not here:
        return Row(path, UNCHANGED, "It does not exist.", "not_found")
    if not here.whole:
        return Row(path, LEFT, "It is larger than 16 MiB. Take the key out by hand.", "too_large")
    if not has_key(here):
        return Row(path, UNCHANGED, "It has no access key.", "no_access_key")
    if b"\0" in here.data[:BINARY]:
        return Row(path, LEFT, "It is a binary file. Take the key out by hand.", "binary")
    if found.aside and not found.is_one_file:
        said = f"It has a key again, and {target.aside_path} exists already. Restore or remove that first."
        return Row(path, FAILED, said, "aside_exists")
    return None


def _move(folder: int, row: Row) -> None:
    if row.action in (ASIDE, TRIMMED):
        set_aside(folder, row.target, row.found.here, row.left, row.found.is_one_file)
    elif row.action == RESTORED:
        restore(folder, row.target, bool(row.found.here), row.found.is_one_file)
    else:
        sweep(folder, row.target)


def _failed(row: Row, error: OSError) -> Row:
    return row._replace(action=FAILED, msg=f"It could not be moved: {error.strerror}.", reason="error")
