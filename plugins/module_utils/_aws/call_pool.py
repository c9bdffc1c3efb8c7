# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing calls that flow: the next one goes out when a place is free, and no answer waits for another."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Callable, Iterator, Optional, Union

from .._common.change import Change
from .._common.errors import AwsError

Outcome = Union[dict[str, Any], AwsError]


class CallPool:
    """Calls side by side, so many at a time; for one thread, which adds them and takes their outcomes.

    ``make`` makes a change's call.  When the block ends early, what has not gone out yet never does.
    """

    def __init__(self, make: Callable[[Change], dict[str, Any]], places: int) -> None:
        self._make = make
        self._workers = ThreadPoolExecutor(max_workers=places)
        self._due: deque[tuple[Any, Change]] = deque()
        self._answered: SimpleQueue[Future[Any]] = SimpleQueue()
        self._out = 0

    def __enter__(self) -> CallPool:
        return self

    def __exit__(self, _type: Optional[type[BaseException]], _error: Optional[BaseException], _where: Optional[TracebackType]) -> None:
        self._workers.shutdown(cancel_futures=True)

    @property
    def is_idle(self) -> bool:
        """Whether every call that was added has been answered, and its outcome taken."""
        return not self._out

    def add(self, owner: Any, change: Change, first: bool = False) -> None:
        """Has the call made, after all others or before them; ``owner`` comes back with its outcome."""
        self._out += 1
        if first:
            self._due.appendleft((owner, change))
        else:
            self._due.append((owner, change))
        self._workers.submit(self._make_next).add_done_callback(self._answered.put)

    def _make_next(self) -> tuple[Any, Outcome]:
        owner, change = self._due.popleft()
        try:
            return owner, self._make(change)
        except AwsError as error:
            return owner, error

    def outcomes(self, seconds: float) -> Iterator[tuple[Any, Outcome]]:
        """The owners of the calls that are answered, with AWS's answer or its error; waits so long for the first."""
        try:
            answered = self._answered.get(timeout=seconds)
            while True:
                self._out -= 1
                yield answered.result()
                answered = self._answered.get_nowait()
        except Empty:
            return
