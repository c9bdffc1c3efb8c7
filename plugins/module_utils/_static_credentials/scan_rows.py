# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that static_credentials_info returns for the keys of a file."""

from __future__ import annotations

import os
import stat
from typing import Any

from .host.backup_names import original_path
from .host.known_paths import PROCESS
from .host.path_escaping import escaped, escaped_path
from .host.tree import File, Tree
from .host.unix_users import UnixUsers
from .text.findings import Finding


class ScanRows:
    """Makes the entries of the return values ``credentials``, ``ids_only`` and ``aside``."""

    def __init__(self, tree: Tree, users: UnixUsers) -> None:
        self._tree = tree
        self._users = users

    def for_file(self, path: str, real: str, kind: str, file: File, found: list[Finding]) -> list[dict[str, Any]]:
        """A row for each finding."""
        about = self._about(path, real, kind, file) if found else {}
        return [{**about, **_about_key(each)} for each in found]

    def _about(self, path: str, real: str, kind: str, file: File) -> dict[str, Any]:
        mode = file.stat.st_mode
        original = original_path(path) if kind != PROCESS else None
        about = {
            "path": escaped_path(original or path),
            "real_path": escaped_path(real),
            "kind": kind,
            "owner": escaped(self._users.user_name(file.owner)),
            "group": escaped(self._users.group_name(file.stat.st_gid)),
            "mode": f"{stat.S_IMODE(mode):04o}",
            "world_readable": bool(mode & stat.S_IROTH) and self._is_reachable_by_others(real),
            "pid": None,
            "command": None,
        }
        if original:
            about.update(real_path=escaped_path(original_path(real) or real), aside_path=escaped_path(path))
        return about

    def _is_reachable_by_others(self, real: str) -> bool:
        try:
            return self._tree.is_traversable_by_others(os.path.dirname(real))
        except OSError:
            return True  # The mode of the file lets them, and what else keeps them out is not known.


def _about_key(finding: Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "access_key_id": finding.key_id,
        "has_secret": finding.has_secret,
        "encoding": finding.encoding,
    }
