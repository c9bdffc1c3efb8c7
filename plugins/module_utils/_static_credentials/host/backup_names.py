# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of files that are set aside.  Pure.

What reads every file of a folder, as ``EnvironmentFile=/etc/web/*`` does, must not find the one that is set aside.
Globs and cron leave out names that begin with a dot, unless they begin with one too; the rest of the prefix keeps the
names of ``env`` and ``.env`` apart, and those of before from those of today.
"""

from __future__ import annotations

import posixpath
from typing import Optional

from .known_paths import CRON
from .search_paths import kind_of

PREFIX = ".keyless."
SUFFIX = ".keyless-aside"  # unless static_credentials_aside is told another one


def asides_of(path: str, suffix: str = SUFFIX) -> tuple[str, str]:
    """Where a file is when it is set aside, and where earlier versions have put it."""
    folder, name = posixpath.split(path)
    hidden = "." if kind_of(path) == CRON else ""
    return posixpath.join(folder, PREFIX + name + suffix), posixpath.join(folder, hidden + name + suffix)


def original_of(path: str) -> Optional[str]:
    """Where the file was that is set aside under this path; None for any other path."""
    if not path.endswith(SUFFIX):
        return None
    folder, name = posixpath.split(path[: -len(SUFFIX)])
    if name.startswith(PREFIX):
        return posixpath.join(folder, name[len(PREFIX) :])
    unhidden = posixpath.join(folder, name[1:])
    return unhidden if name.startswith(".") and kind_of(unhidden) == CRON else posixpath.join(folder, name)
