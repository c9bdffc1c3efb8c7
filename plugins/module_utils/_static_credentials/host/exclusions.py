# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user leaves out.  Pure."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Iterable


class Excluded:
    """Absolute paths and globs; what matches a folder leaves out all that is below it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [_names_of(pattern) for pattern in patterns]

    def has(self, path: str) -> bool:
        """Whether a path, or a folder above it, is left out."""
        return bool(self._patterns) and any(_matches(_names_of(path), pattern) for pattern in self._patterns)


def _matches(names: list[str], pattern: list[str]) -> bool:
    return len(pattern) <= len(names) and all(fnmatchcase(name, each) for name, each in zip(names, pattern))


def _names_of(path: str) -> list[str]:
    return [name for name in os.path.normpath(path).split("/") if name]
