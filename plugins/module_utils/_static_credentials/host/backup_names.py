# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup names of files that are set aside.  Pure.

Whatever reads all files of a folder, such as ``EnvironmentFile=/etc/web/*`` or cron, must not read the backup too.
Globs and cron skip names that begin with a dot, unless the pattern does too.  The rest of the prefix makes
``env`` and ``.env`` have different backups.

A web server runs some files because of the ending of their names, and hands out all others.  So such a file keeps its ending.
"""

from __future__ import annotations

import posixpath
from typing import Optional

PREFIX = ".keyless."
SUFFIX = ".keyless-aside"  # the default of static_credentials_aside
_RUN_BY_WEB_SERVERS = frozenset(
    {
        *(".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml", ".phar", ".asp", ".aspx", ".ashx", ".asmx", ".cfm", ".cgi", ".fcgi"),
        *(".jsp", ".jspx", ".lua", ".pl", ".py", ".rb"),
    }
)


def backup_path(path: str, suffix: str = SUFFIX) -> str:
    """Where a file is while it is set aside."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, PREFIX + name + suffix + _kept_ending(name))


def new_name(name: str) -> str:
    """The name of what takes the place of a file, while it is being written."""
    return f".{name}.keyless-new{_kept_ending(name)}"


def original_path(path: str, suffix: str = SUFFIX) -> Optional[str]:
    """The original path of a backup; None for any other path."""
    folder, name = posixpath.split(path)
    original = name[len(PREFIX) : -len(suffix + _kept_ending(name))]
    return posixpath.join(folder, original) if original and backup_path(original, suffix) == name else None


def _kept_ending(name: str) -> str:
    ending = posixpath.splitext(name)[1]
    return ending if ending.lower() in _RUN_BY_WEB_SERVERS else ""
