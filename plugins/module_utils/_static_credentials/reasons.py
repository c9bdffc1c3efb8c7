# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a file stays as it is, or could not be looked at, as a word and as a sentence."""

from __future__ import annotations

import errno
import os
from typing import Optional

from .target import FileTarget

# The owner of a file can bring about most of these, so that they must not stop what is done with the files of others.
SENTENCES = {
    "aside_exists": "It has a key again, and {aside} exists already. Restore or remove that first.",
    "busy": "Somebody else was changing it at this moment. Run again.",
    "changed_meanwhile": "Somebody has changed it since. Bring it together with {aside} by hand, and remove that.",
    "excluded": "It is excluded.",
    "immutable": "It or its folder is immutable or append-only (see chattr), or belongs to somebody else.",
    "in_the_way": "Something of another run, or of somebody else, is in the way: {new}. Remove that first.",
    "limit": "A limit of its file system is reached: the length of a name, the number of links, or a quota.",
    "link": "A link on the way belongs neither to root nor to the owner of what it leads to, or leads in a circle.",
    "mount": "A file system is mounted on it. Take the key out by hand, where that comes from.",
    "no_access": "Its file system gives not even root access. Take the key out by hand.",
    "not_regular": "It is not a regular file. Give the files that are in it.",
    "other_owner": "{aside} has another owner or group than the file in its place, so it may not be its original.",
    "process": "It is the environment of a process. Restart that without the key.",
    "read_only": "Its file system is read-only. Take the key out by hand, where that is made.",
    "timeout": "It was not come to in the seconds of timeout. Run again, or give more time.",
}

_BY_ERRNO = {
    errno.EBUSY: "mount",
    errno.EDQUOT: "limit",
    errno.EISDIR: "busy",
    errno.ELOOP: "link",
    errno.EMLINK: "limit",
    errno.ENAMETOOLONG: "limit",
    errno.ENOENT: "busy",
    errno.ENOTDIR: "busy",
    errno.EPERM: "immutable",
    errno.EROFS: "read_only",
    errno.EXDEV: "mount",
}


class ChangedMeanwhile(OSError):
    """Somebody else wrote the file while it was looked at."""

    reason = "busy"


class AsideExists(OSError):
    """There is a file already under the name for the one to set aside."""

    reason = "aside_exists"


class InTheWay(OSError):
    """What was never a file of ours has the name of one that is still being written."""

    reason = "in_the_way"


def sentence(reason: str, target: Optional[FileTarget] = None) -> str:
    """What there is to say about a reason, and what to do."""
    names = {"aside": target.aside_path, "new": target.new_path} if target else {"aside": "", "new": ""}
    return SENTENCES[reason].format(**names)


def reason_of(error: Exception) -> Optional[str]:
    """The reason for which a file is left; None for what is a failure.

    To root only file systems that users mount themselves deny access.
    """
    if not isinstance(error, OSError):
        return None
    if error.errno == errno.EACCES and os.geteuid() == 0:
        return "no_access"
    return getattr(error, "reason", None) or _BY_ERRNO.get(error.errno or 0)


def said_of(error: object) -> str:
    """What the system says of an error; of any other only the type, because its message may tell what is in a file."""
    return str(getattr(error, "strerror", None) or type(error).__name__)
