# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files below a root folder, read without ever leaving it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import Iterator, NamedTuple

from .backup_names import SUFFIX, asides_of
from .symlinks import PATH_ONLY, parts_of, real_path

BINARY = 8192  # a NUL byte in so many bytes makes a file binary

# What looks like files there is the kernel: to read it can do something, or never end.
OF_THE_KERNEL = ("/proc/", "/sys/", "/dev/")

# Without this flag, outside Linux, it works too: with new access times.
_NO_ATIME = getattr(os, "O_NOATIME", 0)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


_UNREAD = {
    errno.EACCES: "permission_denied",
    errno.EINVAL: "not_regular",
    errno.ELOOP: "link",
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_found",
    errno.EPERM: "permission_denied",
}


def read_reason(error: object) -> str:
    """Why a file or folder could not be searched, as the ``reason`` in ``incomplete``."""
    return _UNREAD.get(getattr(error, "errno", None) or 0, "unreadable")


class NotRegular(OSError):
    """A folder, FIFO, socket, device or something of the kernel where a file is looked for."""

    reason = "not_regular"

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "Not a regular file")


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

    def __init__(self, root: str, suffix: str = SUFFIX) -> None:
        """``suffix`` is that of files that are set aside."""
        self.root = os.path.realpath(root)
        self._suffix = suffix
        self._open_to_others: dict[str, bool] = {}

    def real(self, path: str) -> str:
        """The path without links; what it names need not exist.  Raises OSError where a link is not to be followed."""
        return real_path(self.root, path, lambda name: asides_of(name, self._suffix))

    @contextmanager
    def folder(self, real: str) -> Iterator[int]:
        """A descriptor of a folder.  Links that appeared since ``real`` was told are refused, not followed."""
        descriptor = os.open(self.root, PATH_ONLY & ~os.O_NOFOLLOW)
        try:
            for part in parts_of(real):
                below = os.open(part, PATH_ONLY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def entries(self, real: str) -> Iterator[Iterator[os.DirEntry[str]]]:
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
        if is_of_the_kernel(real):
            raise NotRegular
        return self._read(real, limit)

    def read_of_process(self, pid: int, name: str, limit: int) -> File:
        """The same of what the kernel tells of a process."""
        return self._read(f"/proc/{pid}/{name}", limit)

    def _read(self, real: str, limit: int) -> File:
        with self.folder(os.path.dirname(real)) as folder:
            return read_at(folder, os.path.basename(real), limit)

    def is_open_to_others(self, real: str) -> bool:
        """Whether everybody may pass through a folder and all that are above it, up to the root."""
        if real not in self._open_to_others:
            self._open_to_others[real] = self._lets_others_pass(real)
        return self._open_to_others[real]

    def _lets_others_pass(self, real: str) -> bool:
        descriptor = os.open(self.root, PATH_ONLY & ~os.O_NOFOLLOW)
        try:
            passes = _passes(descriptor)
            for part in parts_of(real):
                below = os.open(part, PATH_ONLY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
                passes = passes and _passes(descriptor)
            return passes
        finally:
            os.close(descriptor)


def is_of_the_kernel(real: str) -> bool:
    """Whether a path without links is of one of the kernel's own file systems."""
    return (real + "/").startswith(OF_THE_KERNEL)


def _passes(folder: int) -> bool:
    return bool(os.fstat(folder).st_mode & stat.S_IXOTH)


def read_at(folder: int, name: str, limit: int) -> File:
    """As ``Tree.read``, of a file in an open folder."""
    with open_regular(folder, name) as descriptor:
        found = os.fstat(descriptor)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    if data is None:
        raise BlockingIOError(errno.EAGAIN, "Nothing to read at this moment")
    return File(found, data[:limit], len(data) <= limit)


@contextmanager
def open_regular(folder: int, name: str) -> Iterator[int]:
    """A descriptor of a regular file in an open folder.  Raises OSError, NotRegular."""
    # Looked at before it is opened: opening a device can do something, and opening a FIFO wakes its writer.
    if not stat.S_ISREG(os.stat(name or ".", dir_fd=folder, follow_symlinks=False).st_mode):
        raise NotRegular
    descriptor = _open_to_read(folder, name)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegular
        yield descriptor
    finally:
        os.close(descriptor)


def _open_to_read(folder: int, name: str) -> int:
    try:
        return os.open(name, _READ | _NO_ATIME, dir_fd=folder)
    except PermissionError:
        # Only the owner and root may leave the access time as it is.
        return os.open(name, _READ, dir_fd=folder)
