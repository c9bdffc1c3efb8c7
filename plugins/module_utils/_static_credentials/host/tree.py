# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the files inside a root folder without ever leaving it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import Callable, Iterator, NamedTuple, Optional

from ..._common.errors import OptionError
from ..._common.mounts import Mounts
from .backup_names import SUFFIX, backup_path
from .symlinks import PATH_ONLY, path_parts, real_path

BINARY = 8192  # a file is binary if there is a NUL byte in its first so many bytes

# These are not files: reading some of them has side effects, or never ends.
KERNEL_FOLDERS = ("/proc/", "/sys/", "/dev/")

# Systems other than Linux have no O_NOATIME.  There, reading changes access times.
_NO_ATIME = getattr(os, "O_NOATIME", 0)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

_CHUNK = 1024 * 1024
ACCESS_LIST = "system.posix_acl_access"

_READ_REASONS = {
    errno.EACCES: "permission_denied",
    errno.EINVAL: "not_regular",
    errno.ELOOP: "link",
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_found",
    errno.EPERM: "permission_denied",
}


Skips = Callable[[bytes], bool]  # takes the beginning of a file


def _skips_nothing(_beginning: bytes) -> bool:
    return False


def read_reason(error: object) -> str:
    """Why a file or folder could not be searched, as the ``reason`` in ``incomplete``."""
    return _READ_REASONS.get(getattr(error, "errno", None) or 0, "unreadable")


def check_root(root: str) -> None:
    """Raises OptionError if the root is not a folder."""
    if not os.path.isdir(root):
        raise OptionError("root", f"{root} is not a directory.", "Give the directory where a host's files are mounted, or /.")


class NotRegular(OSError):
    """A folder, FIFO, socket, device or kernel file instead of a regular file."""

    reason = "not_regular"

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "Not a regular file")


class File(NamedTuple):
    """What was read of a file; ``is_complete`` unless the file is larger than the limit, and ``owner`` as Mounts knows it.

    ``is_only_roots`` if nobody but root, or the user who runs this, can change it.
    """

    stat: os.stat_result
    data: bytes
    is_complete: bool
    owner: int
    is_only_roots: bool = False

    @property
    def text(self) -> str:
        return self.data.decode("latin-1")

    @property
    def is_binary(self) -> bool:
        return b"\0" in self.data[:BINARY]


