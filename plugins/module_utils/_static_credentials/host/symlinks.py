# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a path leads, over links that other users may have made.

Whoever writes a link may be without any right to the file that it names.  So it counts only if it belongs to root, to
who runs this, or to the owner of what it leads to.  The kernel has this rule too (protected_symlinks), but only for
folders such as /tmp.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Callable, Iterable, NamedTuple, Optional, Union

MAX_LINKS = 40  # as many as Linux follows
MAX_STEPS = 10000  # folders opened for one path: that is more than any path has, and soon done

# Without O_PATH, outside Linux, it works too: with more permissions.
_PATH = getattr(os, "O_PATH", 0)
PATH_ONLY = (_PATH or os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW

# Takes the name of a file that does not exist, and gives the names which the same file may have now.
StandIns = Callable[[str], Iterable[str]]


class ForeignLink(OSError):
    """A link that leads to what its owner does not own."""

    def __init__(self) -> None:
        super().__init__(errno.ELOOP, "A link on the way belongs neither to root nor to the owner of what it leads to")


class _Link(NamedTuple):
    text: str
    owner: int


class _Owner(NamedTuple):
    """Stands after the parts of a link's text: who has to own what they lead to."""

    uid: int


def real_path(root: str, path: str, stand_ins: StandIns) -> str:
    """A path as seen from the root without links; what it names need not exist.

    Raises OSError where links lead round in circles, and ForeignLink.
    """
    way = _Way(root)
    try:
        return _follow(way, path, stand_ins)
    finally:
        way.close()


def parts_of(path: str) -> list[str]:
    """The names in a path.  Raises FileNotFoundError for what is the path of no file."""
    if "\0" in path:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return [part for part in path.split("/") if part not in ("", ".")]


def _follow(way: _Way, path: str, stand_ins: StandIns) -> str:
    pending: list[Union[str, _Owner]] = list(reversed(parts_of(path)))
    links = 0
    while pending:
        part = pending.pop()
        if isinstance(part, _Owner):
            if part.uid not in (0, os.geteuid(), way.owner(stand_ins)):
                raise ForeignLink
            continue
        link = way.go(part)
        if link:
            links += 1
            if links > MAX_LINKS:
                raise _loop()
            if link.text.startswith("/"):
                way.go_to([])
            pending += [_Owner(link.owner)] + list(reversed(parts_of(link.text)))
    return "/" + "/".join(way.parts)


class _Way:
    """How far one has come: ``parts`` from the root, of which the first ``depth`` are folders; the last one is open."""

    def __init__(self, root: str) -> None:
        self.parts: list[str] = []
        self._root = root
        self._steps = 0
        self._depth = 0
        self._folder = os.open(root, PATH_ONLY & ~os.O_NOFOLLOW)

    def close(self) -> None:
        os.close(self._folder)

    def go(self, part: str) -> Optional[_Link]:
        """Goes on to what has that name here, unless it is a link, which is returned."""
        if part == "..":
            self.go_to(self.parts[:-1])
            return None
        found = _look(self._folder, part) if self._depth == len(self.parts) else None
        if isinstance(found, _Link):
            return found
        self.parts.append(part)
        if found and stat.S_ISDIR(found.st_mode):
            self._open(part)
        return None

    def go_to(self, parts: list[str]) -> None:
        """Goes back to what lies above."""
        self.parts = parts
        if self._depth > len(parts):
            self.close()
            self._depth, self._folder = 0, os.open(self._root, PATH_ONLY & ~os.O_NOFOLLOW)
            for part in parts:
                self._open(part)

    def owner(self, stand_ins: StandIns) -> int:
        """Who owns what is here, or what stands in for it; if there is nothing, the folder where it would be."""
        missing = self.parts[self._depth :]
        for name in [missing[0], *stand_ins(missing[0])] if len(missing) == 1 else []:
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


def _look(folder: int, name: str) -> Union[_Link, os.stat_result, None]:
    """What has that name; None if there is nothing."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _read_link(folder, name) if stat.S_ISLNK(found.st_mode) else found


def _read_link(folder: int, name: str) -> _Link:
    if not _PATH:
        owner = os.stat(name, dir_fd=folder, follow_symlinks=False).st_uid
        return _Link(os.readlink(name, dir_fd=folder), owner)
    # Opened, so that text and owner are of the same link even if somebody puts another one in its place.
    link = os.open(name, _PATH | os.O_NOFOLLOW, dir_fd=folder)
    try:
        return _Link(os.readlink("", dir_fd=link), os.fstat(link).st_uid)
    finally:
        os.close(link)


def _loop() -> OSError:
    return OSError(errno.ELOOP, os.strerror(errno.ELOOP))
