# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where access keys lie on a host, and what kind of file each place has.  Pure."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import Iterable, Iterator, NamedTuple, Optional

from .known_paths import (
    IN_HOMES,
    IN_SYSTEM,
    NAMES_IN_PROJECTS,
    NO_TEXT,
    OF_APPLICATIONS,
    OF_PROJECTS,
    OTHER,
    PROJECTS,
    UNIT_ENVIRONMENT,
)

# Folders below the last one of a pattern
DEPTH = 8
DEPTH_OF_PROJECTS = 6
DEPTH_OF_NAMED = 16

_ENVIRONMENT_FILE = re.compile(r"^[ \t]*EnvironmentFile[ \t]*=[ \t]*-?[\"']?(/[^\"'\r\n]*)", re.MULTILINE)
_SPECIFIER = re.compile("%.")
_APPLICATIONS = tuple(top + "/" for top in OF_APPLICATIONS)


class Place(NamedTuple):
    """Where to look: a file, or a folder and what is in it to a depth; ``kind`` None is told by each path."""

    top: str
    depth: int = 0
    kind: Optional[str] = None
    names: tuple[str, ...] = ("*",)
    asked_for: bool = False

    def takes(self, name: str) -> bool:
        """Whether a file of that name is meant."""
        return bool(_any_of(self.names).fullmatch(name)) and (self.asked_for or not name.lower().endswith(NO_TEXT))


def places(homes: Iterable[str]) -> list[Place]:
    """Where every host is looked at, and the homes of its users."""
    homes = list(homes)
    at_homes = [_place(kind, posixpath.join(home, path)) for home in homes for kind, path in IN_HOMES]
    # The home of many a service is the root itself, which is not one project.
    tops = [top for top in PROJECTS + tuple(homes) if top != "/" and not (top + "/").startswith(_APPLICATIONS)]
    projects = [Place(top, DEPTH_OF_PROJECTS, None, NAMES_IN_PROJECTS) for top in tops]
    applications = [Place(top, DEPTH_OF_NAMED) for top in OF_APPLICATIONS]
    return at_homes + [_place(kind, path) for kind, path in IN_SYSTEM] + projects + applications


def asked_for(path: str) -> Place:
    """A file or folder that the user names."""
    return Place(path, DEPTH_OF_NAMED, asked_for=True)


def kind_of(path: str) -> str:
    """What kind of file lies at a path."""
    for kinds, pattern in _KINDS:
        match = pattern.fullmatch(path)
        if match and match.lastindex:
            return kinds[match.lastindex - 1]
    return OTHER


def environment_files(unit: str) -> Iterator[Place]:
    """The environment files that a systemd unit names, but for those of which the path tells more."""
    for path in _ENVIRONMENT_FILE.findall(unit):
        folder, name = posixpath.split(posixpath.normpath(_SPECIFIER.sub("*", path.rstrip())))
        if any(pattern.fullmatch(posixpath.join(folder, name)) for kinds, pattern in _KINDS_OF_PLACES):
            continue
        if set(name) & set("*?["):
            yield Place(folder, 1, UNIT_ENVIRONMENT, (name,))
        else:
            yield Place(posixpath.join(folder, name), 0, UNIT_ENVIRONMENT)


def _place(kind: str, pattern: str) -> Place:
    top, below, name = pattern.partition("/**")
    if below:
        return Place(top, DEPTH, kind, (name[1:] or "*",))
    if pattern.endswith("/*"):
        return Place(pattern[:-2], 1, kind)
    return Place(pattern, 0, kind)


@lru_cache(maxsize=None)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, names)), re.DOTALL)


def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")


def _kinds(before: str, table: tuple[tuple[str, str], ...]) -> tuple[list[str], re.Pattern[str]]:
    """The kinds of a table, and an expression that has a group for each: with one, it is fast enough for many files."""
    either = "|".join(f"({_expression(pattern)})" for kind, pattern in table)
    return [kind for kind, pattern in table], re.compile(f"{before}(?:{either})", re.DOTALL)


# In the order in which they count; of one table the first that fits.
_KINDS_OF_PLACES = [_kinds(".*/", IN_HOMES), _kinds("", IN_SYSTEM)]
_KINDS = _KINDS_OF_PLACES + [_kinds(".*/", OF_PROJECTS)]
