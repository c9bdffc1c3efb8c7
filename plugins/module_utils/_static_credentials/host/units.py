# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment files without which a unit of systemd does not start."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Iterator

from .known import UNIT
from .places import Place, environment_files, places
from .tree import Tree
from .users import Users
from .walk import Walk

MAX_SIZE = 1024 * 1024


class Units:
    """The units of a host, read when first asked for."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._named: list[Place] = []
        self._is_read = False

    def requires(self, real: str) -> bool:
        """Whether one of them names the file."""
        if not self._is_read:
            self._named.extend(self._read())
            self._is_read = True
        return any(self._is(place, real) for place in self._named)

    def _read(self) -> Iterator[Place]:
        walk = Walk(self._tree, _never, _untold)
        for place in places(Users(self._tree).homes()):
            for path in walk.find(place) if place.kind == UNIT else ():
                try:
                    unit = self._tree.read(self._tree.real(path), MAX_SIZE).text
                except OSError:
                    continue
                yield from environment_files(unit)

    def _is(self, place: Place, real: str) -> bool:
        try:
            top = self._tree.real(place.top)
        except OSError:
            return False
        if not place.depth:
            return top == real
        return top == os.path.dirname(real) and any(fnmatchcase(os.path.basename(real), name) for name in place.names)


def _never() -> bool:
    return False


def _untold(path: str, reason: str) -> None:
    """A unit that can't be read is one that systemd can't read either, or that the user may not see."""
