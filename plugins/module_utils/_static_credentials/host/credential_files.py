# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name.  Pure.

AWS's SDKs themselves expand ``~`` and variables in these paths.
"""

from __future__ import annotations

import posixpath
import re
from itertools import islice
from typing import Iterable, Iterator, NamedTuple

from ..text.shown import shown_path
from .search_paths import LONGEST_PATH, SearchPath

_KINDS = {"SHARED_CREDENTIALS": "shared_credentials", "CONFIG": "config"}
# Assignments, a shell's default values, and what fish and csh call set and setenv
_NAMED = re.compile(
    r"(?:(?<![A-Za-z0-9_$])(?<!\$\{)(?P<set>set(?:env|[ \t]{1,9}-[\w-]{1,20})[ \t]{1,9})?|(?P<default>\$\{))"
    r"AWS_(?P<name>SHARED_CREDENTIALS|CONFIG)_FILE"
    r"(?(set)[ \t]{1,9}|(?(default):?[=-]|[\"'\]]{0,2}(?:[ \t]{1,9}=[ \t]{0,9}|=|:[ \t]{1,9})))"
    r"(?:\"(?P<double>[^\"\n\0]+)\"|'(?P<single>[^'\n\0]+)'|(?P<bare>[^\s\"';,)}\0]+))"
)
_HOME = re.compile(r"(?:~|\$HOME|\$\{HOME\}|%h)(?=/)")
_COMMENT = re.compile(r"(?:\A|\n)[ \t]*(?:#|;|//)[^\n]*\Z")
_COMMENT_LENGTH = 500
_MAX_NAMED = 100  # per file, so that the author of a file can't decide how much is searched


class NamedFile(NamedTuple):
    """``text`` is for messages.  ``paths`` are those it may have, one for each home; empty if they are only known when the program runs."""

    kind: str
    text: str
    paths: tuple[str, ...]

    @property
    def search_paths(self) -> list[SearchPath]:
        return [SearchPath(path, 0, self.kind) for path in self.paths]


def named_files(text: str, homes: Iterable[str]) -> Iterator[NamedFile]:
    """The files that a text names, each once, outside comments; ``homes`` are those of the users it may be for."""
    homes = list(homes)
    found: dict[tuple[str, str], None] = {}
    for match in _NAMED.finditer(text):
        value = match.group("double") or match.group("single") or match.group("bare")
        if not _COMMENT.search(text[max(0, match.start() - _COMMENT_LENGTH) : match.start()]):
            found[match.group("name"), value] = None
    for name, value in islice(found, _MAX_NAMED):
        yield NamedFile(_KINDS[name], shown_path(value), tuple(_paths(value, homes)))
    if len(found) > _MAX_NAMED:
        yield NamedFile("", f"{len(found) - _MAX_NAMED} more files", ())


def _paths(value: str, homes: Iterable[str]) -> Iterator[str]:
    """The absolute paths that a value can mean."""
    values = [home + value[match.end() :] for home in homes for match in [_HOME.match(value)] if match] or [value]
    yield from (posixpath.normpath(each) for each in dict.fromkeys(values) if _is_path(each))


def _is_path(value: str) -> bool:
    """Whether it is an absolute path that a program can open, without anything that a shell would compute."""
    return value.startswith("/") and len(value) <= LONGEST_PATH and not set(value) & set("$%`*{")
