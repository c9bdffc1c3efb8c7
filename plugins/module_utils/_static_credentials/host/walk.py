# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the files of a search path, within limits."""

from __future__ import annotations

import os
import stat
from typing import Callable, Iterator, Optional

from .backup_names import original_path
from .exclusions import Exclusions
from .search_paths import SearchPath
from .tree import Tree, is_in_kernel_folder, read_reason

MAX_ENTRIES = 200000  # per search path
MAX_PATH = 1000  # characters: each key in a folder is returned with its path

SKIPPED_FOLDERS = ("node_modules", ".git", ".cache")  # They have other people's files.

Report = Callable[[str, str, str], None]  # takes a path that is not searched, the reason, and a message


class Walk:
    """Goes through folders step by step, so that it can be interrupted after any step."""

    def __init__(self, tree: Tree, exclusions: Exclusions, report: Report) -> None:
        self._tree = tree
        self._exclusions = exclusions
        self._report = report
        self.existing: list[SearchPath] = []
        self.skipped: list[str] = []  # folders in those that are searched completely

    def find(self, path: SearchPath) -> Iterator[Optional[str]]:
        """The paths of files, and of links to anything; None for a step that found none."""
        if self._exclusions.cover(path.top):
            return
        try:
            is_folder = stat.S_ISDIR(self._tree.stat(self._tree.real(path.top)).st_mode)
        except OSError as error:
            missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
            if path.is_requested or not missing:
                self._report(path.top, read_reason(error), str(error.strerror))
            return
        self.existing.append(path)
        if not is_folder:
            yield path.top
        elif path.depth:
            yield from self._below(path)

    def _below(self, top: SearchPath) -> Iterator[Optional[str]]:
        folders, count = [(top.top, 1)], 0
        while folders:
            folder, depth = folders.pop()
            for path, is_folder in self._entries(folder, self.skipped if top.is_complete else []):
                count += 1
                if count > MAX_ENTRIES:
                    self._report(top.top, "too_many_files", f"More than {MAX_ENTRIES} files: the others were not searched")
                    return
                if not is_folder:
                    yield path if top.includes(os.path.basename(original_path(path) or path)) else None
                elif len(path) > MAX_PATH:
                    self._report(path, "too_deep", f"Its path has more than {MAX_PATH} characters")
                    yield None
                elif depth < top.depth:
                    folders.append((path, depth + 1))
                    yield None
                elif top.is_complete:
                    self._report(path, "too_deep", f"More than {top.depth} levels deep")
                    yield None

    def _entries(self, folder: str, skipped: list[str]) -> Iterator[tuple[str, bool]]:
        """The path of each entry of a folder, and whether it is a folder; links to folders are not followed."""
        try:
            real = self._tree.real(folder)
            if is_in_kernel_folder(real) or self._exclusions.cover(real):
                return
            with self._tree.entries(real) as entries:
                for entry in entries:
                    path = os.path.join(folder, entry.name)
                    is_folder = entry.is_dir(follow_symlinks=False)
                    if is_folder and entry.name in SKIPPED_FOLDERS:
                        skipped.append(path)
                    elif not self._exclusions.cover(path):
                        yield path, is_folder
        except OSError as error:
            self._report(folder, read_reason(error), str(error.strerror))
