# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS errors that the emulator answers itself."""

from __future__ import annotations

import json
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from .http_messages import NO_ANSWER, Answer

# Not a code of AWS: the connection is closed without an answer.
DISCONNECT = "Disconnect"

EC2_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{request_id}</RequestID></Response>"
)
QUERY_ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>{request_id}</RequestId></ErrorResponse>"
)


class AwsError(Exception):
    """An AWS error: code, message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ForeignAnswer(AwsError):
    """An answer that does not come from AWS: a proxy's page, or nothing at all."""

    def __init__(self, body: str, status: int) -> None:
        super().__init__("", "", status)
        self.body = body


def error_answer(refusal: AwsError, service: str) -> Answer:
    """Returns the error as the service's answer."""
    if isinstance(refusal, ForeignAnswer):
        return Answer(refusal.status, [("Content-Type", "text/html")], refusal.body.encode())
    if refusal.code == DISCONNECT:
        return NO_ANSWER
    content_type, body = render(refusal, service)
    return Answer(refusal.status, [("Content-Type", content_type)], body)


def render(refusal: AwsError, service: str) -> tuple[str, bytes]:
    """Returns the content type and the body of an error, in the service's format."""
    if _speaks_json(service):
        text = json.dumps({"__type": refusal.code, "message": refusal.message})
        return "application/x-amz-json-1.1", text.encode()
    template = EC2_ERROR if service == "ec2" else QUERY_ERROR
    text = template.format(
        code=escape(refusal.code),
        message=escape(refusal.message),
        fault="Sender" if refusal.status < 500 else "Receiver",
        request_id=uuid4(),
    )
    return "text/xml;charset=UTF-8", text.encode()


def _speaks_json(service: str) -> bool:
    try:
        return "json" in get_service_model(service).metadata["protocol"]
    except UnknownServiceError:
        return True
