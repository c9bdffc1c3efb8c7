# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool of parallel write calls: each starts when a worker is free, and responses are available in any order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Callable, Iterator, Optional, Union

from .._common.change import Change
from .._common.errors import AwsError
from .call_errors import as_aws_error

Outcome = Union[dict[str, Any], AwsError]


class CallPool:
    """Makes calls in parallel for one thread, which adds them and takes their outcomes.

    ``make`` makes the call of a change.  If the ``with`` block ends early, calls that have not started are cancelled.
    """

    def __init__(self, make: Callable[[Change], dict[str, Any]], workers: int) -> None:
        self._make = make
        self._workers = ThreadPoolExecutor(max_workers=workers)
        self._waiting: deque[tuple[Any, Change]] = deque()
        self._finished: SimpleQueue[Future[Any]] = SimpleQueue()
        self._open = 0
        self._failure: Optional[AwsError] = None

    def __enter__(self) -> CallPool:
        return self

    def __exit__(self, _type: Optional[type[BaseException]], _error: Optional[BaseException], _where: Optional[TracebackType]) -> None:
        self._workers.shutdown(cancel_futures=True)

    @property
    def is_idle(self) -> bool:
        """Whether the outcome of every added call has been taken."""
        return not self._open

    def add(self, owner: Any, change: Change, first: bool = False) -> None:
        """Adds a call at the end of the queue, or at its beginning; ``owner`` is returned with the outcome."""
        self._open += 1
        if first:
            self._waiting.appendleft((owner, change))
        else:
            self._waiting.append((owner, change))
        self._workers.submit(self._make_next).add_done_callback(self._finished.put)

    def stop(self, failure: AwsError) -> None:
        """Makes no further calls: the outcome of those that have not started is this failure."""
        self._failure = failure

    def _make_next(self) -> tuple[Any, Outcome]:
        owner, change = self._waiting.popleft()
        if self._failure:
            return owner, self._failure
        try:
            return owner, self._make(change)
        except AwsError as error:
            return owner, error
        except Exception as error:  # pylint: disable=broad-exception-caught  # one call must not end the others
            return owner, as_aws_error(error, change.permission, change.target, change.summary)

    def outcomes(self, seconds: float) -> Iterator[tuple[Any, Outcome]]:
        """The owners of finished calls, each with AWS's response or error; waits up to so many seconds for the first."""
        try:
            finished = self._finished.get(timeout=seconds)
            while True:
                self._open -= 1
                yield finished.result()
                finished = self._finished.get_nowait()
        except Empty:
            return
