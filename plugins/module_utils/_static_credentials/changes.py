# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets a file aside and restores it, in steps that can be interrupted anywhere.

The original is never copied, and always has a name: it gets its second name before it loses the first.  So the next run
sees by the names where this one was interrupted.  A step that fails leaves nothing of its own behind.  Another run that takes
away the one name while this one takes away the other would lose the file: a lock keeps it out.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import Any, Iterator, Optional

from .host.tree import ACCESS_LIST, File
from .reasons import BackupExists, ChangedMeanwhile, InTheWay
from .state import FilesFound, is_same
from .target import FileTarget

# What controls access besides owner and mode
_CONTEXT, _ACL = "security.selinux", ACCESS_LIST
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def set_aside(folder: int, target: FileTarget, original: File, replacement: Optional[bytes], has_backup_name: bool) -> None:
    """Gives the original its backup name, and its place to the replacement, if there is one.

    ``has_backup_name`` if an interrupted run has already given it.  Raises OSError.
    """
    remove_new_file(folder, target, original)
    with _removing_new_file_on_error(folder, target, original):
        new = _write_like(folder, target, original.stat, replacement) if replacement is not None else None
        if not has_backup_name:
            _check_unchanged(folder, target.name, original.stat)
            _link(folder, target.name, target.backup)
        with _removing_backup_on_error(folder, target, has_backup_name):
            os.fsync(folder)
            # Checked again, because whatever is there now loses this name.
            _check_unchanged(folder, target.backup, original.stat)
            _check_unchanged(folder, target.name, original.stat)
            if new is None:
                os.unlink(target.name, dir_fd=folder)
            else:
                _check_unchanged(folder, target.new, new)
                os.rename(target.new, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    _sync(folder)


def restore(folder: int, target: FileTarget, found: FilesFound) -> None:
    """Puts the original back, over the file that was found in its place.  Raises OSError."""
    # What somebody else has put there is not in the way of the original.
    with suppress(InTheWay):
        remove_new_file(folder, target, found.original)
    _check_unchanged(folder, target.backup, found.original.stat)
    if found.current:
        _check_unchanged(folder, target.name, found.current.stat)
    if found.current and not found.is_one_file:
        os.rename(target.backup, target.name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        if not found.is_one_file:
            _link(folder, target.backup, target.name)
            os.fsync(folder)
        _check_unchanged(folder, target.name, found.original.stat)
        os.unlink(target.backup, dir_fd=folder)
    _sync(folder)


def _sync(folder: int) -> None:
    """Makes a change durable that is done, whether this succeeds or not."""
    with suppress(OSError):
        os.fsync(folder)


def remove_new_file(folder: int, target: FileTarget, original: Optional[File]) -> None:
    """Removes the unfinished file of an interrupted run.  Raises InTheWay for what somebody else has put there."""
    try:
        at = os.stat(target.new, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(at.st_mode) or at.st_uid not in {0, os.geteuid(), *([original.stat.st_uid] if original else [])}:
        raise InTheWay(errno.EEXIST, os.strerror(errno.EEXIST))
    os.unlink(target.new, dir_fd=folder)


@contextmanager
def _removing_new_file_on_error(folder: int, target: FileTarget, original: File) -> Iterator[None]:
    try:
        yield
    except Exception:
        with suppress(OSError):
            remove_new_file(folder, target, original)
        raise


@contextmanager
def _removing_backup_on_error(folder: int, target: FileTarget, had_backup_name: bool) -> Iterator[None]:
    """Takes the backup name away again after an error, as long as the original still has its own."""
    try:
        yield
    except Exception:
        try:
            names = [os.stat(name, dir_fd=folder, follow_symlinks=False) for name in (target.name, target.backup)]
            if is_same(*names) and not had_backup_name:
                os.unlink(target.backup, dir_fd=folder)
        except OSError:
            pass
        raise


def _link(folder: int, name: str, other: str) -> None:
    """Gives a file a second name.  Unlike a rename, this never replaces another file."""
    try:
        os.link(name, other, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError as error:
        raise BackupExists(*error.args) from None


def _check_unchanged(folder: int, name: str, before: os.stat_result) -> None:
    now = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not is_same(now, before) or _fingerprint(now) != _fingerprint(before):
        raise ChangedMeanwhile


def _fingerprint(at: os.stat_result) -> tuple[Any, ...]:
    """A value that changes if the contents or the permissions of the file change."""
    return at.st_size, at.st_mtime_ns, at.st_mode, at.st_uid, at.st_gid


def _write_like(folder: int, target: FileTarget, like: os.stat_result, data: bytes) -> os.stat_result:
    """Writes a new file with the same readers as the original."""
    _check_unchanged(folder, target.name, like)
    original = os.open(target.name, _READ, dir_fd=folder)
    try:
        if not is_same(os.fstat(original), like):
            raise ChangedMeanwhile
        with os.fdopen(_create(folder, target), "wb") as new:
            new.write(data)
            new.flush()
            _copy_access(original, new.fileno())
            os.fsync(new.fileno())
            return os.fstat(new.fileno())
    finally:
        os.close(original)


def _create(folder: int, target: FileTarget) -> int:
    try:
        return os.open(target.new, _CREATE, 0o600, dir_fd=folder)
    except FileExistsError as error:
        raise InTheWay(*error.args) from None


def _copy_access(original: int, new: int) -> None:
    """Gives the new file the same readers, in an order in which nobody else can ever read it.

    The file begins as root's with mode 0600, and gets its owner last.  The group comes before the access control list
    that grants it rights, and the list before the mode: with a list, the mode's group bits are the list's mask.
    """
    like, now = os.fstat(original), os.fstat(new)
    # Only Linux has extended attributes.  A new file can inherit an access control list from its folder.
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
