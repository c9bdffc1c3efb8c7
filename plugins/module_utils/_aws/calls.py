# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to AWS: one error type, parallel calls, retries while IAM changes propagate, waiting.

botocore itself retries throttling, server errors and broken connections.  Its retry quota can run out when a run with many
instances meets low rate limits; writes that are then still throttled are retried here.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, TypeVar

try:
    from botocore import xform_name
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    UNPARSED = (ResponseParserError, ValueError, LookupError, TypeError, AttributeError)
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.change import Change
from .._common.error_suggestions import CREDENTIALS, READ_TIMEOUT, UNEXPECTED_ANSWER
from .._common.errors import AwsError
from .answers import Answers, SlowAnswer
from .credentials import WITHOUT_CREDENTIALS, CredentialsFailed, NotSent
from .denials import denial_in
from .eventual_consistency import PROPAGATION_SECONDS
from .responses import Response, error_text, parse_problem, response_in
from .unknown_regions import explain_region, region_of

T = TypeVar("T")

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 10.0  # seconds

# Conflicts of two writers: IAM asks to retry them, and botocore does not.
CONFLICTS = frozenset({"ConcurrentModification", "EntityTemporarilyUnmodifiable"})
THROTTLED = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException", "RequestThrottled"})

# More than any account has, with up to 1,000 rows on a page, and more of the lists that are read page by page, such as events
MAX_PAGES = 10_000
MAX_PAGES_OF_LONG_LISTS = 100_000


WITHOUT = frozenset({"NoCredentials", "PartialCredentials"})


class EndlessPages(Exception):
    """The pages of a response do not end."""


@contextmanager
def aws_errors(operation: str, target: str, doing: str, client: Any = None) -> Iterator[None]:
    """Turns every exception inside into AwsError; the arguments are AwsError's, and the client that makes the call.

    Put only botocore's own calls inside: its parsers raise any built-in exception for a response that AWS did not send.
    """
    try:
        yield
    except Exception as error:  # pylint: disable=broad-exception-caught  # a call that failed must never hide those that did not
        raise explain_region(as_aws_error(error, operation, target, doing), region_of(client)) from error


def as_aws_error(error: Exception, operation: str, target: str, doing: str) -> AwsError:
    """The error of the call that raised this; the other arguments are AwsError's."""
    if isinstance(error, AwsError):
        return error
    if isinstance(error, NotSent):
        # Without credentials, no call is sent, so no earlier one is to blame.
        return AwsError(error.operation or operation, target, doing, error.code, error.why if error.code in WITHOUT else str(error))
    if isinstance(error, CredentialsFailed):
        code, message = error_text(error.cause)
        return AwsError(CREDENTIALS, target, f"fetch AWS credentials to {doing}", code, f"{error.method}: {message}")
    code, message = error_text(error)
    if isinstance(error, WITHOUT_CREDENTIALS):
        return AwsError(CREDENTIALS, target, doing, code, message)
    denial = denial_in(error.response.get("Error", {})) if isinstance(error, ClientError) else None
    if isinstance(error, SlowAnswer):
        code = READ_TIMEOUT
    elif isinstance(error, EndlessPages):
        code = UNEXPECTED_ANSWER
    elif isinstance(error, UNPARSED) and not isinstance(error, BotoCoreError):
        code, message = UNEXPECTED_ANSWER, parse_problem(error)
    return AwsError(operation, target, doing, code, message, denial)


def read(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Response:
    """The response to a reading call, with all pages merged; raises AwsError.

    ``operation`` is written as in IAM policies (``iam:GetRole``); ``target`` and ``doing`` are AwsError's.
    """
    with aws_errors(operation, target, doing, client):
        parsed = _joined(_pages(client, operation, parameters, MAX_PAGES))
    return response_in(parsed, operation, target, doing)


def _pages(client: Any, operation: str, parameters: Mapping[str, Any], most: int) -> Iterator[Mapping[str, Any]]:
    """The pages of a response, or the only one.  botocore notices a token that is repeated, and this also tokens without an end."""
    name, answers = xform_name(operation.partition(":")[2]), Answers()
    if not client.can_paginate(name):
        yield answers.wait_for(partial(getattr(client, name), **parameters))
        return
    pages = iter(client.get_paginator(name).paginate(**parameters))
    for number in count(1):
        page = answers.wait_for(lambda: next(pages, None))
        if page is None:
            return
        if number > most:
            raise EndlessPages(f"there are more than {most} pages")
        yield page


def _joined(pages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The pages as one: all rows of their lists, and the other members of the last one."""
    joined: dict[str, Any] = {}
    for page in pages:
        for member, value in page.items():
            if isinstance(value, list) and member in joined:
                joined[member].extend(value)
            else:
                joined[member] = value
    return joined


def find(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Optional[Response]:
    """The same, or None if IAM says that the resource does not exist."""
    try:
        return read(client, operation, target, doing, **parameters)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return None
        raise


def read_pages(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Iterator[Response]:
    """The same page by page, for lists that are too long to keep in memory."""
    with aws_errors(operation, target, doing, client):
        for page in _pages(client, operation, parameters, MAX_PAGES_OF_LONG_LISTS):
            yield response_in(page, operation, target, doing)


def perform(client: Any, change: Change, seconds_for: Optional[Callable[[AwsError], float]] = None) -> Response:
    """Makes the change's call and returns the response; raises AwsError.

    Throttling and conflicts of two writers are retried.  For other errors, ``seconds_for`` says how long to retry them.
    """

    def call() -> Response:
        context = (change.permission, change.target, change.summary)
        with aws_errors(*context, client):
            parsed = Answers().wait_for(partial(getattr(client, xform_name(change.operation)), **change.parameters))
        return response_in(parsed, *context)

    def seconds(error: AwsError) -> float:
        if is_throttled(error) or error.code in CONFLICTS:
            return PROPAGATION_SECONDS
        return seconds_for(error) if seconds_for else 0

    return retry_for(call, seconds)


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


def in_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """The results of the calls, in order, made in parallel; raises the first error in that order."""
    return each_in_parallel(lambda call: call(), calls, len(calls))


def each_in_parallel(function: Callable[[Any], T], items: Iterable[Any], workers: int) -> list[T]:
    """``function`` of every item, in order, with so many workers; raises the first error in that order."""
    items = list(items)
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        return list(pool.map(function, items))


def chunks(items: Sequence[T], size: int) -> list[list[T]]:
    """The items in lists of at most ``size``."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
