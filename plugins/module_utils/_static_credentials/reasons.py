# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a file is left where it is, and what to do about it."""

from __future__ import annotations

import errno
import os
from typing import Optional

from .target import FileTarget
from .time_slicing import TimeOver

# The owner of a file can cause most of these.  So they must not fail the task, or keep the files of others in place.
MESSAGES = {
    "aside_exists": "The file contains a key again, and its earlier original is still in {backup}. Restore or remove that first.",
    "backup": "This is the path of a file that was set aside. Give the path that it had before.",
    "busy": "Another process changed the file at the same moment. Run again.",
    "changed_meanwhile": "The file was changed after it was set aside. Merge it with {backup} by hand, then remove that file.",
    "error": "The file could not be read or moved.",
    "excluded": "The file is excluded.",
    "immutable": "The file or its directory is immutable or append-only (see lsattr), or belongs to another user.",
    "in_the_way": "{new} is in the way. It is left over from another run, or belongs to somebody else. Remove it first.",
    "limit": "A limit of the file system is reached: the length of a name, the number of links, or a quota.",
    "link": "A link in the path belongs neither to root nor to the owner of its target, or the links form a loop.",
    "locked": "Another process has a lease on the file, or a lock. Run again once it has ended.",
    "mount": "A file system is mounted on the file. Remove the key where the mounted file comes from.",
    "no_access": "The file system denies access even to root. Remove the key by hand.",
    "not_regular": "The path is not a regular file. If it is a directory, name the files in it.",
    "no_lock": "The lock that keeps two runs apart can't be used, so nothing was changed. It needs a directory that only its user can enter.",
    "no_response": "The file system does not respond. The file may have been moved, or be moved later. See {backup}, and run again.",
    "no_space": "The file system is full. Nothing was changed.",
    "other_owner": "{backup} has another owner or group than the file that took its place, so it may not be the original.",
    "other_run": "Another run of static_credentials_aside is changing files on this host, so nothing was changed. Run again once it has ended.",
    "process": "The key is in the environment of a process. Restart the process without it.",
    "read_only": "The file system is read-only. Remove the key where the file is generated.",
    "timeout": "The timeout expired before this file was done. Run again, or raise timeout.",
    "too_large": "All files of its owner together are larger than 64 MiB, so this one was not done. Run again, or remove the key by hand.",
}

# These no owner of a file can cause.
OF_HOST = ("no_lock", "other_run")

_BY_ERRNO = {
    errno.EAGAIN: "locked",
    errno.EBUSY: "mount",
    errno.EDQUOT: "limit",
    errno.EISDIR: "busy",
    errno.ELOOP: "link",
    errno.EMLINK: "limit",
    errno.ENAMETOOLONG: "limit",
    errno.ENOENT: "busy",
    errno.ENOTDIR: "busy",
    errno.ENOSPC: "no_space",
    errno.EPERM: "immutable",
    errno.EROFS: "read_only",
    errno.EXDEV: "mount",
}


class ChangedMeanwhile(OSError):
    """Another process changed the file between two steps."""

    reason = "busy"


class BackupExists(OSError):
    """A file with the backup name exists already."""

    reason = "aside_exists"


class InTheWay(OSError):
    """The name for the new file is taken by something that this module did not write."""

    reason = "in_the_way"


class OtherRun(OSError):
    """Another run has the lock.  ``process`` is its id, or empty if that is unknown."""

    reason = "other_run"

    def __init__(self, process: str) -> None:
        super().__init__()
        self.detail = f"It is process {process}." if process else ""


class NoLock(OSError):
    """The lock can't be used, so another run could not be kept out."""

    reason = "no_lock"

    def __init__(self, error: OSError, place: str) -> None:
        super().__init__()
        self.detail = f"{place or 'Its directory'}: {error_text(error)}."


def reason_message(reason: str, target: Optional[FileTarget] = None) -> str:
    """The reason as a sentence, and what to do."""
    names = {"backup": target.backup_path, "new": target.new_path} if target else {"backup": "", "new": ""}
    return MESSAGES[reason].format(**names)


def reason_of(error: Exception) -> str:
    """The reason for leaving a file after this error."""
    if isinstance(error, TimeOver):
        return "timeout"
    if not isinstance(error, OSError):
        return "error"
    if error.errno == errno.EACCES and os.geteuid() == 0:
        return "no_access"  # Only file systems that users mount themselves deny access to root.
    return getattr(error, "reason", None) or _BY_ERRNO.get(error.errno or 0, "error")


def errno_name(error: object) -> Optional[str]:
    """The name of the system's error, such as ENOSPC; None if it is another error."""
    return errno.errorcode.get(getattr(error, "errno", None) or 0)


def error_text(error: object) -> str:
    """The system's text for an error.  For other errors only the type: their message could reveal a file's contents."""
    return str(getattr(error, "strerror", None) or type(error).__name__)