class Tree:
    """The files inside the root.  Paths, and the texts of links, start at the root, as after a chroot."""

    def __init__(self, root: str, suffix: str = SUFFIX) -> None:
        """``suffix`` is that of backup names."""
        self.root = os.path.realpath(root)
        self.mounts = Mounts(self.root)
        self._suffix = suffix
        self._traversable: dict[str, bool] = {}

    def real(self, path: str) -> str:
        """The path without links; its last part need not exist.  Raises OSError for a link that must not be followed."""
        return real_path(self.root, path, lambda name: backup_path(name, self._suffix), self.mounts.owner)

    @contextmanager
    def folder(self, real: str) -> Iterator[int]:
        """A descriptor of a folder.  Links that appeared after the path was resolved are refused."""
        descriptor = os.open(self.root, PATH_ONLY & ~os.O_NOFOLLOW)
        try:
            for part in path_parts(real):
                below = os.open(part, PATH_ONLY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def entries(self, real: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        """The entries of a folder."""
        with self.folder(real) as folder, self.entries_at(folder) as found:
            yield found

    @contextmanager
    def entries_at(self, folder: int) -> Iterator[Iterator[os.DirEntry[str]]]:
        """The entries of an open folder."""
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
        try:
            with os.scandir(descriptor) as found:
                yield found
        finally:
            os.close(descriptor)

    def stat(self, real: str) -> os.stat_result:
        with self.folder(os.path.dirname(real)) as folder:
            return os.stat(os.path.basename(real) or ".", dir_fd=folder, follow_symlinks=False)

    def read(self, real: str, limit: int, skips: Skips = _skips_nothing) -> File:
        """The first ``limit`` bytes of a regular file, or only its beginning if that is skipped.  Raises NotRegular, OSError."""
        if is_in_kernel_folder(real):
            raise NotRegular
        return self._read(real, limit, skips)

    def chunks(self, real: str, start: int, overlap: int) -> Iterator[bytes]:
        """The rest of a regular file from a position on, in parts that overlap.  Raises NotRegular, OSError."""
        with self.folder(os.path.dirname(real)) as folder, self.open_regular(folder, os.path.basename(real)) as descriptor:
            os.lseek(descriptor, start, os.SEEK_SET)
            tail, data = b"", os.read(descriptor, _CHUNK)
            while data:
                yield tail + data
                tail, data = data[-overlap:], os.read(descriptor, _CHUNK)

    def read_of_process(self, pid: int, name: str, limit: int) -> File:
        """The first ``limit`` bytes of a file that the kernel has for a process."""
        return self._read(f"/proc/{pid}/{name}", limit, _skips_nothing, True)

    def _read(self, real: str, limit: int, skips: Skips = _skips_nothing, is_kernels: bool = False) -> File:
        with self.folder(os.path.dirname(real)) as folder:
            return self.read_at(folder, os.path.basename(real), limit, skips, is_kernels)

    def read_at(self, folder: int, name: str, limit: int, skips: Skips = _skips_nothing, is_kernels: bool = False) -> File:
        """As ``read``, for a file in an open folder, which may be one of the kernel's."""
        with self.open_regular(folder, name, is_kernels) as descriptor:
            found = os.fstat(descriptor)
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read(min(BINARY, limit + 1))
                if data and not skips(data):
                    data += file.read(limit + 1 - len(data)) or b""
            owner = self.mounts.owner(descriptor, found)
            only_roots = is_only_roots(descriptor, found, owner)
        if data is None:
            raise BlockingIOError(errno.EAGAIN, "Nothing to read at this moment")
        return File(found, data[:limit], len(data) <= limit, owner, only_roots)

    @contextmanager
    def open_regular(self, folder: int, name: str, is_kernels: bool = False) -> Iterator[int]:
        """A descriptor of a regular file in an open folder.  Raises NotRegular, OSError."""
        # Checked before it is opened: opening a device can have side effects, and opening a FIFO wakes its writer.
        self._check_regular(os.stat(name or ".", dir_fd=folder, follow_symlinks=False), is_kernels)
        descriptor = _open_to_read(folder, name)
        try:
            self._check_regular(os.fstat(descriptor), is_kernels)
            yield descriptor
        finally:
            os.close(descriptor)

    def _check_regular(self, at: os.stat_result, is_kernels: bool) -> None:
        if not stat.S_ISREG(at.st_mode) or (self.mounts.is_kernels(at) and not is_kernels):
            raise NotRegular

    def user_at(self, path: str) -> Optional[int]:
        """Who has mounted a file system in user space there, which can be a single file; None if nobody has, as far as is known."""
        return self.mounts.user_at(self.root.rstrip("/") + path)

    def owner_of_file(self, real: str) -> Optional[int]:
        """Whose a file is that is not opened; None if there is none."""
        try:
            user = self.user_at(real)
            return self.mounts.owner_at(self.stat(real)) if user is None else user
        except OSError:
            return None

    def owner(self, real: str) -> int:
        """Whose a folder is."""
        with self.folder(real) as folder:
            return self.mounts.owner(folder, os.fstat(folder))

    def is_only_roots(self, real: str) -> bool:
        """Whether only root, or the user who runs this, can change a folder and all folders above it, up to the root."""
        return all(is_only_roots(folder, os.fstat(folder), self.mounts.owner(folder, os.fstat(folder))) for folder in self._folders(real))

    def is_traversable_by_others(self, real: str) -> bool:
        """Whether everybody may enter a folder and all folders above it, up to the root."""
        if real not in self._traversable:
            modes = [os.fstat(folder).st_mode for folder in self._folders(real)]
            self._traversable[real] = all(mode & stat.S_IXOTH for mode in modes)
        return self._traversable[real]

    def _folders(self, real: str) -> Iterator[int]:
        """The root and each folder down to this one, each open until the next."""
        descriptor = os.open(self.root, PATH_ONLY & ~os.O_NOFOLLOW)
        try:
            yield descriptor
            for part in path_parts(real):
                below = os.open(part, PATH_ONLY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
                yield descriptor
        finally:
            os.close(descriptor)


def is_in_kernel_folder(real: str) -> bool:
    """Whether a path without links is in one of the kernel's own file systems."""
    return (real + "/").startswith(KERNEL_FOLDERS)


def is_only_roots(descriptor: int, at: os.stat_result, owner: int) -> bool:
    """Whether only root, or the user who runs this, can change an open file or folder."""
    if owner not in (0, os.geteuid()) or at.st_mode & stat.S_IWOTH:
        return False
    return not at.st_mode & stat.S_IWGRP or (at.st_gid == 0 and not _has_access_list(descriptor))


def _has_access_list(descriptor: int) -> bool:
    """Whether there is an access control list: then the bits of the group are its mask, which anybody in the list may have."""
    try:
        # Folders are open for their path only, of which there are no attributes.
        return ACCESS_LIST in os.listxattr(f"/proc/self/fd/{descriptor}")
    except OSError as error:
        return error.errno != errno.ENOTSUP


def _open_to_read(folder: int, name: str) -> int:
    try:
        return os.open(name, _READ | _NO_ATIME, dir_fd=folder)
    except PermissionError:
        # Only root and the owner may use O_NOATIME.
        return os.open(name, _READ, dir_fd=folder)
