# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup names of files that are set aside.  Pure.

Whatever reads all files of a folder, such as ``EnvironmentFile=/etc/web/*`` or cron, must not read the backup too.
Globs and cron skip names that begin with a dot, unless the pattern does too.  The rest of the prefix makes
``env`` and ``.env`` have different backups.
"""

from __future__ import annotations

import posixpath
from typing import Optional

PREFIX = ".keyless."
SUFFIX = ".keyless-aside"  # the default of static_credentials_aside


def backup_path(path: str, suffix: str = SUFFIX) -> str:
    """Where a file is while it is set aside."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, PREFIX + name + suffix)


def original_path(path: str) -> Optional[str]:
    """The original path of a backup; None for any other path."""
    folder, name = posixpath.split(path)
    original = name[len(PREFIX) : -len(SUFFIX)]
    return posixpath.join(folder, original) if original and name == PREFIX + original + SUFFIX else None
