# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the disk for a path: the file, and the original that was set aside."""

from __future__ import annotations

import os
from typing import NamedTuple, Optional

from .host.tree import File
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
    def is_one_file(self) -> bool:
        """Whether both names are of the same file, because a run was interrupted."""
        return bool(self.current and self.backup and is_same(self.current.stat, self.backup.stat))


class PathState(NamedTuple):
    """What was found for a path; ``reason`` or ``error`` is why nothing was.

    ``is_required`` if a systemd unit names the file, and may not start without it.
    """

    path: str
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    is_required: bool = False
    reason: Optional[str] = None
    error: Optional[Exception] = None

    @property
    def owner(self) -> Optional[int]:
        """The owner of the file, None if it is unknown."""
        return self._file.stat.st_uid if self._file else None

    @property
    def size(self) -> int:
        """The bytes of the file and its backup."""
        return sum(file.stat.st_size for file in (self.found.current, self.found.backup) if file) if self.found else 0

    @property
    def held(self) -> int:
        """The bytes that were read of the larger one of the two."""
        return max((len(file.data) for file in (self.found.current, self.found.backup) if file), default=0) if self.found else 0

    @property
    def _file(self) -> Optional[File]:
        return self.found and (self.found.current or self.found.backup)


def is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
