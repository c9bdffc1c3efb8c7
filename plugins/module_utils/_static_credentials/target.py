# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is to be set aside or restored: where it is, and what is there now."""

from __future__ import annotations

import os
from typing import NamedTuple, Optional

from .host.backup_names import asides_of
from .host.known_paths import IN_HOMES, IN_SYSTEM, OF_PROJECTS, OTHER
from .host.path_escaping import shown_path
from .host.preflight import Obstacles
from .host.search_paths import kind_of
from .host.tree import File, NotRegular, Tree, is_of_the_kernel, read_at

MAX_SIZE = 16 * 1024 * 1024


class FileTarget(NamedTuple):
    """``path`` is as it was given, ``real`` without links, ``aside`` the name of the original when it is set aside.

    ``old_aside`` is the name that earlier versions would have given it.
    """

    path: str
    real: str
    aside: str
    old_aside: str = ""

    @classmethod
    def of(cls, tree: Tree, path: str, suffix: str) -> FileTarget:
        """Raises OSError where a link is not to be followed."""
        real = tree.real(path)
        return cls(path, real, *(os.path.basename(each) for each in asides_of(real, suffix)))

    @property
    def folder(self) -> str:
        return os.path.dirname(self.real)

    @property
    def name(self) -> str:
        return os.path.basename(self.real)

    @property
    def aside_path(self) -> str:
        """Where the original is while it is set aside, as it is told."""
        return shown_path(os.path.join(self.folder, self.aside))

    @property
    def new(self) -> str:
        """The name of a file that is still being written."""
        return f".{self.name}.keyless-new"

    @property
    def new_path(self) -> str:
        """Where that is, as it is told."""
        return shown_path(os.path.join(self.folder, self.new))

    @property
    def kind(self) -> str:
        """By the path under which programs look for it; a link may lead anywhere."""
        kind = kind_of(self.path)
        return kind_of(self.real) if kind == OTHER else kind


class FilesFound(NamedTuple):
    """The file in its place and the one that is set aside, None for what is not there.

    ``obstacle`` is the reason why they can't be moved; ``folder`` tells whether two paths are of the same folder.
    """

    here: Optional[File]
    aside: Optional[File]
    obstacle: Optional[str] = None
    folder: Optional[tuple[int, int]] = None

    @property
    def in_place(self) -> File:
        """The file in its place; raises ValueError where there is none."""
        if self.here is None:
            raise ValueError("There is no file in its place.")
        return self.here

    @property
    def original(self) -> File:
        """The file that is set aside; raises ValueError where there is none."""
        if self.aside is None:
            raise ValueError("There is no file that is set aside.")
        return self.aside

    @property
    def is_one_file(self) -> bool:
        """Whether both are the same file: a run was interrupted."""
        return bool(self.here and self.aside and is_same(self.here.stat, self.aside.stat))


def every_kind() -> list[str]:
    """The kinds of which a file may be."""
    return list(dict.fromkeys([kind for kind, pattern in (*IN_HOMES, *IN_SYSTEM, *OF_PROJECTS)] + [OTHER]))


def is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def read_files(tree: Tree, target: FileTarget, obstacles: Obstacles) -> tuple[FileTarget, FilesFound]:
    """What is there, and the target with the name under which it is set aside.

    Raises OSError, NotRegular for what is no file.
    """
    if is_of_the_kernel(target.real):
        raise NotRegular
    try:
        with tree.folder(target.folder) as folder:
            return _read_files(folder, target, obstacles)
    except (FileNotFoundError, NotADirectoryError):
        return target, FilesFound(None, None)


def _read_files(folder: int, target: FileTarget, obstacles: Obstacles) -> tuple[FileTarget, FilesFound]:
    here, aside = _read(folder, target.name), _read(folder, target.aside)
    if not aside:
        aside = _read(folder, target.old_aside)
        target = target._replace(aside=target.old_aside) if aside else target
    found = os.fstat(folder)
    names = [name for name, file in ((target.name, here), (target.aside, aside)) if file]
    obstacle = obstacles.of(folder, target.folder, names) if names else None
    return target, FilesFound(here, aside, obstacle, (found.st_dev, found.st_ino))


def _read(folder: int, name: str) -> Optional[File]:
    try:
        return read_at(folder, name, MAX_SIZE)
    except FileNotFoundError:
        return None
