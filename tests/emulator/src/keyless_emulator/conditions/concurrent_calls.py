# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of another client, made just before or just after a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ParamValidationError
from botocore.model import OperationNotFoundError
from botocore.serialize import create_serializer
from moto.core.utils import get_service_model

from ..server.calls import Call
from ..server.http_messages import SERVICES, Answer, Request, make_request
from .triggers import AFTER, BEFORE, Trigger, Triggers

ACCESS_KEY_ID = "AKIACONCURRENTCALL00"


@dataclass(kw_only=True)
class ConcurrentCall(Trigger):
    """One call of another client: ``{"service": …, "operation": …, "parameters": {…}}``."""

    call: dict[str, Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(isinstance(self.call, dict), "call", "an object")
        wanted = "an object with service, operation and parameters"
        self.require(self.call.keys() == {"service", "operation", "parameters"}, "call", wanted)
        self.require(self.call["service"] in SERVICES, "service", f"one of {', '.join(SERVICES)}")
        self.require(isinstance(self.call["operation"], str), "operation", "a text")
        self.request(None)

    def request(self, region: str | None) -> Request:
        """Returns the HTTP request of the call. Raises ValueError if botocore refuses it."""
        model: Any = get_service_model(self.call["service"])
        serializer = create_serializer(model.metadata["protocol"])
        try:
            operation = model.operation_model(self.call["operation"])
            form = serializer.serialize_to_request(self.call["parameters"], operation)["body"]
        except (OperationNotFoundError, ParamValidationError) as error:
            raise ValueError(f"ConcurrentCall: {error}") from error
        return make_request("/", urlencode(form).encode(), self.call["service"], region, ACCESS_KEY_ID)


class ConcurrentCalls(Triggers[ConcurrentCall]):
    """Makes all due calls of other clients around each call, the oldest first."""

    def __init__(self, make: Callable[[Request], Answer]) -> None:
        super().__init__(ConcurrentCall)
        self._make = make

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call."""
        self._make_due_calls(call, BEFORE)
        answer = proceed()
        self._make_due_calls(call, AFTER)
        return answer

    def _make_due_calls(self, call: Call, when: str) -> None:
        for each in self.all_due(call, when):
            self._make(each.request(call.region))
