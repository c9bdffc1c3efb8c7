# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves a path whose symbolic links other users may have made.

Whoever creates a link may have no rights to its target.  So a link is only followed if it belongs to root, to the user
who runs this, or to the owner of its target.  The kernel has this rule too (protected_symlinks), but only for folders
such as /tmp.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Callable, NamedTuple, Optional, Union

MAX_LINKS = 40  # as many as Linux follows
MAX_STEPS = 10000  # folders opened for one path: more than any real path needs, and still fast

# Systems other than Linux have no O_PATH.  There, opening a folder takes permission to read it.
_PATH = getattr(os, "O_PATH", 0)
PATH_ONLY = (_PATH or os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW

BackupName = Callable[[str], str]  # the backup name of a file, by its name


class UntrustedLink(OSError):
    """A link to something that the link's owner does not own."""

    def __init__(self) -> None:
        super().__init__(errno.ELOOP, "A link in the path belongs neither to root nor to the owner of its target")


class _Link(NamedTuple):
    text: str
    owner: int


class _TrustedOwner(NamedTuple):
    """Follows the parts of a link's text: the link's owner, who must own what they lead to."""

    uid: int


def real_path(root: str, path: str, backup_name: BackupName) -> str:
    """A path inside the root without links; its last part need not exist.

    Raises UntrustedLink, and OSError for links in a circle.
    """
    position = _Position(root)
    try:
        return _follow(position, path, backup_name)
    finally:
        position.close()


def path_parts(path: str) -> list[str]:
    """The names in a path.  Raises FileNotFoundError for what can't be a path."""
    if "\0" in path:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return [part for part in path.split("/") if part not in ("", ".")]


def _follow(position: _Position, path: str, backup_name: BackupName) -> str:
    pending: list[Union[str, _TrustedOwner]] = list(reversed(path_parts(path)))
    links = 0
    while pending:
        part = pending.pop()
        if isinstance(part, _TrustedOwner):
            if part.uid not in (0, os.geteuid(), position.owner(backup_name)):
                raise UntrustedLink
            continue
        link = position.enter(part)
        if link:
            links += 1
            if links > MAX_LINKS:
                raise _loop()
            if link.text.startswith("/"):
                position.go_back([])
            pending += [_TrustedOwner(link.owner)] + list(reversed(path_parts(link.text)))
    return "/" + "/".join(position.parts)


class _Position:
    """How far the path is resolved: ``parts`` from the root; the first ``depth`` are folders, and the last of these is open."""

    def __init__(self, root: str) -> None:
        self.parts: list[str] = []
        self._root = root
        self._steps = 0
        self._depth = 0
        self._folder = os.open(root, PATH_ONLY & ~os.O_NOFOLLOW)

    def close(self) -> None:
        os.close(self._folder)

    def enter(self, part: str) -> Optional[_Link]:
        """Goes to the entry of that name, unless it is a link: that is returned."""
        if part == "..":
            self.go_back(self.parts[:-1])
            return None
        entry = _entry(self._folder, part) if self._depth == len(self.parts) else None
        if isinstance(entry, _Link):
            return entry
        self.parts.append(part)
        if entry and stat.S_ISDIR(entry.st_mode):
            self._open(part)
        return None

    def go_back(self, parts: list[str]) -> None:
        """Goes back to a folder above."""
        self.parts = parts
        if self._depth > len(parts):
            self.close()
            self._depth, self._folder = 0, os.open(self._root, PATH_ONLY & ~os.O_NOFOLLOW)
            for part in parts:
                self._open(part)

    def owner(self, backup_name: BackupName) -> int:
        """The owner of what is at this path.  If nothing is, the owner of its backup, or else of the folder."""
        missing = self.parts[self._depth :]
        for name in [missing[0], backup_name(missing[0])] if len(missing) == 1 else []:
            try:
                return os.stat(name, dir_fd=self._folder, follow_symlinks=False).st_uid
            except (FileNotFoundError, NotADirectoryError):
                pass
        return os.fstat(self._folder).st_uid

    def _open(self, part: str) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _loop()
        below = os.open(part, PATH_ONLY, dir_fd=self._folder)
        os.close(self._folder)
        self._depth, self._folder = self._depth + 1, below


def _entry(folder: int, name: str) -> Union[_Link, os.stat_result, None]:
    """The entry of a folder; None if there is none of that name."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _read_link(folder, name) if stat.S_ISLNK(found.st_mode) else found


def _read_link(folder: int, name: str) -> _Link:
    if not _PATH:
        owner = os.stat(name, dir_fd=folder, follow_symlinks=False).st_uid
        return _Link(os.readlink(name, dir_fd=folder), owner)
    # Opened first, so that text and owner are those of one link, even if somebody replaces it in between.
    link = os.open(name, _PATH | os.O_NOFOLLOW, dir_fd=folder)
    try:
        return _Link(os.readlink("", dir_fd=link), os.fstat(link).st_uid)
    finally:
        os.close(link)


def _loop() -> OSError:
    return OSError(errno.ELOOP, os.strerror(errno.ELOOP))
