# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be searched completely.  Pure.

Any user can have thousands of links that lead nowhere.  They must fill neither the memory of the control node nor the tables that people read.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import Any

from .._common.sentences import number_of
from .host.path_escaping import escaped_path
from .host.search_paths import LONGEST_PATH

MAX_IN_FOLDER, MAX_ROWS = 100, 1000
MAX_MESSAGE = 300
_LEVELS = 2  # a folder is for example /home/web


class Incomplete:
    """A message for each path and reason.  The first of each folder are listed, and the others counted."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], str] = {}
        self._listed: Counter[str] = Counter()
        self._more: Counter[str] = Counter()

    def add(self, path: str, reason: str, message: str) -> None:
        folder = "/".join(posixpath.dirname(path).split("/")[: _LEVELS + 1]) or "/"
        shown = _cut(escaped_path(path), LONGEST_PATH)
        if (shown, reason) in self._rows:
            return
        if self._listed[folder] >= MAX_IN_FOLDER or len(self._rows) >= MAX_ROWS:
            self._more[folder if self._listed[folder] else "/"] += 1
            return
        self._listed[folder] += 1
        self._rows[shown, reason] = _cut(message, MAX_MESSAGE)

    def rows(self) -> list[dict[str, Any]]:
        """The entries of the return value ``incomplete``."""
        rows = [{"target": path, "reason": reason, "message": message} for (path, reason), message in sorted(self._rows.items())]
        return rows + [_more(escaped_path(folder), number) for folder, number in sorted(self._more.items())]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + " …"


def _more(folder: str, number: int) -> dict[str, Any]:
    message = f"{number_of(number, 'more location')} below it could not be searched completely"
    return {"target": folder, "reason": "too_many_locations", "message": message}
