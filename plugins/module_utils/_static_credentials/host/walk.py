# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the files of a place, within bounds."""

from __future__ import annotations

import os
import stat
from typing import Callable, Iterator, Optional

from .backup_names import original_of
from .exclusions import Excluded
from .search_paths import Place
from .tree import Tree, is_of_the_kernel, read_reason

MAX_ENTRIES = 200000  # in one place

# Folders of other people's files
SKIPPED_NAMES = ("node_modules", ".git", ".cache")

Tell = Callable[[str, str, str], None]  # takes a path, and the reason and a message why it was not searched


class Walk:
    """Goes through places step by step, so that it can be left at any of them."""

    def __init__(self, tree: Tree, excluded: Excluded, tell: Tell) -> None:
        self._tree = tree
        self._excluded = excluded
        self._tell = tell

    def find(self, place: Place) -> Iterator[Optional[str]]:
        """The paths of its files and of links, which may lead to anything; None for a step that found none."""
        if self._excluded.has(place.top):
            return
        try:
            is_folder = stat.S_ISDIR(self._tree.stat(self._tree.real(place.top)).st_mode)
        except OSError as error:
            missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
            if place.asked_for or not missing:
                self._tell(place.top, read_reason(error), str(error.strerror))
            return
        if not is_folder:
            yield place.top
        elif place.depth:
            yield from self._below(place)

    def _below(self, place: Place) -> Iterator[Optional[str]]:
        folders, count = [(place.top, 1)], 0
        while folders:
            folder, depth = folders.pop()
            for path, is_folder in self._entries(folder):
                count += 1
                if count > MAX_ENTRIES:
                    self._tell(place.top, "too_many_files", f"More than {MAX_ENTRIES} files: the others were not searched")
                    return
                if not is_folder:
                    yield path if place.takes(os.path.basename(original_of(path) or path)) else None
                elif depth < place.depth:
                    folders.append((path, depth + 1))
                    yield None
                elif place.asked_for:
                    self._tell(path, "too_deep", f"More than {place.depth} folders deep")
                    yield None

    def _entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        """Path, and whether it is a folder, of what is in a folder; links to folders are not followed."""
        try:
            real = self._tree.real(folder)
            if is_of_the_kernel(real) or self._excluded.has(real):
                return
            with self._tree.entries(real) as entries:
                for entry in entries:
                    path = os.path.join(folder, entry.name)
                    is_folder = entry.is_dir(follow_symlinks=False)
                    if not (is_folder and entry.name in SKIPPED_NAMES) and not self._excluded.has(path):
                        yield path, is_folder
        except OSError as error:
            self._tell(folder, read_reason(error), str(error.strerror))
