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
from .tree import Tree, is_in_kernel_folder, is_only_roots, read_reason
from .unix_users import UNKNOWN

MAX_ENTRIES = 200000  # per search path
MAX_PATH = 1000  # characters: each key in a folder is returned with its path
MAX_HELD = 16 * 1024 * 1024  # characters in the paths of the folders of a user that wait to be searched
MAX_SKIPPED = 1000  # folders that are listed
EVERYBODY = UNKNOWN - 1  # the account of folders of root in which every user may create files

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
        self._held = 0
        self._hand_over = hand_over
        self._numbers = numbers
        self._account: Optional[int] = None

    def next(self) -> Place:
        """The next folder.  Raises IndexError."""
        place = self.folders.pop()
        self._held -= len(place[0])
        return place

    def keep(self, place: Place) -> bool:
        """Keeps a folder for its turn, unless there are too many."""
        self._held += len(place[0])
        if self._held > MAX_HELD:
            self._held -= len(place[0])
            return False
        self.folders.append(place)
        return True

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
        self.skipped: list[str] = []  # the first folders that are skipped in those that are searched completely
        self.number_of_skipped = 0

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
            folder, depth = part.next()
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
            if not part.keep((path, depth + 1)):
                self._report(part.first, "too_many_files", "Too many directories: the others were not searched")
        elif top.is_complete:
            self._report(path, "too_deep", f"More than {top.depth} levels deep")
        return None

    def _entries(self, part: _Part, folder: str, depth: int) -> Iterator[tuple[str, bool]]:
        """The path of each entry of a folder, and whether it is a folder; links to folders are not followed."""
        try:
            # Not opened: its user decides whether it ever responds.
            user = self._user_of_mount(folder)
            if user is not None and not part.has((folder, depth), user):
                return
            real = self._tree.real(folder)
            if is_in_kernel_folder(real) or self._exclusions.cover(real):
                return
            with self._tree.folder(real) as descriptor:
                at = os.fstat(descriptor)
                account = self._account_of(descriptor, at)
                if not self._tree.mounts.is_kernels(at) and part.has((folder, depth), account):
                    yield from self._entries_at(descriptor, folder, real, part.top.is_complete)
        except OSError as error:
            self._report(folder, read_reason(error), str(error.strerror))

    def _account_of(self, descriptor: int, at: os.stat_result) -> int:
        """Who decides what is in a folder.  Those of root in which others may create files have an account for each group."""
        owner = self._tree.mounts.owner(descriptor, at)
        if owner or is_only_roots(descriptor, at, owner):
            return self._account(owner)
        return EVERYBODY if at.st_mode & stat.S_IWOTH else EVERYBODY - 1 - at.st_gid

    def _skip(self, path: str) -> None:
        self.number_of_skipped += 1
        if self.number_of_skipped <= MAX_SKIPPED:
            self.skipped.append(path)

    def _entries_at(self, descriptor: int, folder: str, real: str, is_complete: bool) -> Iterator[tuple[str, bool]]:
        has_mounts = self._tree.mounts.has_users
        with self._tree.entries_at(descriptor) as entries:
            for entry in entries:
                path = os.path.join(folder, entry.name)
                is_folder = entry.is_dir(follow_symlinks=False)
                if is_folder and entry.name in SKIPPED_FOLDERS:
                    if is_complete:
                        self._skip(path)
                elif not self._exclusions.cover(path):
                    yield path, is_folder or (has_mounts and self._user_at(os.path.join(real, entry.name)) is not None)

    def _user_of_mount(self, folder: str) -> Optional[int]:
        """Who has mounted a file system in user space there, if it is known.  A link may lead to the folder above, which was searched before."""
        user = self._user_at(folder)
        if user is None and self._tree.mounts.has_users:
            user = self._user_at(os.path.join(self._tree.real(os.path.dirname(folder)), os.path.basename(folder)))
        return user

    def _user_at(self, path: str) -> Optional[int]:
        """Who has mounted a file system in user space there; that can be a single file, too."""
        user = self._tree.user_at(path)
        return None if user is None else self._account(user)
