# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files below a root folder, read without ever leaving it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import Iterator, NamedTuple, Optional

MAX_LINKS = 40  # as many as Linux follows
BINARY = 8192  # a NUL byte in so many bytes makes a file binary

# Without these flags, outside Linux, it works too: with more permissions, and with new access times.
_PATH_ONLY = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_NO_ATIME = getattr(os, "O_NOATIME", 0)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class NotRegular(OSError):
    """A folder, FIFO, socket or device where a file is looked for."""


class File(NamedTuple):
    """What was read of a file; ``whole`` unless it is larger than what may be read."""

    stat: os.stat_result
    data: bytes
    whole: bool

    @property
    def text(self) -> str:
        return self.data.decode("latin-1")

    @property
    def is_binary(self) -> bool:
        return b"\0" in self.data[:BINARY]


class Tree:
    """Paths are as seen from the root, links too, as after a chroot: none leads out of it."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._open_to_others: dict[str, bool] = {}

    def real(self, path: str) -> str:
        """The path without links; what it names need not exist.  Raises OSError where it leads round in circles."""
        pending, links = _parts(path), 0
        done: list[str] = []
        while pending:
            part = pending.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            link = self._link(done + [part])
            if link is None:
                done.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            done = [] if link.startswith("/") else done
            pending = _parts(link) + pending
        return "/" + "/".join(done)

    def _link(self, parts: list[str]) -> Optional[str]:
        try:
            return os.readlink(os.path.join(self.root, *parts))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT, errno.ENOTDIR):
                return None
            raise

    @contextmanager
    def folder(self, real: str) -> Iterator[int]:
        """A descriptor of a folder.  Links that appeared since ``real`` was told are refused, not followed."""
        descriptor = os.open(self.root, _PATH_ONLY & ~os.O_NOFOLLOW)
        try:
            for part in _parts(real):
                below = os.open(part, _PATH_ONLY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def entries(self, real: str) -> Iterator[Iterator[os.DirEntry]]:
        """What is in a folder."""
        with self.folder(real) as folder:
            descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
        try:
            with os.scandir(descriptor) as found:
                yield found
        finally:
            os.close(descriptor)

    def stat(self, real: str) -> os.stat_result:
        with self.folder(os.path.dirname(real)) as folder:
            return os.stat(os.path.basename(real) or ".", dir_fd=folder, follow_symlinks=False)

    def read(self, real: str, limit: int) -> File:
        """The first ``limit`` bytes of a regular file.  Raises OSError, NotRegular for what is none."""
        with self.folder(os.path.dirname(real)) as folder:
            return read_at(folder, os.path.basename(real), limit)

    def is_open_to_others(self, real: str) -> bool:
        """Whether everybody may pass through a folder and all that are above it, up to the root."""
        if real not in self._open_to_others:
            passes = bool(self.stat(real).st_mode & stat.S_IXOTH)
            above = os.path.dirname(real)
            self._open_to_others[real] = passes and (above == real or self.is_open_to_others(above))
        return self._open_to_others[real]


def read_at(folder: int, name: str, limit: int) -> File:
    """As ``Tree.read``, of a file in an open folder."""
    # Looked at before it is opened: opening a device can do something, and opening a FIFO wakes its writer.
    if not stat.S_ISREG(os.stat(name or ".", dir_fd=folder, follow_symlinks=False).st_mode):
        raise NotRegular(errno.EINVAL, "Not a regular file")
    with os.fdopen(_open_to_read(folder, name), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NotRegular(errno.EINVAL, "Not a regular file")
        data = file.read(limit + 1)
    return File(found, data[:limit], len(data) <= limit)


def _open_to_read(folder: int, name: str) -> int:
    try:
        return os.open(name, _READ | _NO_ATIME, dir_fd=folder)
    except PermissionError:
        # Only the owner and root may leave the access time as it is.
        return os.open(name, _READ, dir_fd=folder)


def shown(name: str) -> str:
    """A path or name as it can be returned: Ansible takes nothing that is not UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
