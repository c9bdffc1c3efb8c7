# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long AWS may take to answer, from the first byte sent to the last byte received.

botocore's time limit begins again with each byte, and nothing can interrupt a thread that reads.  So each call gets a thread of its own,
which is left behind after the time limit.  Pauses before retries, and those that adapt the pace to throttling, do not count.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any, Callable, Optional, TypeVar

T = TypeVar("T")

LONGEST_ANSWER = 300.0  # seconds for one answer; the slowest calls of AWS that we make take less than one
LONGEST_CALL = 7200.0  # seconds for all answers to a call, with its retries, or to a list with all its pages

_thread = threading.local()


class SlowAnswer(Exception):
    """An answer that was not complete in time.  AWS may have made the change that it is about."""


class Answers:
    """The answers to a call, or to the calls for the pages of a list."""

    def __init__(self) -> None:
        self._began: Optional[float] = None
        self._taken = 0.0
        self._is_abandoned = False
        self._changing = threading.Lock()

    def wait_for(self, call: Callable[[], T]) -> T:
        """The result of the call; raises SlowAnswer if AWS takes too long, and whatever the call raises."""
        result: Future[T] = Future()
        threading.Thread(target=self._make, args=(call, result), daemon=True).start()
        while True:
            try:
                return result.result(timeout=self._seconds_left())
            except NotYet:
                if result.done():
                    raise  # from the call itself
                self._abandon_if_late()

    def _make(self, call: Callable[[], T], result: Future[T]) -> None:
        _thread.answers = self
        try:
            result.set_result(call())
        except BaseException as error:  # pylint: disable=broad-exception-caught  # it is raised where the result is awaited
            result.set_exception(error)

    def _seconds_left(self) -> float:
        left = min(LONGEST_ANSWER, LONGEST_CALL - self._taken)
        began = self._began
        return max(0.0, left if began is None else began + left - time.monotonic())

    def _abandon_if_late(self) -> None:
        with self._changing:
            if self._began is None or self._seconds_left() > 0:
                return
            self._is_abandoned = True
            raise SlowAnswer(f"the answer was not complete after {time.monotonic() - self._began:.0f} seconds")

    def begin(self) -> None:
        """Notes that a request is about to be sent.  Raises SlowAnswer if nobody waits for the answer any more."""
        with self._changing:
            if self._is_abandoned or self._taken >= LONGEST_CALL:
                raise SlowAnswer(f"the answers took more than {self._taken:.0f} seconds")
            self._began = time.monotonic()

    def end(self) -> None:
        """Notes that the answer has arrived, or that there is none."""
        with self._changing:
            if self._began is not None:
                self._taken += time.monotonic() - self._began
            self._began = None


def time_answers(core: Any) -> None:
    """Has all clients of botocore's session note when they send a request and have the answer, also those that fetch credentials."""
    events = core.get_component("event_emitter")
    events.register_last("before-send", _begin)  # after the pauses of the adaptive mode
    events.register_first("response-received", _end)


def _begin(**_event: Any) -> None:
    answers = getattr(_thread, "answers", None)
    if answers:
        answers.begin()


def _end(**_event: Any) -> None:
    answers = getattr(_thread, "answers", None)
    if answers:
        answers.end()
