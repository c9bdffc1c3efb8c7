# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting a file aside and restoring it, one safe step after the other.

The original is never copied, and never without a name: it gets its second name before it loses its first.  So it may
end after any step, and the next run sees by the names where it was.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Optional

from .host.tree import File
from .target import FileTarget, is_same

# What else than owner and mode says who may read a file
_ACCESS = ("system.posix_acl_access", "security.selinux")
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class ChangedMeanwhile(OSError):
    """Somebody else wrote the file while it was looked at."""

    def __init__(self) -> None:
        super().__init__(errno.EBUSY, "Somebody else has changed the file at this moment")


def set_aside(folder: int, target: FileTarget, original: File, left: Optional[bytes], is_aside: bool) -> None:
    """Gives the original its name aside, and its place to what is left of it.

    ``is_aside`` if an interrupted run has given it the name already.  Raises OSError.
    """
    sweep(folder, target)
    if left is not None:
        _write_like(folder, target, left)
    if not is_aside:
        _check_untouched(folder, target.name, original.stat)
        _link(folder, target.name, target.aside)
        os.fsync(folder)
    # Again, because whatever is in the place now loses its last name.
    _check_untouched(folder, target.name, original.stat)
    if left is None:
        os.unlink(target.name, dir_fd=folder)
    else:
        os.rename(target.new, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def restore(folder: int, target: FileTarget, is_here: bool, is_one_file: bool) -> None:
    """Gives the original its place back, over what is there.  Raises OSError."""
    sweep(folder, target)
    if is_here and not is_one_file:
        os.rename(target.aside, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        if not is_one_file:
            _link(folder, target.aside, target.name)
            os.fsync(folder)
        os.unlink(target.aside, dir_fd=folder)
    os.fsync(folder)


def sweep(folder: int, target: FileTarget) -> None:
    """Removes what an interrupted run was still writing."""
    try:
        os.unlink(target.new, dir_fd=folder)
    except FileNotFoundError:
        pass


def _link(folder: int, name: str, other: str) -> None:
    """A second name for a file; unlike renaming it never replaces another file."""
    os.link(name, other, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)


def _check_untouched(folder: int, name: str, before: os.stat_result) -> None:
    now = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not is_same(now, before) or (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise ChangedMeanwhile


def _write_like(folder: int, target: FileTarget, data: bytes) -> None:
    """A new file of these bytes, which those and only those can read who can read the original."""
    original = os.open(target.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        with os.fdopen(os.open(target.new, _CREATE, 0o600, dir_fd=folder), "wb") as new:
            new.write(data)
            new.flush()
            _give_access(original, new.fileno())
            os.fsync(new.fileno())
    finally:
        os.close(original)


def _give_access(original: int, new: int) -> None:
    like, now = os.fstat(original), os.fstat(new)
    if (like.st_uid, like.st_gid) != (now.st_uid, now.st_gid):
        os.fchown(new, like.st_uid, like.st_gid)
    os.fchmod(new, stat.S_IMODE(like.st_mode))
    # Only Linux has extended attributes.
    for name in os.listxattr(original) if hasattr(os, "listxattr") else ():
        if name in _ACCESS:
            os.setxattr(new, name, os.getxattr(original, name))
