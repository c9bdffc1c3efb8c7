# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares the time fairly: the files of one user must not use up the time for the files of the others.

A file system may never respond: a network file system without its server, or one in user space, whose program a user writes. So what touches
files runs in threads that can be left behind.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Collection, Generic, Hashable, Iterable, Iterator, Optional, TypeVar

T = TypeVar("T")


class TimeOver(Exception):
    """A deadline is over."""


class Deadline:
    """A point in time, some seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        return self.left() <= 0

    def left(self) -> float:
        """The seconds that are left."""
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raises TimeOver."""
        if self.is_over():
            raise TimeOver


class FairDeadlines:
    """Gives groups that work one after the other an equal share of the time that is left, and what earlier ones did not use."""

    def __init__(self, seconds: float, groups: Iterable[Hashable]) -> None:
        self._all = Deadline(seconds)
        self._pending = dict.fromkeys(groups)
        self._begun: dict[Hashable, Deadline] = {}

    def of(self, group: Hashable) -> Deadline:
        """The deadline of a group, whose time begins with the first call."""
        if group not in self._begun:
            self._begun[group] = Deadline(self._all.left() / max(1, len(self._pending)))
            self._pending.pop(group, None)
        return self._begun[group]


class Call(Generic[T]):
    """A call that may never return, in a thread that does not keep the process from ending."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._results: list[T] = []
        self._error: Optional[BaseException] = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._function())
        except BaseException as error:  # pylint: disable=broad-except  # raised by result
            self._error = error

    def has_ended_within(self, seconds: float) -> bool:
        self._thread.join(max(0, seconds))
        return not self._thread.is_alive()

    def result(self) -> T:
        """What the call has returned, once it has ended; or raises what it has raised."""
        if self._error:
            raise self._error
        return self._results[0]


def in_time(function: Callable[[], T], seconds: float) -> T:
    """What the function returns.  Raises TimeOver if it does not return in time; then it may go on.  Without any time, it does not begin."""
    try:
        call = Call(function) if seconds > 0 else None
    except RuntimeError:
        call = None  # No further thread can be started, because too many wait for a file system.
    if not (call and call.has_ended_within(seconds)):
        raise TimeOver
    return call.result()


class SlicedWork:
    """Work in small steps."""

    def __init__(self, steps: Iterator[Any]) -> None:
        self._steps = steps
        self._call: Optional[Call[bool]] = None

    @property
    def is_blocked(self) -> bool:
        """Whether a step has not ended in the time that the work had."""
        return self._call is not None

    def run_until(self, deadline: Deadline) -> bool:
        """Works until the deadline, and returns whether there is more to do.  A step that does not end in time goes on meanwhile."""
        call = self._call or Call(lambda: any(deadline.is_over() for _step in self._steps))
        self._call = call
        if not call.has_ended_within(deadline.left()):
            return True
        self._call = None
        return call.result()


def share_time(work: Collection[SlicedWork], deadline: Deadline, waits: bool = True) -> None:
    """Gives each an equal share of the time that is left, then shares the rest among the unfinished ones and those that were added, and so on.

    Without ``waits``, it ends as soon as all that are left do not respond.
    """
    finished: set[SlicedWork] = set()
    pending = list(work)
    while pending and not deadline.is_over() and (waits or not all(each.is_blocked for each in pending)):
        for each, share in zip(pending, range(len(pending), 0, -1)):
            if not _has_more(each, deadline, share):
                finished.add(each)
        pending = [each for each in list(work) if each not in finished]


def _has_more(work: SlicedWork, deadline: Deadline, share: int) -> bool:
    return deadline.is_over() or work.run_until(Deadline(deadline.left() / share))
