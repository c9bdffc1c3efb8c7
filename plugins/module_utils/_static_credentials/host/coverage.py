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

_LEVELS = 2  # how far down folders are listed
_MAX_NAMES = 12
_HAVE_NO_FILES = ("/proc", "/sys")

# Takes a folder, and returns the paths of its subfolders, and whether it has other entries.
List = Callable[[str], "tuple[list[str], bool]"]


class Coverage(NamedTuple):
    """The search paths that exist, and the homes."""

    existing: Sequence[SearchPath]
    homes: Sequence[str]

    def searched(self) -> Iterator[dict[str, object]]:
        """The entries of the return value ``searched``; what is in a folder that is searched completely has none of its own."""
        tops = {path.top: path for path in sorted(self.existing, key=lambda path: path.depth)}
        for top in sorted(tops):
            if not self._covers(posixpath.dirname(top), self._complete()):
                yield {"path": top, "scope": _scope(tops[top]), "levels": tops[top].depth}

    def not_searched(self, list_folder: List) -> Iterator[tuple[str, str]]:
        """Each folder that was not searched, or not completely, and a message."""
        yield from self._below("/", list_folder, 1)

    def _below(self, folder: str, list_folder: List, level: int) -> Iterator[tuple[str, str]]:
        subfolders, has_files = list_folder(folder)
        if has_files:
            yield folder, LOOSE_FILES
        for each in sorted(set(subfolders).difference(_HAVE_NO_FILES)):
            yield from self._folder(each, list_folder, level)

    def _folder(self, folder: str, list_folder: List, level: int) -> Iterator[tuple[str, str]]:
        within = sorted({path.top for path in self.existing if (path.top + "/").startswith(folder + "/")})
        if self._covers(folder, self._complete()):
            return
        if not within:
            yield folder, NOT_SEARCHED
        elif all(self._is_in_home(path, folder) for path in within):
            yield folder, HOMES
        elif level < _LEVELS:
            yield from self._below(folder, list_folder, level + 1)
        else:
            others = [f"and {len(within) - _MAX_NAMES} more"] if len(within) > _MAX_NAMES else []
            yield folder, ONLY.format(paths=", ".join(within[:_MAX_NAMES] + others))

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
