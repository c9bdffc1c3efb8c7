# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a host was searched, and which of its folders were not.  Pure.

That no key was found says nothing about folders that nobody looked into.
"""

from __future__ import annotations

import posixpath
from typing import Callable, Iterator, NamedTuple, Sequence

from .search_paths import SearchPath

NOT_SEARCHED = "Not searched"
ONLY = "Only these were searched: {paths}"
HOMES = "In homes, only known locations and files with known names were searched"
LOOSE_FILES = "The files directly in this directory were not searched"

MORE = "{number} more directories in this directory were not searched"

_LEVELS = 2  # how far down folders are listed
_MAX_NAMES = 12
_MAX_FOLDERS = 100  # in a folder: in some, every user can create thousands
_HAVE_NO_FILES = ("/proc", "/sys")

# Takes a folder, and returns the paths of its subfolders, and whether it has other entries.
List = Callable[[str], "tuple[list[str], bool]"]


class _Known(NamedTuple):
    """The folders that are searched completely, and the search paths by folder."""

    complete: set[str]
    searched_in: dict[str, set[str]]

    @property
    def searched(self) -> set[str]:
        """The folders in which something is searched."""
        return set(self.searched_in)


class Coverage(NamedTuple):
    """The search paths that exist, and the homes."""

    existing: Sequence[SearchPath]
    homes: Sequence[str]

    def searched(self) -> Iterator[dict[str, object]]:
        """The entries of the return value ``searched``; what is in a folder that is searched completely has none of its own."""
        tops, complete = {path.top: path for path in sorted(self.existing, key=lambda path: path.depth)}, self._complete()
        for top in sorted(tops):
            if not self._covers(posixpath.dirname(top), complete):
                yield {"path": top, "scope": _scope(tops[top]), "levels": tops[top].depth}

    def not_searched(self, list_folder: List) -> Iterator[tuple[str, str]]:
        """Each folder that was not searched, or not completely, and a message."""
        yield from self._below("/", list_folder, 1, _Known(self._complete(), self._by_folder()))

    def _below(self, folder: str, list_folder: List, level: int, known: _Known) -> Iterator[tuple[str, str]]:
        subfolders, has_files = list_folder(folder)
        if has_files:
            yield folder, LOOSE_FILES
        others = sorted(set(subfolders).difference(_HAVE_NO_FILES, known.searched))
        for each in sorted({*known.searched.intersection(subfolders), *others[:_MAX_FOLDERS]}):
            yield from self._folder(each, list_folder, level, known)
        if len(others) > _MAX_FOLDERS:
            yield folder, MORE.format(number=len(others) - _MAX_FOLDERS)

    def _folder(self, folder: str, list_folder: List, level: int, known: _Known) -> Iterator[tuple[str, str]]:
        within = sorted(known.searched_in.get(folder, ()))
        if self._covers(folder, known.complete):
            return
        if not within:
            yield folder, NOT_SEARCHED
        elif all(self._is_in_home(path, folder) for path in within):
            yield folder, HOMES
        elif level < _LEVELS:
            yield from self._below(folder, list_folder, level + 1, known)
        else:
            others = [f"and {len(within) - _MAX_NAMES} more"] if len(within) > _MAX_NAMES else []
            yield folder, ONLY.format(paths=", ".join(within[:_MAX_NAMES] + others))

    def _by_folder(self) -> dict[str, set[str]]:
        """The search paths in each folder that is listed."""
        found: dict[str, set[str]] = {}
        for path in self.existing:
            parts = path.top.split("/")
            for level in range(1, _LEVELS + 1):
                found.setdefault("/".join(parts[: level + 1]), set()).add(path.top)
        return found

    def _complete(self) -> set[str]:
        return {path.top for path in self.existing if path.is_complete}

    def _is_in_home(self, path: str, folder: str) -> bool:
        """Whether a path is in a home that is this folder, or directly in it."""
        return any((path + "/").startswith(home + "/") for home in self.homes if folder in (home, posixpath.dirname(home)))

    @staticmethod
    def _covers(folder: str, complete: set[str]) -> bool:
        """Whether a folder, or one above it, is searched completely."""
        while folder != "/":
            if folder in complete:
                return True
            folder = posixpath.dirname(folder)
        return "/" in complete


def _scope(path: SearchPath) -> str:
    if not path.depth:
        return "file"
    return "all" if path.names == ("*",) else "by_name"
