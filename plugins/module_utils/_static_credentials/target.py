# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is to be set aside or restored: where it is, and what is there now."""

from __future__ import annotations

import os
from typing import NamedTuple, Optional

from .host.known import OTHER
from .host.places import aside_of, kind_of
from .host.tree import File, Tree, read_at, shown

MAX_SIZE = 16 * 1024 * 1024


class FileTarget(NamedTuple):
    """``path`` is as it was given, ``real`` without links, ``aside`` the name of the original when it is set aside."""

    path: str
    real: str
    aside: str

    @classmethod
    def of(cls, tree: Tree, path: str, suffix: str) -> FileTarget:
        """Raises OSError where links lead round in circles."""
        real = tree.real(path)
        return cls(path, real, os.path.basename(aside_of(real, suffix)))

    @property
    def folder(self) -> str:
        return os.path.dirname(self.real)

    @property
    def name(self) -> str:
        return os.path.basename(self.real)

    @property
    def aside_path(self) -> str:
        return shown(os.path.join(self.folder, self.aside))

    @property
    def new(self) -> str:
        """The name of a file that is still being written."""
        return f".{self.name}.keyless-new"

    @property
    def kind(self) -> str:
        """By the path under which programs look for it; a link may lead anywhere."""
        kind = kind_of(self.path)
        return kind_of(self.real) if kind == OTHER else kind


class FilesFound(NamedTuple):
    """The file in its place and the one that is set aside, None for what is not there."""

    here: Optional[File]
    aside: Optional[File]

    @property
    def is_one_file(self) -> bool:
        """Whether both are the same file: a run was interrupted."""
        return bool(self.here and self.aside and is_same(self.here.stat, self.aside.stat))


def is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def read_files(tree: Tree, target: FileTarget) -> FilesFound:
    """Raises OSError, NotRegular for what is no file."""
    try:
        with tree.folder(target.folder) as folder:
            return FilesFound(_read(folder, target.name), _read(folder, target.aside))
    except (FileNotFoundError, NotADirectoryError):
        return FilesFound(None, None)


def _read(folder: int, name: str) -> Optional[File]:
    try:
        return read_at(folder, name, MAX_SIZE)
    except FileNotFoundError:
        return None
