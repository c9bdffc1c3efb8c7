# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repeats calls: while IAM changes propagate, while AWS throttles, or until a response is the wanted one."""

from __future__ import annotations

import time
from typing import Callable, Iterator, TypeVar

from .._common.errors import AwsError
from .eventual_consistency import PROPAGATION_SECONDS

T = TypeVar("T")

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 10.0  # seconds

# Conflicts of two writers: IAM asks to retry them, and botocore does not.
CONFLICTS = frozenset({"ConcurrentModification", "EntityTemporarilyUnmodifiable"})
THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled"})


def is_throttled(error: AwsError) -> bool:
    """Whether AWS throttled the call."""
    return error.code in THROTTLED


def retry(call: Callable[[], T], is_retryable: Callable[[AwsError], bool], seconds: float = PROPAGATION_SECONDS) -> T:
    """The call's result; retries errors for which ``is_retryable`` is true, for so many seconds."""
    return retry_for(call, lambda error: seconds if is_retryable(error) else 0)


def retry_for(call: Callable[[], T], seconds_for: Callable[[AwsError], float]) -> T:
    """The call's result; retries each error for as many seconds, counted from now, as ``seconds_for`` says."""
    began = time.monotonic()
    for pause in pauses():
        try:
            return call()
        except AwsError as error:
            if time.monotonic() + pause > began + seconds_for(error):
                raise
        time.sleep(pause)
    raise AssertionError("pauses never end")


def poll_until(read: Callable[[], T], is_good: Callable[[T], bool], seconds: float) -> T:
    """The first result of ``read`` that is good or, after so many seconds, the last result."""
    deadline = time.monotonic() + seconds
    for pause in pauses():
        found = read()
        if is_good(found) or time.monotonic() + pause > deadline:
            return found
        time.sleep(pause)
    raise AssertionError("pauses never end")


def pauses(first: float = FIRST_PAUSE) -> Iterator[float]:
    """Seconds to wait between attempts: doubling up to LONGEST_PAUSE."""
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
