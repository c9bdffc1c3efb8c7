# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calling AWS: one error type, calls side by side, retries while IAM's news travel, waiting.

What botocore retries by itself (throttling, server errors, broken connections) is left to botocore.  Of throttling, its
quota of retries can be used up when a large fleet meets small limits; what then comes through is tried again here.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, TypeVar

try:
    from botocore import xform_name
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.change import Change
from .._common.errors import UNEXPECTED_ANSWER, AwsError
from .answers import Answer, answer_in, unreadable
from .denials import denial_in

T = TypeVar("T")

# IAM's writes reach its own readers, and EC2, late.  Two minutes is what AWS's own tools allow for.
PROPAGATION_SECONDS = 120
# It is mostly a matter of two seconds.  So long IAM is doubted where nothing says that something is new.
USUAL_SECONDS = 5
FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 10.0  # seconds

# Clashes of two writers, which IAM asks to repeat and botocore does not.
CLASHES = frozenset({"ConcurrentModification", "EntityTemporarilyUnmodifiable"})
THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled"})


@contextmanager
def aws_errors(operation: str, target: str, doing: str) -> Iterator[None]:
    """Raises AwsError for whatever botocore raises inside; the arguments are AwsError's.

    Nothing but botocore's own calls goes inside: what its parsers raise at a page that is no answer has no type of its own.
    """
    try:
        yield
    except ClientError as error:
        code, message = _said(error.response)
        raise AwsError(operation, target, doing, code, message, denial_in(error.response.get("Error", {}))) from error
    except BotoCoreError as error:
        code = type(error).__name__
        code = code[: -len("Error")] if code.endswith("Error") else code
        raise AwsError(operation, target, doing, code, str(error)) from error
    except (ResponseParserError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise AwsError(operation, target, doing, UNEXPECTED_ANSWER, unreadable(error)) from error


def _said(response: dict[str, Any]) -> tuple[str, str]:
    """The code and the text of AWS's refusal; a page in its place has no code, or only HTTP's."""
    said = response.get("Error", {})
    code = said.get("Code") or ""
    if code and not code.isdigit():
        return code, said.get("Message") or ""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", code)
    return UNEXPECTED_ANSWER, f"the answer has the HTTP status {status} and is not an error message of AWS's"


def read(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Answer:
    """AWS's answer to a reading call, all its pages put together; raises AwsError.

    ``operation`` is written as in IAM policies (``iam:GetRole``); ``target`` and ``doing`` are AwsError's.
    """
    name = xform_name(operation.partition(":")[2])
    if client.can_paginate(name):
        call = client.get_paginator(name).paginate(**parameters).build_full_result
    else:
        call = partial(getattr(client, name), **parameters)
    with aws_errors(operation, target, doing):
        parsed = call()
    return answer_in(parsed, operation, target, doing)


def find(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Optional[Answer]:
    """The same, or None where IAM says that there is no such thing."""
    try:
        return read(client, operation, target, doing, **parameters)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return None
        raise


def read_pages(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Iterator[Answer]:
    """The same page by page, for what is too much to hold at once."""
    pages = client.get_paginator(xform_name(operation.partition(":")[2])).paginate(**parameters)
    with aws_errors(operation, target, doing):
        for page in pages:
            yield answer_in(page, operation, target, doing)


def perform(client: Any, change: Change, patience: Optional[Callable[[AwsError], float]] = None) -> Answer:
    """Makes the change's call and returns AWS's answer; raises AwsError.

    Throttling and clashes of two writers are tried again, and what may be news that has not arrived yet: ``patience`` says
    for how many seconds.
    """
    method = getattr(client, xform_name(change.operation))

    def call() -> Answer:
        asked = (change.permission, change.target, change.summary)
        with aws_errors(*asked):
            parsed = method(**change.parameters)
        return answer_in(parsed, *asked)

    def seconds(error: AwsError) -> float:
        if is_throttled(error) or error.code in CLASHES:
            return PROPAGATION_SECONDS
        return patience(error) if patience else 0

    return retry_for(call, seconds)


def is_throttled(error: AwsError) -> bool:
    """Whether AWS only wants the same call later."""
    return error.code in THROTTLED


def retry(call: Callable[[], T], again: Callable[[AwsError], bool], seconds: float = PROPAGATION_SECONDS) -> T:
    """The call's result; while ``again`` says so of its AwsError, and for so many seconds, calls again."""
    return retry_for(call, lambda error: seconds if again(error) else 0)


def retry_for(call: Callable[[], T], patience: Callable[[AwsError], float]) -> T:
    """The call's result; calls again for as many seconds from now as ``patience`` says of its AwsError."""
    began = time.monotonic()
    for pause in pauses():
        try:
            return call()
        except AwsError as error:
            if time.monotonic() + pause > began + patience(error):
                raise
        time.sleep(pause)
    raise AssertionError("pauses never end")


def poll_until(look: Callable[[], T], is_good: Callable[[T], bool], seconds: float) -> T:
    """What ``look`` returns: the first that is good or, after so many seconds, the last."""
    deadline = time.monotonic() + seconds
    for pause in pauses():
        found = look()
        if is_good(found) or time.monotonic() + pause > deadline:
            return found
        time.sleep(pause)
    raise AssertionError("pauses never end")


def pauses(first: float = FIRST_PAUSE) -> Iterator[float]:
    """Seconds to wait between attempts: doubling, then steady."""
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def in_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls return, in their order, made side by side; raises the error of the first that failed."""
    return each_in_parallel(lambda call: call(), calls, len(calls))


def each_in_parallel(function: Callable[[Any], T], items: Iterable[Any], workers: int) -> list[T]:
    """``function`` of every item, in order, at most so many at a time; raises the error of the first that failed."""
    items = list(items)
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        return list(pool.map(function, items))


def chunks(items: Sequence[T], size: int) -> list[list[T]]:
    """The items in lists of at most so many."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
