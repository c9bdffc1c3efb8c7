# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of the keys in a file."""

from __future__ import annotations

import os
import stat
from typing import Any

from .host.backup_names import original_of
from .host.known_paths import PROCESS
from .host.path_escaping import shown, shown_path
from .host.tree import File, Tree
from .host.unix_users import Users
from .text.findings import Finding


class Rows:
    """Makes the entries of the return values ``credentials``, ``ids_only`` and ``aside``."""

    def __init__(self, tree: Tree, users: Users) -> None:
        self._tree = tree
        self._users = users

    def of_file(self, path: str, real: str, kind: str, file: File, found: list[Finding]) -> list[dict[str, Any]]:
        """One for each key."""
        about = self._about(path, real, kind, file) if found else {}
        return [{**about, **_of(each)} for each in found]

    def _about(self, path: str, real: str, kind: str, file: File) -> dict[str, Any]:
        mode = file.stat.st_mode
        original = original_of(path) if kind != PROCESS else None
        about = {
            "path": shown_path(original or path),
            "real_path": shown_path(real),
            "kind": kind,
            "owner": shown(self._users.owner(file.stat.st_uid)),
            "group": shown(self._users.group(file.stat.st_gid)),
            "mode": f"{stat.S_IMODE(mode):04o}",
            "world_readable": bool(mode & stat.S_IROTH) and self._is_open_to_others(real),
            "pid": None,
            "command": None,
        }
        if original:
            about.update(real_path=shown_path(original_of(real) or real), aside_path=shown_path(path))
        return about

    def _is_open_to_others(self, real: str) -> bool:
        try:
            return self._tree.is_open_to_others(os.path.dirname(real))
        except OSError:
            return False


def _of(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "access_key_id": finding.key_id,
        "has_secret": finding.has_secret,
        "encoding": finding.encoding,
    }
