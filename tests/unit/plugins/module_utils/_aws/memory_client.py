# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A boto3 client in memory, with its responses and recorded calls."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError


class Client:
    """Returns a response for each method name: a dict, or a function that returns one from the parameters.

    ``paged`` are the methods that can paginate.  ``asked`` has each call with its parameters.
    """

    def __init__(self, paged: tuple[str, ...] = (), **responses: Any) -> None:
        self._paged = paged
        self._answers = responses
        self.asked: list[tuple[str, dict[str, Any]]] = []
        events = SimpleNamespace(register=lambda name, handler: None)
        self.meta = SimpleNamespace(partition="aws", region_name="eu-central-1", events=events)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        response = self._answers[method]

        def call(**parameters: Any) -> Any:
            self.asked.append((method, parameters))
            return response(**parameters) if callable(response) else response

        return call

    def can_paginate(self, method: str) -> bool:
        return method in self._paged

    def get_paginator(self, method: str) -> Any:
        def paginate(**parameters: Any) -> Any:
            return (page for page in [getattr(self, method)(**parameters)])

        return SimpleNamespace(paginate=paginate)


def refused(code: str, message: str = "no") -> ClientError:
    """The exception that botocore raises for an AWS error."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def refuse(code: str, message: str = "no") -> Callable[..., Any]:
    """A response that is an AWS error."""

    def response(**_parameters: Any) -> Any:
        raise refused(code, message)

    return response


def one_after_the_other(*responses: Any) -> Callable[..., Any]:
    """A different response for each call; some can be AWS errors."""
    left = list(responses)

    def response(**_parameters: Any) -> Any:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return response
