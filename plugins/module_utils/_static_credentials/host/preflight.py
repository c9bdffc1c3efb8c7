# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks, before anything is moved, for what would keep even root from moving a file."""

from __future__ import annotations

import fcntl
import os
import struct
from typing import Iterable, Optional

from .tree import Tree

# Linux's FS_IOC_GETFLAGS, whose number contains the size of a long, and the flags that chattr calls +i and +a
_GET_FLAGS = 0x80006601 | struct.calcsize("l") << 16
_IMMUTABLE_OR_APPEND_ONLY = 0x10 | 0x20


class Preflight:
    """The checks on one host.  Outside Linux they find nothing."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def blocker(self, folder: int, real: str, names: Iterable[str]) -> Optional[str]:
        """The reason why these files can't be moved, None if there is none; ``folder`` is the descriptor of their folder."""
        names = list(names)
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
        try:
            if os.fstatvfs(descriptor).f_flag & os.ST_RDONLY:
                return "read_only"
            if any(os.path.join(self._tree.root, real.lstrip("/"), name) in self._tree.mounts.points for name in names):
                return "mount"
            return "immutable" if _is_fixed(descriptor) or any(self._is_fixed(folder, name) for name in names) else None
        finally:
            os.close(descriptor)

    def _is_fixed(self, folder: int, name: str) -> bool:
        with self._tree.open_regular(folder, name) as descriptor:
            return _is_fixed(descriptor)


def _is_fixed(descriptor: int) -> bool:
    try:
        flags = fcntl.ioctl(descriptor, _GET_FLAGS, bytes(struct.calcsize("l")))
    except OSError:
        return False  # This file system has no such flags.
    return bool(struct.unpack("l", flags)[0] & _IMMUTABLE_OR_APPEND_ONLY)
