# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the control node that nobody else may have written, checked as ssh checks keys: their owner, mode and directories.

Whoever can write a manifest chooses which instance profile an undo attaches to which instance.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Iterator, Optional

from ...module_utils._common.mounts import Mounts
from ...module_utils._common.quoting import one_line

MOST_LINKS = 40
MOST_BYTES = 256 * 1024 * 1024
ANY_MODE = 0o177777
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotPrivate(ValueError):
    """Somebody else may have written the file; says what is wrong, and what to do."""


def read_private(path: str) -> Optional[str]:
    """The text of the file, or None if there is none.  Raises NotPrivate if others may have written it, ValueError if it is no text, OSError."""
    check_directories(path)
    mounts = Mounts("/")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotPrivate(f"{one_line(path)} is a symbolic link. Give the path of the file itself.") from None
        raise
    with open(descriptor, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise NotPrivate(f"{one_line(path)} is not a regular file.")
        _check(path, state, mounts.owner(file.fileno(), state))
        return file.read(MOST_BYTES).decode("utf-8")


def check_directories(path: str, creates: bool = False) -> None:
    """Raises NotPrivate if others may put another file in the place of this one, or with ``creates``, create it first.

    In a directory with the sticky bit, such as /tmp, only the owner of a file can replace it, but everybody can create one.  Raises OSError if
    a directory does not exist.
    """
    parent, mounts = os.path.dirname(os.path.join(os.getcwd(), path)), Mounts("/")
    for each in _resolved(parent):
        state = os.lstat(each)
        _check(each, state, mounts.owner_at(state), stat.S_ISVTX)
    if creates:
        state = os.stat(parent)
        _check(os.path.realpath(parent), state, mounts.owner_at(state))


def check_owner(path: str) -> None:
    """Raises NotPrivate if the file or directory exists and belongs to somebody else, who could read and change what is put there.

    The same for a link on the way: its owner could let it lead somewhere else.
    """
    for each in filter(os.path.islink, _resolved(os.path.join(os.getcwd(), path))):
        state = os.lstat(each)
        _check(each, state, Mounts("/").owner_at(state), ANY_MODE)
    if os.path.lexists(path):
        state = os.stat(path) if os.path.isdir(path) else os.lstat(path)
        _check(path, state, Mounts("/").owner_at(state), ANY_MODE)


def _resolved(path: str, links: int = 0) -> Iterator[str]:
    """Each directory and link on the way to the path, as the kernel takes it: `..` after a link is not the directory that has the link."""
    if links > MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    current = "/"
    yield current
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            current = os.path.dirname(current)
            yield current
            continue
        here = os.path.join(current, part)
        yield here
        if os.path.islink(here):
            links += 1
            yield from _resolved(os.path.join(current, os.readlink(here)), links)
        current = os.path.realpath(here)


def _check(path: str, state: os.stat_result, owner: int, unless: int = 0) -> None:
    """Raises NotPrivate if somebody else owns or may write it; ``unless`` it has this bit, others may."""
    shown = one_line(path)
    if owner not in (0, os.geteuid()):
        raise NotPrivate(f"{shown} belongs to the user with the id {owner}. It must belong to you or to root.")
    if state.st_mode & OTHERS_WRITE and not state.st_mode & unless and not stat.S_ISLNK(state.st_mode):
        raise NotPrivate(f"{shown} has the mode {stat.S_IMODE(state.st_mode):04o}, so others can write it. {_fix(shown, state)}")


def _fix(path: str, state: os.stat_result) -> str:
    if state.st_mode & stat.S_ISVTX:
        return "Give a path in a directory of your own."
    return f"If nobody has, run chmod go-w {path}."
