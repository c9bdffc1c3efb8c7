# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the disk for a path: the file, and the original that was set aside."""

from __future__ import annotations

import os
from typing import NamedTuple, Optional

from .host.tree import File
from .host.unix_users import UNKNOWN
from .target import FileTarget

MAX_SIZE = 4 * 1024 * 1024  # searching more can take long, and can't be interrupted


class FilesFound(NamedTuple):
    """The file in its place and its backup, each None if it does not exist.

    ``blocker`` is the reason why they can't be moved.  ``folder`` identifies their folder, whatever path leads to it.
    """

    current: Optional[File]
    backup: Optional[File]
    blocker: Optional[str] = None
    folder: Optional[tuple[int, int]] = None

    @property
    def in_place(self) -> File:
        """The file in its place.  Raises ValueError if there is none."""
        if self.current is None:
            raise ValueError("There is no file in its place.")
        return self.current

    @property
    def original(self) -> File:
        """The file that was set aside.  Raises ValueError if there is none."""
        if self.backup is None:
            raise ValueError("There is no backup.")
        return self.backup

    @property
    def files(self) -> list[File]:
        return [file for file in (self.current, self.backup) if file]

    @property
    def size(self) -> int:
        """The bytes of the file and its backup."""
        return sum(file.stat.st_size for file in self.files)

    @property
    def held(self) -> int:
        """The bytes that were read of the larger one of the two."""
        return max((len(file.data) for file in self.files), default=0)

    @property
    def is_one_file(self) -> bool:
        """Whether both names are of the same file, because a run was interrupted."""
        return bool(self.current and self.backup and is_same(self.current.stat, self.backup.stat))


class PathState(NamedTuple):
    """What was found for a path; ``reason`` or ``error`` is why nothing was.

    ``is_required`` if a systemd unit names the file, and may not start without it, and ``has_key`` if it has one and is to be set aside.
    ``owner`` is whose time and memory it takes, and ``is_roots`` if nobody but root can keep the file from its place.
    """

    path: str
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    is_required: bool = False
    reason: Optional[str] = None
    error: Optional[Exception] = None
    owner: int = UNKNOWN
    is_roots: bool = False
    has_key: bool = False

    @property
    def size(self) -> int:
        return self.found.size if self.found else 0


def is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
