# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment files without which a unit of systemd does not start."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Iterable, Iterator

from ..time_slicing import Deadline, Turn, take_turns
from .exclusions import Excluded
from .known_paths import UNIT
from .search_paths import Place, environment_files, places
from .tree import Tree
from .unix_users import Users
from .walk import Walk

MAX_SIZE = 1024 * 1024


class Units:
    """The units of a host, read when first asked for, in half of the time that is left then at the most."""

    def __init__(self, tree: Tree, deadline: Deadline) -> None:
        self._tree = tree
        self._deadline = deadline
        self._walk = Walk(tree, Excluded([]), _untold)
        self._named: dict[str, set[str]] = {}  # by folder, the names of files, and globs
        self._unread = -1

    def requires(self, real: str) -> bool:
        """Whether one of them names the file, or may name it: those that could not be read in time."""
        if self._unread < 0:
            self._read()
        folder, name = os.path.split(real)
        return bool(self._unread) or any(fnmatchcase(name, each) for each in self._named.get(folder, ()))

    def _read(self) -> None:
        of_system = places([])
        of_homes = [set(places([home])).difference(of_system) for home in Users(self._tree).homes()]
        turns = [self._steps(each) for each in [of_system, *of_homes]]
        self._unread = len(turns)
        take_turns([Turn(steps) for steps in turns], Deadline(self._deadline.left() / 2))

    def _steps(self, where: Iterable[Place]) -> Iterator[None]:
        for place in where:
            for path in self._walk.find(place) if place.kind == UNIT else ():
                yield
                yield from self._look_at(path) if path else ()
        self._unread -= 1

    def _look_at(self, path: str) -> Iterator[None]:
        try:
            unit = self._tree.read(self._tree.real(path), MAX_SIZE).text
        except OSError:
            return
        for place in environment_files(unit):
            self._keep(place)
            yield

    def _keep(self, place: Place) -> None:
        try:
            real = self._tree.real(place.top)
        except OSError:
            return
        if place.depth:
            self._named.setdefault(real, set()).update(place.names)
        else:
            folder, name = os.path.split(real)
            self._named.setdefault(folder, set()).add(_literal(name))


def _literal(name: str) -> str:
    """A glob of nothing but that name."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _untold(path: str, reason: str, message: str) -> None:
    """A unit that can't be read is one that systemd can't read either, or that the user may not see."""
