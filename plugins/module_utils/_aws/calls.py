# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to AWS: reads with all their pages, and writes.

botocore itself retries throttling, server errors and broken connections.  Its retry quota can run out when a run with many
instances meets low rate limits; writes that are then still throttled are retried here.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

with suppress(ImportError):  # AnsibleAWSModule says which library is missing.
    from botocore import xform_name

from .._common.change import Change
from .._common.errors import AwsError
from .answers import Answers
from .attempts import CONFLICTS, is_throttled, retry_for
from .call_errors import EndlessPages, aws_errors
from .eventual_consistency import PROPAGATION_SECONDS
from .responses import Response, response_in

# More than any account has, with up to 1,000 rows on a page, and more of the lists that are read page by page, such as events
MAX_PAGES = 10_000
MAX_PAGES_OF_LONG_LISTS = 100_000


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
