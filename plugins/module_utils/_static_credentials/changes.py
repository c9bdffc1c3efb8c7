# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting a file aside and restoring it, one safe step after the other.

The original is never copied, and never without a name: it gets its second name before it loses its first.  So it may
end after any step, and the next run sees by the names where it was.  What fails leaves nothing of its own behind.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import Any, Iterator, Optional

from .host.tree import File
from .reasons import AsideExists, ChangedMeanwhile, InTheWay
from .target import FilesFound, FileTarget, is_same

# What else than owner and mode says who may read a file
_CONTEXT, _ACL = "security.selinux", "system.posix_acl_access"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def set_aside(folder: int, target: FileTarget, original: File, left: Optional[bytes], is_aside: bool) -> None:
    """Gives the original its name aside, and its place to what is left of it.

    ``is_aside`` if an interrupted run has given it the name already.  Raises OSError.
    """
    sweep(folder, target)
    with _swept(folder, target):
        new = _write_like(folder, target, original.stat, left) if left is not None else None
        if not is_aside:
            _check_untouched(folder, target.name, original.stat)
            _link(folder, target.name, target.aside)
        with _unlinked(folder, target, is_aside):
            os.fsync(folder)
            # Again, because whatever is in the place now loses its last name.
            _check_untouched(folder, target.name, original.stat)
            if new is None:
                os.unlink(target.name, dir_fd=folder)
            else:
                _check_untouched(folder, target.new, new)
                os.rename(target.new, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def restore(folder: int, target: FileTarget, found: FilesFound) -> None:
    """Gives the original its place back, over what was found there.  Raises OSError."""
    sweep(folder, target)
    _check_untouched(folder, target.aside, found.original.stat)
    if found.here:
        _check_untouched(folder, target.name, found.here.stat)
    if found.here and not found.is_one_file:
        os.rename(target.aside, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        if not found.is_one_file:
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
    except IsADirectoryError as error:
        raise InTheWay(*error.args) from None


@contextmanager
def _swept(folder: int, target: FileTarget) -> Iterator[None]:
    """Leaves no new file behind if it fails."""
    try:
        yield
    except Exception:
        with suppress(OSError):
            sweep(folder, target)
        raise


@contextmanager
def _unlinked(folder: int, target: FileTarget, is_aside: bool) -> Iterator[None]:
    """Takes the name aside back if it fails, as long as the original still has its own."""
    try:
        yield
    except Exception:
        try:
            names = [os.stat(name, dir_fd=folder, follow_symlinks=False) for name in (target.name, target.aside)]
            if is_same(*names) and not is_aside:
                os.unlink(target.aside, dir_fd=folder)
        except OSError:
            pass
        raise


def _link(folder: int, name: str, other: str) -> None:
    """A second name for a file; unlike renaming it never replaces another file."""
    try:
        os.link(name, other, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as error:
        raise AsideExists(*error.args) from None


def _check_untouched(folder: int, name: str, before: os.stat_result) -> None:
    now = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not is_same(now, before) or _written(now) != _written(before):
        raise ChangedMeanwhile


def _written(at: os.stat_result) -> tuple[Any, ...]:
    """What is another when somebody has written a file, or has changed who may read it."""
    return at.st_size, at.st_mtime_ns, at.st_mode, at.st_uid, at.st_gid


def _write_like(folder: int, target: FileTarget, like: os.stat_result, data: bytes) -> os.stat_result:
    """A new file of these bytes, which those and only those can read who can read the original."""
    _check_untouched(folder, target.name, like)
    original = os.open(target.name, _READ, dir_fd=folder)
    try:
        if not is_same(os.fstat(original), like):
            raise ChangedMeanwhile
        with os.fdopen(_create(folder, target), "wb") as new:
            new.write(data)
            new.flush()
            _give_access(original, new.fileno())
            os.fsync(new.fileno())
            return os.fstat(new.fileno())
    finally:
        os.close(original)


def _create(folder: int, target: FileTarget) -> int:
    try:
        return os.open(target.new, _CREATE, 0o600, dir_fd=folder)
    except FileExistsError as error:
        raise InTheWay(*error.args) from None


def _give_access(original: int, new: int) -> None:
    """Lets the readers of the original in, in such an order that nobody else is ever let in.

    At first the file is readable for root only, and it is given to its owner last.  The group comes before the list
    that lets it in, and the list before the mode: with a list, that tells not the group's rights but the mask.
    """
    like, now = os.fstat(original), os.fstat(new)
    # Only Linux has extended attributes.  A new file may have a list too, from its folder.
    has, has_now = (set(os.listxattr(each)) if hasattr(os, "listxattr") else set() for each in (original, new))
    if like.st_gid != now.st_gid:
        os.fchown(new, -1, like.st_gid)
    if _ACL in has_now:
        os.removexattr(new, _ACL)
    for name in (_CONTEXT, _ACL):
        if name in has:
            os.setxattr(new, name, os.getxattr(original, name))
    os.fchmod(new, stat.S_IMODE(like.st_mode) & 0o777)
    if like.st_uid != now.st_uid:
        os.fchown(new, like.st_uid, -1)
