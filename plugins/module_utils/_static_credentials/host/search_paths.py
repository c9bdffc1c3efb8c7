# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to search a host for access keys, and which kind of file is at a path.  Pure."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import Iterable, Iterator, NamedTuple, Optional

from .known_paths import (
    BINARY_SUFFIXES,
    COMPLETE_FOLDERS,
    FOLDER_PATTERNS,
    HOME_FILE_NAMES,
    HOME_PATHS,
    NO_SUFFIX,
    OTHER,
    PROJECT_PATTERNS,
    SYSTEM_PATHS,
    UNIT_ENVIRONMENT,
)

# How many levels of subfolders are searched: below a known path, in homes, and in folders that are searched completely
DEPTH = 8
HOME_DEPTH = 6
FULL_DEPTH = 16

_ENVIRONMENT_FILE = re.compile(r"^[ \t]*EnvironmentFile[ \t]*=[ \t]*-?[\"']?([/%][^\"'\r\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*[#;][^\n]*\n", re.MULTILINE)
_CONTINUED = re.compile(r"\\\r?\n")
_SPECIFIER = re.compile("%(.)")
# In units of the system.  Some are elsewhere for those of users.
_KNOWN_SPECIFIERS = {"C": "/var/cache", "E": "/etc", "L": "/var/log", "S": "/var/lib", "T": "/tmp", "V": "/var/tmp", "t": "/run"}
_CHARACTER_CLASS = re.compile(r"\[[!^]?\]?[^\]]*\]")
_STARS = re.compile(r"\*+")
_SPECIAL = set("*?[")  # in globs
_MOST_STARS = 2
# In characters: no file has a longer name, and no program opens a longer path.
_LONGEST_NAME, LONGEST_PATH = 255, 4096
_COMPLETE = tuple(top + "/" for top in COMPLETE_FOLDERS)


class SearchPath(NamedTuple):
    """A file, or a folder and its contents to a depth.  Without a ``kind``, the path of each file decides it."""

    top: str
    depth: int = 0
    kind: Optional[str] = None
    names: tuple[str, ...] = ("*",)
    is_requested: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every text file in the folder is searched."""
        return self.depth >= DEPTH and self.names == ("*",)

    def includes(self, name: str) -> bool:
        """Whether a file of that name is searched."""
        return bool(_any_of(self.names).fullmatch(name)) and (self.is_requested or not name.lower().endswith(BINARY_SUFFIXES))


def search_paths(homes: Iterable[str]) -> list[SearchPath]:
    """What is searched on every host, and in these homes."""
    homes = list(homes)
    in_homes = [_search_path(kind, posixpath.join(home, path)) for home in homes for kind, path in HOME_PATHS]
    # The home of many a service is /, which has no projects of its own.
    tops = [top for top in homes if top != "/" and not (top + "/").startswith(_COMPLETE)]
    projects = [SearchPath(top, HOME_DEPTH, None, HOME_FILE_NAMES) for top in tops]
    complete = [SearchPath(top, FULL_DEPTH) for top in COMPLETE_FOLDERS]
    return in_homes + [_search_path(kind, path) for kind, path in SYSTEM_PATHS] + projects + complete


def requested_path(path: str) -> SearchPath:
    """A file or folder that the user names."""
    return SearchPath(path, FULL_DEPTH, is_requested=True)


def kind_of(path: str) -> str:
    """The kind of the file at a path."""
    for kinds, pattern in _KINDS:
        match = pattern.fullmatch(path)
        if match and match.lastindex:
            return kinds[match.lastindex - 1]
    return OTHER


def environment_paths(unit: str) -> Iterator[str]:
    """The paths and globs of the environment files that a systemd unit names, as far as they are known.

    A glob with many stars takes a time that grows with each of them, and a long one the square of its length.  A user can write any, so such a glob
    stands for the whole folder.
    """
    for folder, name in filter(_is_known_folder, _environment_paths(unit)):
        is_glob, is_long = bool(set(name) & _SPECIAL), len(name) > _LONGEST_NAME
        if len(folder) <= LONGEST_PATH and (is_glob or not is_long):
            yield posixpath.join(folder, "*" if is_glob and (is_long or name.count("*") > _MOST_STARS) else name)


def has_unknown_environment_file(unit: str, is_of_system: bool) -> bool:
    """Whether a systemd unit names an environment file in a folder that is only known once the unit starts, or in several folders."""
    depends_on_user = not is_of_system and any(path.startswith("%") for path in _environment_values(unit))
    return depends_on_user or not all(map(_is_known_folder, _environment_paths(unit)))


def _environment_paths(unit: str) -> Iterator[tuple[str, str]]:
    """The folders and names of all environment files, each of which may be a glob."""
    for path in _environment_values(unit):
        resolved = _SPECIFIER.sub(lambda match: _KNOWN_SPECIFIERS.get(match[1], "*"), path.rstrip())
        yield posixpath.split(posixpath.normpath(_STARS.sub("*", resolved)))


def _environment_values(unit: str) -> list[str]:
    # A comment is not continued, and may be within a line that is.
    values: list[str] = _ENVIRONMENT_FILE.findall(_CONTINUED.sub(" ", _COMMENT.sub("", unit)))
    return values


def _is_known_folder(path: tuple[str, str]) -> bool:
    return path[0].startswith("/") and not set(path[0]) & _SPECIAL


def environment_files(unit: str) -> Iterator[SearchPath]:
    """The environment files that a systemd unit names, except those whose path says more about their kind."""
    for path in environment_paths(unit):
        folder, name = posixpath.split(path)
        if any(pattern.fullmatch(posixpath.join(folder, name)) for kinds, pattern in _KINDS_OF_KNOWN_PATHS):
            continue
        if set(name) & _SPECIAL:
            yield SearchPath(folder, 1, UNIT_ENVIRONMENT, (name,))
        else:
            yield SearchPath(posixpath.join(folder, name), 0, UNIT_ENVIRONMENT)


def _search_path(kind: str, pattern: str) -> SearchPath:
    top, below, name = pattern.partition("/**")
    if below:
        return SearchPath(top, DEPTH, kind, (name[1:] or "*",))
    if pattern.endswith("/*"):
        return SearchPath(pattern[:-2], 1, kind)
    return SearchPath(pattern, 0, kind)


@lru_cache(maxsize=None)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, names)), re.DOTALL)


def _expression(pattern: str) -> str:
    if pattern == NO_SUFFIX:
        return r"\.?[^/.]*"
    any_character = re.escape(_CHARACTER_CLASS.sub("?", pattern)).replace(r"\?", "[^/]")
    return any_character.replace(r"\*\*", ".*").replace(r"\*", "[^/]*")


def _kinds(before: str, table: tuple[tuple[str, str], ...]) -> tuple[list[str], re.Pattern[str]]:
    """The kinds of a table, and one expression with a group for each: separate ones would be too slow for many files."""
    either = "|".join(f"({_expression(pattern)})" for kind, pattern in table)
    return [kind for kind, pattern in table], re.compile(f"{before}(?:{either})", re.DOTALL)


# The first match counts, within a table too.
_KINDS_OF_KNOWN_PATHS = [_kinds(".*/", HOME_PATHS), _kinds("", SYSTEM_PATHS)]
_KINDS = _KINDS_OF_KNOWN_PATHS + [_kinds(".*/", PROJECT_PATTERNS), _kinds("", FOLDER_PATTERNS)]
