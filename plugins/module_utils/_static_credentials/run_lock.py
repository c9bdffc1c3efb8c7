# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets only one run at a time change the files of a host: what one has checked, another must not change before the first acts on it.

Whoever can open the file of the lock can hold it, and so stop all runs.  So it is in a directory that nobody else can enter.
The system releases the lock when its process ends, even if it is killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pwd
import stat
import time
from contextlib import suppress
from typing import Optional

from .reasons import NoLock, OtherRun
from .time_slicing import Deadline

# Systems without /run have the other one.
_OF_SYSTEM = ("/run", "/var/run")
_NAME = "aside.lock"
_PRIVATE = 0o700
_WAIT = 0.1  # seconds
_LONGEST_ID = 20  # bytes


class RunLock:
    """The lock of the user who runs this, on this host.  Root has one of its own."""

    def __init__(self) -> None:
        self._file: Optional[int] = None

    def take(self, deadline: Deadline) -> None:
        """Waits until no other run has it.  Raises OtherRun, and NoLock if nobody can have it."""
        if self._file is not None:
            return
        file = _open()
        try:
            _lock(file, deadline)
        except OSError:
            os.close(file)
            raise
        self._file = file

    def release(self) -> None:
        """Lets others have it, even if a thread that waits for a file system keeps this process from ending."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = None


def _open() -> int:
    place = ""
    try:
        place = _place()
        with suppress(FileExistsError):
            os.mkdir(place, _PRIVATE)
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _check_private(os.fstat(folder))
            return os.open(_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise NoLock(error, place) from None


def _place() -> str:
    """The directory of the lock, which only this user can enter."""
    if os.geteuid() == 0:
        return os.path.join(next(filter(os.path.isdir, _OF_SYSTEM), _OF_SYSTEM[0]), "keyless-ec2")
    try:
        # Not $HOME, which two runs may have from different places
        return os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, ".keyless-ec2")
    except KeyError:
        raise FileNotFoundError(errno.ENOENT, "the user has no home") from None


def _check_private(folder: os.stat_result) -> None:
    if folder.st_uid != os.geteuid() or stat.S_IMODE(folder.st_mode) & ~_PRIVATE:
        raise PermissionError(errno.EPERM, "Others may enter it")


def _lock(file: int, deadline: Deadline) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if deadline.is_over():
                raise OtherRun(_holder(file)) from None
        except OSError as error:
            raise NoLock(error, _place()) from None
        time.sleep(_WAIT)
    # For the messages of those who wait
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.pwrite(file, b"%d" % os.getpid(), 0)


def _holder(file: int) -> str:
    """The id of the process that has the lock, if it has already written it."""
    try:
        number = os.pread(file, _LONGEST_ID, 0)
    except OSError:
        return ""
    return number.decode() if number.isdigit() else ""
