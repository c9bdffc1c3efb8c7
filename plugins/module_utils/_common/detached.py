# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls a function in a child process that can be left behind.

A thread that waits for a file system may not even be killed: Linux waits for the program of a file system in user space. Such a process never
ends, and neither does a task of Ansible that waits for it. So a child waits, which holds nothing that Ansible waits for.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import select
import signal
from contextlib import suppress
from typing import Callable, NoReturn, TypeVar

T = TypeVar("T")
GRACE = 30  # seconds, for what is left to do after the function's own time limit
_PR_SET_PDEATHSIG = 1


class NoResult(Exception):
    """The child has not returned anything, or not in time."""


def call_detached(function: Callable[[], T], seconds: float) -> T:
    """What the function returns; it has to be possible to pickle that.  Raises NoResult."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        _in_child(function, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        # It writes everything at once, when it has ended.
        if not select.select([pipe], [], [], seconds + GRACE)[0]:
            raise NoResult
        data = pipe.read()
    try:
        result: T = pickle.loads(data)
    except (EOFError, pickle.UnpicklingError):
        # It was killed, perhaps while it wrote.
        raise NoResult from None
    return result


def _in_child(function: Callable[[], T], writing: int) -> NoReturn:
    status = 1
    try:
        _end_with_parent()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        data = pickle.dumps(function())
        with open(writing, "wb") as pipe:
            pipe.write(data)
        status = 0
    finally:
        # Without the handlers of the parent
        os._exit(status)  # pylint: disable=protected-access


def _end_with_parent() -> None:
    """The child is killed once the parent ends.  Only Linux has that."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
