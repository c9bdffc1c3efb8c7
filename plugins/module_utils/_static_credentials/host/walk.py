# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the files of a search path, within limits."""

from __future__ import annotations

import os
import stat
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from .backup_names import original_path
from .exclusions import Exclusions
from .search_paths import SearchPath
from .tree import Tree, is_in_kernel_folder, read_reason

MAX_ENTRIES = 200000  # per search path
MAX_PATH = 1000  # characters: each key in a folder is returned with its path

SKIPPED_FOLDERS = ("node_modules", ".git", ".cache")  # They have other people's files.

Report = Callable[[str, str, str], None]  # takes a path that is not searched, the reason, and a message
Place = Tuple[str, int]  # a folder, and how deep it is in its search path
HandOver = Callable[[Place, int], None]  # takes a folder in which the walk does not go on, and whose it is


class _Part:
    """The folders of a search path that belong to one user."""

    def __init__(self, top: SearchPath, place: Place, hand_over: Optional[HandOver], numbers: Dict[Tuple[str, int], List[int]]) -> None:
        self.top = top
        self.first = place[0]
        self.folders = [place]
        self.number = [0]  # of entries, in all parts of this user
        self._hand_over = hand_over
        self._numbers = numbers
        self._account: Optional[int] = None

    def has(self, place: Place, account: int) -> bool:
        """Whether a folder is in this part.  Otherwise it was handed over."""
        if self._account is None or not self._hand_over:
            self._account = account
            self.number = self._numbers.setdefault((self.top.top, account), self.number)
        elif account != self._account:
            self._hand_over(place, account)
        return account == self._account


class Walk:
    """Goes through folders step by step, so that it can be interrupted after any step."""

    def __init__(self, tree: Tree, exclusions: Exclusions, report: Report, account: Callable[[int], int] = int) -> None:
        """``account`` says which user has an id."""
        self._tree = tree
        self._exclusions = exclusions
        self._report = report
        self._account = account
        self._numbers: dict[tuple[str, int], list[int]] = {}  # of entries, by search path and account
        self.existing: list[SearchPath] = []
        self.skipped: list[str] = []  # folders in those that are searched completely

    def find(self, path: SearchPath, hand_over: Optional[HandOver] = None) -> Iterator[Optional[str]]:
        """The paths of files, and of links to anything; None for a step that found none.

        With ``hand_over``, only those in folders of the same user.
        """
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
            yield from self.go_on(path, (path.top, 1), hand_over)

    def go_on(self, path: SearchPath, place: Place, hand_over: Optional[HandOver]) -> Iterator[Optional[str]]:
        """As ``find``, from a folder that was handed over."""
        part = _Part(path, place, hand_over, self._numbers)
        while part.folders:
            folder, depth = part.folders.pop()
            for path_of_entry, is_folder in self._entries(part, folder, depth):
                part.number[0] += 1
                if part.number[0] > MAX_ENTRIES:
                    self._report(part.first, "too_many_files", f"More than {MAX_ENTRIES} files: the others were not searched")
                    return
                yield self._found(part, path_of_entry, depth, is_folder)

    def _found(self, part: _Part, path: str, depth: int, is_folder: bool) -> Optional[str]:
        """The path of a file that is searched.  A folder waits for its turn."""
        top = part.top
        if not is_folder:
            return path if top.includes(os.path.basename(original_path(path) or path)) else None
        if len(path) > MAX_PATH:
            self._report(path, "too_deep", f"Its path has more than {MAX_PATH} characters")
        elif depth < top.depth:
            part.folders.append((path, depth + 1))
        elif top.is_complete:
            self._report(path, "too_deep", f"More than {top.depth} levels deep")
        return None

    def _entries(self, part: _Part, folder: str, depth: int) -> Iterator[tuple[str, bool]]:
        """The path of each entry of a folder, and whether it is a folder; links to folders are not followed."""
        # Not opened: its user decides whether it ever responds.
        user = self._user_at(folder)
        if user is not None and not part.has((folder, depth), user):
            return
        try:
            real = self._tree.real(folder)
            if is_in_kernel_folder(real) or self._exclusions.cover(real):
                return
            with self._tree.folder(real) as descriptor:
                at = os.fstat(descriptor)
                is_kernels, owner = self._tree.mounts.is_kernels(at), self._account(self._tree.mounts.owner(descriptor, at))
                if not is_kernels and part.has((folder, depth), owner):
                    yield from self._entries_at(descriptor, folder, self.skipped if part.top.is_complete else [])
        except OSError as error:
            self._report(folder, read_reason(error), str(error.strerror))

    def _entries_at(self, descriptor: int, folder: str, skipped: list[str]) -> Iterator[tuple[str, bool]]:
        has_mounts = self._tree.mounts.has_users
        with self._tree.entries_at(descriptor) as entries:
            for entry in entries:
                path = os.path.join(folder, entry.name)
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder and entry.name in SKIPPED_FOLDERS:
                    skipped.append(path)
                elif not self._exclusions.cover(path):
                    yield path, is_folder or (has_mounts and self._user_at(path) is not None)

    def _user_at(self, path: str) -> Optional[int]:
        """Who has mounted a file system in user space there; that can be a single file, too."""
        user = self._tree.user_at(path)
        return None if user is None else self._account(user)
