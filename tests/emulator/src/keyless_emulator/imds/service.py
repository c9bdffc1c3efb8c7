# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance metadata service, for each instance under /imds/<instance id>/."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from ..conditions.clock import clock
from ..ec2.instance_index import instance_anywhere
from ..ec2.metadata_options import options_in_force
from ..server.http_messages import LOST, NO_ANSWER, Answer, Request
from .metadata import metadata_at
from .metrics import count_without_token
from .tokens import is_valid, new_token

PREFIX = "/imds/"
TOKEN_PATH = "/latest/api/token"
TOKEN_HEADER = "X-Aws-Ec2-Metadata-Token"
SECONDS_HEADER = f"{TOKEN_HEADER}-Ttl-Seconds"
ADDRESS = re.compile(PREFIX + r"(i-[0-9a-f]+)(?:;hops=([1-9][0-9]*))?(/.*)?")


class MetadataService:
    """Answers like AWS's metadata service on the instance that the path names.

    ``;hops=2`` simulates a client that is one hop further away than the instance. ``lock`` keeps AWS calls from changing what is read.
    """

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self._lock = lock

    def answer(self, request: Request) -> Answer:
        """Returns the answer, or no answer if the instance does not run."""
        address = ADDRESS.fullmatch(request.path)
        if address is None:
            return _failed(HTTPStatus.NOT_FOUND)
        instance_id, hops, path = address.groups()
        with self._lock:
            instance = instance_anywhere(instance_id)
            if instance is None or instance.state != "running":
                return NO_ANSWER
            return _answer_on(instance, int(hops or 1), request, path or "/")


def _answer_on(instance: Any, hops: int, request: Request, path: str) -> Answer:
    options = options_in_force(instance)
    if options.http_endpoint == "disabled":
        return _failed(HTTPStatus.FORBIDDEN)
    if request.method == "PUT":
        left = options.http_put_response_hop_limit - hops
        return LOST if left < 0 else replace(_give_token(instance, request, path), ttl=left + 1)
    if request.method not in ("GET", "HEAD"):
        return _failed(HTTPStatus.METHOD_NOT_ALLOWED)
    if not _may_read(instance, request):
        return _failed(HTTPStatus.UNAUTHORIZED)
    text = metadata_at(instance, path)
    return _failed(HTTPStatus.NOT_FOUND) if text is None else _answered(HTTPStatus.OK, text)


def _give_token(instance: Any, request: Request, path: str) -> Answer:
    if _header(request, "X-Forwarded-For") is not None:
        return _failed(HTTPStatus.FORBIDDEN)
    if path != TOKEN_PATH:
        return _failed(HTTPStatus.METHOD_NOT_ALLOWED)
    seconds = _header(request, SECONDS_HEADER) or ""
    if not re.fullmatch("[0-9]{1,5}", seconds) or not 1 <= int(seconds) <= 21600:
        return _failed(HTTPStatus.BAD_REQUEST)
    return _answered(HTTPStatus.OK, new_token(instance, int(seconds)), (SECONDS_HEADER, seconds))


def _may_read(instance: Any, request: Request) -> bool:
    """Tells whether a request may read. A wrong token is refused even where none is required."""
    token = _header(request, TOKEN_HEADER)
    if token is None:
        answered = options_in_force(instance).http_tokens != "required"
        count_without_token(instance, answered)
        return answered
    return is_valid(instance, token)


def _header(request: Request, name: str) -> str | None:
    return request.environ.get(f"HTTP_{name.upper().replace('-', '_')}")


def _failed(status: HTTPStatus) -> Answer:
    return _answered(status, f"{status.value} - {status.phrase}")


def _answered(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Answer:
    date = formatdate(clock().now(), usegmt=True)
    own = [("Content-Type", "text/plain"), ("Server", "EC2ws"), ("Date", date)]
    return Answer(status.value, [*own, *headers], text.encode())
