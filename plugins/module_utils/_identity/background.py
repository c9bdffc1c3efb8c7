# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes calls in background threads, so that none of them can block the module."""

from __future__ import annotations

import socket
from concurrent import futures
from threading import Thread
from typing import Callable, TypeVar

T = TypeVar("T")


def in_background(call: Callable[[], T]) -> futures.Future[T]:
    """The future result of the call.  An unfinished call ends with the program."""
    future: futures.Future[T] = futures.Future()
    Thread(target=_settle, args=(future, call), daemon=True).start()
    return future


def within(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises.  Raises socket.timeout if it takes longer."""
    try:
        return in_background(call).result(seconds)
    except futures.TimeoutError:
        raise socket.timeout from None


def _settle(future: futures.Future[T], call: Callable[[], T]) -> None:
    try:
        result = call()
    except Exception as error:  # pylint: disable=broad-except
        future.set_exception(error)
    else:
        future.set_result(result)
