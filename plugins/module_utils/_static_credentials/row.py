# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to one file: the plan, and later the outcome."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from .host.path_escaping import escaped_path
from .host.unix_users import UNKNOWN
from .reasons import OF_HOST, errno_name, error_text, reason_message, reason_of
from .state import FilesFound
from .target import FileTarget

ASIDE, TRIMMED, RESTORED, UNCHANGED, LEFT = "aside", "trimmed", "restored", "unchanged", "left"
CHANGES = (ASIDE, TRIMMED, RESTORED)


class FileRow(NamedTuple):
    """``replacement`` is the contents of the file that takes the place, None if none does.

    ``is_missed`` if the file should have come back and did not, or if no file could be moved, so that the module fails.  ``owner`` and ``is_roots``
    are those of its PathState.
    """

    path: str
    action: str
    msg: str
    reason: Optional[str] = None
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    replacement: Optional[bytes] = None
    is_missed: bool = False
    errno: Optional[str] = None
    owner: int = UNKNOWN
    is_roots: bool = False

    @property
    def size(self) -> int:
        return self.found.size if self.found else 0

    @property
    def files(self) -> tuple[FileTarget, FilesFound]:
        """The target and its files.  Raises ValueError if nothing was found."""
        if self.target is None or self.found is None:
            raise ValueError("Nothing was found for this path.")
        return self.target, self.found

    @property
    def is_change(self) -> bool:
        return self.action in CHANGES

    @property
    def has_failed(self) -> bool:
        return self.is_missed

    def as_left(self, reason: str, state: str) -> FileRow:
        """The row of the same file if it is left where it is."""
        is_missed = reason in OF_HOST or (state == "restored" and reason != "process")
        return self._replace(action=LEFT, reason=reason, msg=reason_message(reason, self.target), is_missed=is_missed)

    def as_left_after(self, error: Exception, state: str, what: str) -> FileRow:
        """The row of a file that is left because of an error.  It is that file's alone, whatever the error is."""
        reason = reason_of(error)
        row = self.as_left(reason, state)._replace(errno=errno_name(error))
        msg = f"{row.msg} {getattr(error, 'detail', '')}".rstrip()
        return row._replace(msg=f"{what}: {error_text(error)}." if reason == "error" else msg)

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``files``."""
        return {
            "path": self.path,
            "real_path": escaped_path(self.target.real) if self.target else None,
            "action": self.action,
            "aside_path": self.target.backup_path if self.target else None,
            "reason": self.reason,
            "errno": self.errno,
            "only_root": self.is_roots,
            "msg": self.msg,
        }
