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
from contextlib import contextmanager
from typing import Callable, Iterator, NamedTuple, Optional, Union

from .path_escaping import LONGEST_ESCAPE, escaped_path
from .search_paths import LONGEST_PATH

MAX_LINKS = 40  # as many as Linux follows
MAX_STEPS = 10000  # folders opened for one path: more than any real path needs, and still fast

# Systems other than Linux have no O_PATH.  There, opening a folder takes permission to read it.
_PATH = getattr(os, "O_PATH", 0)
PATH_ONLY = (_PATH or os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW

OwnerOf = Callable[[int, os.stat_result], int]  # takes an open file
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


def real_path(root: str, path: str, backup_name: BackupName, owner_of: OwnerOf) -> str:
    """A path inside the root without links; its last part need not exist.

    Raises UntrustedLink, and OSError for links in a circle and for a path that no program can open.
    """
    _check_length(path)
    position = _Position(root, owner_of)
    try:
        real = _follow(position, path, backup_name)
    finally:
        position.close()
    _check_length(real)
    return real


def _check_length(path: str) -> None:
    """Raises OSError for a path that no program can open, or that takes as much in the results, where invisible characters are escaped."""
    if len(path) > LONGEST_PATH // LONGEST_ESCAPE and len(escaped_path(path)) > LONGEST_PATH:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


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

    def __init__(self, root: str, owner_of: OwnerOf) -> None:
        self.parts: list[str] = []
        self._owner_of = owner_of
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
        entry = self._entry(part) if self._depth == len(self.parts) else None
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
                return self._owner_at(name)
            except (FileNotFoundError, NotADirectoryError):
                pass
        return self._owner_of(self._folder, os.fstat(self._folder))

    def _entry(self, name: str) -> Union[_Link, os.stat_result, None]:
        """The entry of the folder; None if there is none of that name."""
        try:
            found = os.stat(name, dir_fd=self._folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return self._read_link(name) if stat.S_ISLNK(found.st_mode) else found

    def _read_link(self, name: str) -> _Link:
        if not _PATH:
            return _Link(os.readlink(name, dir_fd=self._folder), self._owner_at(name))
        # Opened first, so that text and owner are those of one link, even if somebody replaces it in between.
        with self._opened(name) as link:
            return _Link(os.readlink("", dir_fd=link), self._owner_of(link, os.fstat(link)))

    def _owner_at(self, name: str) -> int:
        if not _PATH:
            return self._owner_of(self._folder, os.stat(name, dir_fd=self._folder, follow_symlinks=False))
        with self._opened(name) as entry:
            return self._owner_of(entry, os.fstat(entry))

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        entry = os.open(name, _PATH | os.O_NOFOLLOW, dir_fd=self._folder)
        try:
            yield entry
        finally:
            os.close(entry)

    def _open(self, part: str) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _loop()
        below = os.open(part, PATH_ONLY, dir_fd=self._folder)
        os.close(self._folder)
        self._depth, self._folder = self._depth + 1, below


def _loop() -> OSError:
    return OSError(errno.ELOOP, os.strerror(errno.ELOOP))
