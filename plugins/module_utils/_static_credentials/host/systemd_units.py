# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment files that systemd units need to start."""

from __future__ import annotations

import math
import os
import re
from fnmatch import fnmatchcase
from typing import Iterable, Iterator

from ..time_slicing import Deadline, SlicedWork, share_time
from .exclusions import Exclusions
from .known_paths import UNIT
from .search_paths import SearchPath, environment_files, search_paths
from .tree import Tree
from .unix_users import UnixUsers
from .walk import Walk

MAX_SIZE = 1024 * 1024
MAX_NAMED = 1000  # files and globs that the units in a home name: each is compared with files of others


class SystemdUnits:
    """The units of a host.  They are read on first use, in at most half of the time that is left."""

    def __init__(self, tree: Tree, deadline: Deadline) -> None:
        self._tree = tree
        self._deadline = deadline
        self._walk = Walk(tree, Exclusions([]), _ignore)
        self._named: dict[str, set[str]] = {}  # by folder: names of files, and globs
        self._unread = -1

    def require(self, real: str) -> bool:
        """Whether a unit names the file, or one that could not be read in time may name it."""
        if self._unread < 0:
            self._read()
        folder, name = os.path.split(real)
        return bool(self._unread) or any(_may_match(name, each) for each in self._named.get(folder, ()))

    def _read(self) -> None:
        of_system = search_paths([])
        of_homes = [set(search_paths([home])).difference(of_system) for home in UnixUsers(self._tree).homes()]
        work = [self._steps(of_system, math.inf), *(self._steps(each, MAX_NAMED) for each in of_homes)]
        self._unread = len(work)
        share_time([SlicedWork(steps) for steps in work], Deadline(self._deadline.left() / 2), waits=False)

    def _steps(self, paths: Iterable[SearchPath], most: float) -> Iterator[None]:
        """Reads units, until they name more files than this: then the others count as unread."""
        number = 0
        for each in paths:
            for path in self._walk.find(each) if each.kind == UNIT else ():
                yield
                try:
                    for _named in self._read_unit(path) if path else ():
                        number += 1
                        if number > most:
                            return
                        yield
                except Exception:  # pylint: disable=broad-except
                    continue  # As for any unit that can't be read
        self._unread -= 1

    def _read_unit(self, path: str) -> Iterator[None]:
        try:
            unit = self._tree.read(self._tree.real(path), MAX_SIZE).text
        except OSError:
            return
        for each in environment_files(unit):
            self._keep(each)
            yield

    def _keep(self, path: SearchPath) -> None:
        try:
            real = self._tree.real(path.top)
        except OSError:
            return
        if path.depth:
            self._named.setdefault(real, set()).update(path.names)
        else:
            folder, name = os.path.split(real)
            self._named.setdefault(folder, set()).add(_literal(name))


def _may_match(name: str, pattern: str) -> bool:
    """Whether a file has a name that a glob of a unit matches, as far as is known."""
    try:
        return fnmatchcase(name, pattern)
    except re.error:
        return True  # Until Python 3.10, [z-a] is not a valid pattern there, and a user can have it in a unit.


def _literal(name: str) -> str:
    """A glob that matches only this name."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _ignore(path: str, reason: str, message: str) -> None:
    """If a unit can't be read here, systemd can't read it either, or the user may not see it."""
