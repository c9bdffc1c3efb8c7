# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted, and so whose files are.

A file system in user space shows the owners that its program chooses.  So all its files count as those of the user who has mounted it.  A user can
mount and unmount at any moment, and even unmount what is still open, so the mount of an open file decides, and not its device.  Only that of the root
directory says enough: it can't be unmounted meanwhile, so nothing else has its number.
"""

from __future__ import annotations

import errno
import os
import re
import select
import threading
import time
import weakref
from typing import NamedTuple, Optional

MOUNTS = "/proc/self/mountinfo"
DESCRIPTORS = "/proc/self/fdinfo"
IN_USER_SPACE = ("fuse", "fuseblk")
# File systems in which the kernel shows something, wherever they are mounted
KERNEL = frozenset(
    {
        *("binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "mqueue", "nsfs"),
        *("proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs"),
    }
)

_PAUSE = 10  # times as long as reading the mounts takes
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_USER = re.compile(r"(?:^|,)user_id=(\d+)")
_NUMBER = re.compile(rb"^mnt_id:\s*(\d+)", re.MULTILINE)


class NoLongerMounted(OSError):
    """Somebody has unmounted the file system of an open file, so nobody knows any more whose it was."""

    def __init__(self) -> None:
        super().__init__(errno.ESTALE, "Its file system was unmounted meanwhile")


class _Mount(NamedTuple):
    """``user`` has mounted a file system in user space; 0 if it is another one, or root's."""

    number: int
    point: str
    device: int
    kind: str
    user: int


class Mounts:
    """The mounts that this process sees.  Outside Linux there are none."""

    def __init__(self, root: str) -> None:
        """What is at ``root`` is believed: after a chroot, its mount is not listed."""
        self._lock = threading.Lock()
        self._changes = select.poll()
        self._file = self._open()
        # Open as long as this exists, so that it is not unmounted.
        self._top = os.open(root, os.O_RDONLY)
        weakref.finalize(self, os.close, self._top)
        self._root = _mount_of(self._top)
        self._lines: dict[bytes, _Mount] = {}  # What was read before: parsing hundreds takes long, and a user can change one at any moment.
        self._next_look = 0.0
        self._users: dict[Optional[int], int] = {}
        self.points: set[str] = set()  # where something is mounted
        self._user_at: dict[str, int] = {}
        self._user_of: dict[int, int] = {}  # by device
        self._kernels: set[int] = set()
        self._read()
        self._is_plain = not self._user_at
        device = _device_of(self._top)
        self._root_device = None if device in self._user_of else device

    @property
    def has_users(self) -> bool:
        """Whether users have mounted file systems in user space."""
        return bool(self._user_at)

    def user_at(self, path: str) -> Optional[int]:
        """The user who has mounted a file system in user space at this path, as far as is known; None if nobody has.

        Most of the time is for other things than reading the mounts, however often a user changes them.
        """
        if time.monotonic() >= self._next_look:
            started = time.monotonic()
            self._update()
            self._next_look = time.monotonic() + _PAUSE * (time.monotonic() - started)
        return self._user_at.get(path)

    def is_kernels(self, at: os.stat_result) -> bool:
        """Whether a file is one of the kernel's: reading some of them has side effects, or never ends."""
        return at.st_dev in self._kernels

    def owner_at(self, at: os.stat_result) -> int:
        """Whose a file or directory is that is not open, as far as is known."""
        self._update()
        return self._user_of.get(at.st_dev) or at.st_uid

    def owner(self, descriptor: int, at: os.stat_result) -> int:
        """Whose an open file is.  Raises NoLongerMounted."""
        if at.st_dev == self._root_device:
            return at.st_uid
        self._update()
        if self._is_plain:
            return at.st_uid
        user = self._users.get(_mount_of(descriptor))
        if user is None:
            raise NoLongerMounted
        return user or at.st_uid

    def _open(self) -> Optional[int]:
        try:
            file = os.open(MOUNTS, os.O_RDONLY)
        except OSError:
            return None
        # The kernel reports each change once for each time that the file was opened.
        self._changes.register(file, select.POLLERR | select.POLLPRI)
        weakref.finalize(self, os.close, file)
        return file

    def _update(self) -> None:
        with self._lock:
            if self._file is not None and self._changes.poll(0):
                self._read()
                # What is open may have been mounted and unmounted between two looks.
                self._is_plain = False

    def _read(self) -> None:
        if self._file is not None:
            os.lseek(self._file, 0, os.SEEK_SET)
            text = b"".join(iter(lambda: os.read(self._file or 0, 1 << 16), b""))
            self._lines = {line: self._lines.get(line) or _parsed(line) for line in text.split(b"\n") if line}
            mounts = list(self._lines.values())
            self._users = {self._root: 0, **{each.number: each.user for each in mounts}}
            self.points = {each.point for each in mounts}
            self._user_at = {each.point: each.user for each in mounts if each.user}
            self._user_of = {each.device: each.user for each in mounts if each.user}
            self._kernels = {each.device for each in mounts if each.kind in KERNEL}


def _parsed(line: bytes) -> _Mount:
    about, _separator, rest = line.partition(b" - ")
    number, _parent, device, _root, point = about.split(b" ")[:5]
    kind, options = os.fsdecode(rest.split(b" ")[0]), os.fsdecode(rest.split(b" ")[-1])
    user = _USER.search(options) if kind.split(".")[0] in IN_USER_SPACE else None
    major, _colon, minor = device.partition(b":")
    path = os.fsdecode(_ESCAPED.sub(_character, point))
    return _Mount(int(number), path, os.makedev(int(major), int(minor)), kind, int(user.group(1)) if user else 0)


def _mount_of(descriptor: int) -> Optional[int]:
    """The number of the mount of an open file."""
    try:
        with open(f"{DESCRIPTORS}/{descriptor}", "rb") as file:
            found = _NUMBER.search(file.read())
    except OSError:
        return None
    return int(found.group(1)) if found else None


def _device_of(descriptor: int) -> Optional[int]:
    return os.fstat(descriptor).st_dev


def _character(match: re.Match[bytes]) -> bytes:
    return bytes([int(match.group(1), 8)])
