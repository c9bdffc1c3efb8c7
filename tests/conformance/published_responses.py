# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses that AWS has published, in the form in which they are sent: examples in botocore's models and in the AWS CLI's documentation.

Of the latter only the members are known here (published_responses.yml); their values are made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import boto3
import botocore.session
import yaml
from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

FILE = Path(__file__).with_name("published_responses.yml")
SESSION = botocore.session.get_session()
DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "PolicyDocument", "Document"})
# Replaces a document in the examples
PLACEHOLDER = "<URL-encoded-JSON>"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
TIME = "2026-01-02T03:04:05Z"
# Values that say what a thing is or refers to
VALUES = {
    "CloudTrailEvent": json.dumps({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "requestParameters": None}),
    "Arn": "arn:aws:iam::123456789012:policy/probe",
    "PolicyArn": "arn:aws:iam::123456789012:policy/probe",
    "InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/probe",
    "VersionId": "v1",
    "DefaultVersionId": "v1",
    "Version": "1",
}


@dataclass(frozen=True)
class Published:
    operation: OperationModel
    answer: dict[str, Any]
    source: str


def published(name: str) -> list[Published]:
    """The published responses of an operation such as ``iam:GetRole``."""
    service, _colon, operation = name.partition(":")
    model = SESSION.get_service_model(service).operation_model(operation)
    examples = SESSION.get_component("data_loader").load_service_model(service, "examples-1")["examples"].get(operation, [])
    found = [Published(model, _with_documents(each["output"]), "an example in botocore's model") for each in examples if each.get("output")]
    pages = [row for row in _of_pages() if row["operation"] == name]
    return found + [Published(model, built(model.output_shape, row["members"]), row["page"]) for row in pages]


@cache
def _of_pages() -> list[dict[str, Any]]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def _with_documents(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _document(key, each) for key, each in value.items()}
    return [_with_documents(each) for each in value] if isinstance(value, list) else value


def _document(key: str, value: Any) -> Any:
    return TRUST if key in DOCUMENTS and isinstance(value, str) and value.startswith("<") else _with_documents(value)


def built(shape: Shape | None, paths: Iterable[str]) -> dict[str, Any]:
    """A response with these members. Those that the model lacks are text."""
    below: dict[str, list[str]] = {}
    for path in paths:
        head, _dot, rest = path.partition(".")
        below.setdefault(head, []).append(rest)
    members = getattr(shape, "members", {})
    if getattr(shape, "is_tagged_union", False):
        below = dict([next(iter(below.items()))])
    return {head.removesuffix("[]"): _value(head, members.get(head.removesuffix("[]")), rests) for head, rests in below.items()}


def _value(head: str, shape: Shape | None, rests: list[str]) -> Any:
    name, paths = head.removesuffix("[]"), [rest for rest in rests if rest]
    if head.endswith("[]"):
        element = getattr(shape, "member", None)
        is_scalar = element is not None and element.type_name not in ("structure", "list", "map")
        return [built(element, paths)] if paths else [_leaf(name, element)] * is_scalar
    return built(shape, paths) if paths else _leaf(name, shape)


def _leaf(name: str, shape: Shape | None) -> Any:
    if name in DOCUMENTS:
        return TRUST
    kind = shape.type_name if shape else "string"
    enum = getattr(shape, "enum", None)
    by_kind = {"boolean": True, "integer": 1, "long": 1, "float": 1.0, "double": 1.0, "timestamp": TIME, "structure": {}, "list": [], "map": {}}
    return enum[0] if enum else by_kind.get(kind, VALUES.get(name, "probe"))


def unknown_members(answer: Any, shape: Shape | None, path: str = "") -> Iterator[str]:
    """The members that the response has and botocore's model lacks. botocore drops them."""
    if isinstance(answer, dict) and isinstance(shape, StructureShape):
        for name, value in answer.items():
            where = f"{path}.{name}" if path else name
            if name in shape.members:
                yield from unknown_members(value, shape.members[name], where)
            else:
                yield where
    elif isinstance(answer, list):
        for each in answer:
            yield from unknown_members(each, getattr(shape, "member", None), f"{path}[]")


# Over the wire


def client(service: str, *answers: Published) -> Any:
    """A client that gets this response; its attribute ``sent`` has the bodies of the requests."""
    by_operation = {each.operation.name: each for each in answers}
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "any"}
    made = boto3.Session(**keys).client(service, region_name="eu-central-1")

    def answer(request: Any, event_name: str, **_others: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        headers = {"Content-Type": "application/x-amz-json-1.1" if _speaks_json(made.meta.service_model) else "text/xml"}
        body = on_the_wire(by_operation[operation]) if operation in by_operation else empty(made, operation)
        return AWSResponse(request.url, 200, headers, _Raw(body))

    made.meta.events.register("before-send", answer)
    return made


def _speaks_json(service_model: ServiceModel) -> bool:
    """Some services have several protocols, of which botocore prefers one."""
    return "json" in getattr(service_model, "resolved_protocol", service_model.metadata["protocol"])


def empty(made: Any, operation: str) -> bytes:
    """An empty response, for a call without a published one."""
    return on_the_wire(Published(made.meta.service_model.operation_model(operation), {}, ""))


def on_the_wire(each: Published) -> bytes:
    if _speaks_json(each.operation.service_model):
        return json.dumps(_json(each.answer, each.operation.output_shape)).encode()
    inner = _xml(each.answer, each.operation.output_shape)
    wrapper = (each.operation.output_shape.serialization.get("resultWrapper") if each.operation.output_shape else None) or ""
    inner = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
    return f"<{each.operation.name}Response>{inner}<requestId>r</requestId></{each.operation.name}Response>".encode()


def _xml(value: Any, shape: Shape | None) -> str:
    if isinstance(value, dict) and shape is not None and shape.type_name == "map":
        return "".join(f"<entry><key>{escape(key)}</key><value>{_xml(each, shape.value)}</value></entry>" for key, each in value.items())
    if isinstance(value, dict) and not isinstance(shape, StructureShape):
        return escape(quote(json.dumps(value)))
    if isinstance(value, dict):
        return "".join(_member(name, each, shape.members.get(name)) for name, each in value.items())
    if isinstance(value, list):
        element = getattr(shape, "member", None)
        name = (element.serialization.get("name") if element else None) or "member"
        return "".join(f"<{name}>{_xml(each, element)}</{name}>" for each in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _member(name: str, value: Any, shape: Shape | None) -> str:
    wire = (shape.serialization.get("name") if shape else None) or name
    return f"<{wire}>{_xml(value, shape)}</{wire}>"


def _json(value: Any, shape: Shape | None) -> Any:
    """Formats a value as JSON, where timestamps are numbers."""
    if isinstance(value, dict):
        return {name: _json(each, getattr(shape, "members", {}).get(name)) for name, each in value.items()}
    if isinstance(value, list):
        return [_json(each, getattr(shape, "member", None)) for each in value]
    return 1_767_323_045 if shape is not None and shape.type_name == "timestamp" else value


class _Raw:
    """The stream from which AWSResponse reads a body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_arguments: Any, **_options: Any) -> Iterator[bytes]:
        yield self._body
