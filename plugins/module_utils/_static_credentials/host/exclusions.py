# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The paths that the user excludes.  Pure."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Iterable


class Exclusions:
    """Absolute paths and globs; a pattern that matches a folder also covers everything in it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [_names(pattern) for pattern in patterns]

    def cover(self, path: str) -> bool:
        """Whether a path, or a folder above it, is excluded."""
        return bool(self._patterns) and any(_matches(_names(path), pattern) for pattern in self._patterns)


def _matches(names: list[str], pattern: list[str]) -> bool:
    return len(pattern) <= len(names) and all(fnmatchcase(name, each) for name, each in zip(names, pattern))


def _names(path: str) -> list[str]:
    return [name for name in os.path.normpath(path).split("/") if name]
