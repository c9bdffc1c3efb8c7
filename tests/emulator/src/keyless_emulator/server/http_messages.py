# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests and answers, and the AWS calls that they make."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import OperationNotFoundError
from moto.core.utils import get_service_model

from .calls import Call
from .parameters import decode, flat

SERVICES = ("autoscaling", "ec2", "iam", "organizations", "sts")
"""Those that are always offered; of others, the calls are not read."""

ACCESS_ANALYZER = "access-analyzer"
"""Offered too; its calls are no forms, but JSON, and moto has none of them."""

SIGNING_NAMES = {"monitoring": "cloudwatch"}
"""Services that sign with another name than that of their model and of their permissions."""

JSON_SERVICES = (ACCESS_ANALYZER, "cloudtrail", "organizations")
"""Those of which a call's parameters are JSON."""

JSON, QUERY = "json", "query"

OPERATIONS = {(ACCESS_ANALYZER, "POST", "/policy/validation"): "ValidatePolicy"}

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Request:
    """One HTTP request, including its body."""

    environ: dict[str, Any]
    body: bytes

    @property
    def method(self) -> str:
        """Returns the HTTP method."""
        return self.environ["REQUEST_METHOD"]

    @property
    def path(self) -> str:
        """Returns the decoded path, without the query string."""
        return self.environ["PATH_INFO"]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. With a ``ttl``, its packets survive only so many network hops."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    ttl: int | None = None


NO_ANSWER = Answer(0, [], b"")
"""The connection is closed instead."""

LOST = Answer(0, [], b"lost")
"""It is lost on its way: the connection stays open until the client has had enough."""


def parse_call(request: Request) -> Call:
    """Returns the AWS call of the request. If the protocol is unknown, it has only a name."""
    access_key_id, region, signing_name = _credential(request)
    service = SIGNING_NAMES.get(signing_name, signing_name)
    fields = _fields(request)
    operation = dict(fields).get("Action") or _operation_without_action(request, service)
    return Call(
        service=service,
        operation=operation,
        parameters=_sent(request, service, operation, fields),
        access_key_id=access_key_id,
        region=region,
        started=time.time(),
    )


def protocol_of(request: Request) -> str:
    """Returns how the client writes its parameters, and expects the answer."""
    return JSON if request.environ.get("HTTP_X_AMZ_TARGET") or service_of(request) in JSON_SERVICES else QUERY


def _sent(request: Request, service: str, operation: str, fields: list[tuple[str, str]]) -> dict[str, Any]:
    return parameters_of(request) if protocol_of(request) == JSON else _parameters(service, operation, fields)


def _credential(request: Request) -> tuple[str | None, str | None, str]:
    match = CREDENTIAL.search(request.environ.get("HTTP_AUTHORIZATION", ""))
    if match is None:
        return None, None, ""
    access_key_id, region, service = match.groups()
    return access_key_id, region, service


def _fields(request: Request) -> list[tuple[str, str]]:
    content_type = request.environ.get("CONTENT_TYPE", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        text = request.body.decode("utf-8", "replace")
    else:
        text = request.environ.get("QUERY_STRING", "")
    return parse_qsl(text, keep_blank_values=True)


def service_of(request: Request) -> str:
    """Returns the service for which the request was signed."""
    return _credential(request)[2]


def parameters_of(request: Request) -> dict[str, Any]:
    """Returns the parameters of a call with a JSON body and a query string, or none if the body is not JSON."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = {}
    query = dict(parse_qsl(request.environ.get("QUERY_STRING", "")))
    return {**query, **(body if isinstance(body, dict) else {})}


def _operation_without_action(request: Request, service: str) -> str:
    known = OPERATIONS.get((service, request.method, request.path))
    if known:
        return known
    target = request.environ.get("HTTP_X_AMZ_TARGET", "")
    return target.rpartition(".")[2] or f"{request.method} {request.path}"


def _parameters(service: str, operation: str, fields: list[tuple[str, str]]) -> dict[str, Any]:
    if service not in (*SERVICES, *SIGNING_NAMES.values()):
        return flat(fields)
    model: Any = get_service_model(service)
    try:
        shape = model.operation_model(operation).input_shape
    except OperationNotFoundError:
        return flat(fields)
    protocol = model.metadata["protocol"]
    return decode(fields, shape, protocol if protocol == "ec2" else QUERY)


def make_request(
    path: str,
    body: bytes = b"",
    service: str = "",
    region: str | None = None,
    access_key_id: str = "AKIAEXAMPLE",
) -> Request:
    """Returns a POST request that no client has sent."""
    credential = f"Credential={access_key_id}/20260101/{region or 'us-east-1'}/{service}/aws4_request"
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=none",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
    }
    return Request(environ, body)
