# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: errors that are returned on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..server.calls import Call
from ..server.denial_messages import encoded_denial
from ..server.errors import AwsError, ForeignAnswer, error_answer
from ..server.http_messages import Answer
from ..server.value_checks import is_whole_number
from .triggers import AFTER, BEFORE, Trigger, Triggers

OTHER = (400, "An error that was asked for.")

# Messages from AWS's documentation, or from users' reports
DEFAULTS = {
    "AccessDenied": (
        403,
        "User: arn:aws:iam::123456789012:user/tester is not authorized to perform: {action} because no "
        "identity-based policy allows the {action} action",
    ),
    "AuthFailure": (401, "AWS was not able to validate the provided access credentials"),
    "ConcurrentModification": (
        409,
        "The request was rejected because multiple requests to change this object were submitted "
        "simultaneously. Wait a few minutes and submit your request again.",
    ),
    "DeleteConflict": (
        409,
        "The request was rejected because it attempted to delete a resource that has attached subordinate entities.",
    ),
    "EntityAlreadyExists": (
        409,
        "The request was rejected because it attempted to create a resource that already exists.",
    ),
    "EntityTemporarilyUnmodifiable": (
        409,
        "The request was rejected because it referenced an entity that is temporarily unmodifiable, "
        "such as a user name that was deleted and then recreated.",
    ),
    "ExpiredToken": (403, "The security token included in the request is expired"),
    "InternalError": (500, "An internal error has occurred"),
    "InternalFailure": (
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "InvalidClientTokenId": (403, "The security token included in the request is invalid."),
    "LimitExceeded": (409, "Cannot exceed quota for PoliciesPerRole: 10"),
    "NoSuchEntity": (
        404,
        "The request was rejected because it referenced a resource entity that does not exist.",
    ),
    "RequestExpired": (400, "Request has expired."),
    "RequestLimitExceeded": (503, "Request limit exceeded."),
    "ServiceFailure": (
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "Throttling": (400, "Rate exceeded"),
    "UnauthorizedOperation": (
        403,
        "You are not authorized to perform this operation. User: "
        "arn:aws:iam::123456789012:user/tester is not authorized to perform: {action} because no "
        "identity-based policy allows the {action} action. "
        "Encoded authorization failure message: {encoded}",
    ),
    "Unavailable": (503, "The server is overloaded and can't handle the request."),
}


@dataclass(kw_only=True)
class Fault(Trigger):
    """An error, or an answer that does not come from AWS, such as a proxy's page."""

    code: str | None = None
    message: str | None = None
    status: int | None = None
    body: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(isinstance(self.code, str | None), "code", "a text")
        self.require(isinstance(self.message, str | None), "message", "a text or null")
        self.require(isinstance(self.body, str | None), "body", "a text or null")
        self.require((self.code is None) != (self.body is None), "code", "given, or body in its place")
        least = 400 if self.body is None else 200
        self.require(self.status is None or is_whole_number(self.status, least, 599), "status", f"{least} to 599, or null")

    def refusal(self, call: Call) -> AwsError:
        """Returns the error for the call."""
        if self.body is not None:
            return ForeignAnswer(self.body, self.status or 200)
        default = refusal_of(self.code, call)
        return AwsError(self.code, self.message or default.message, self.status or default.status)


class Faults(Triggers[Fault]):
    """Faults, the oldest first. The first one that is due answers the call."""

    def __init__(self) -> None:
        super().__init__(Fault)

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call, or the error instead."""
        fault = self.first_due(call, BEFORE)
        if fault:
            raise fault.refusal(call)
        answer = proceed()
        fault = self.first_due(call, AFTER)
        # Not raised: the call was made, and must be counted.
        return error_answer(fault.refusal(call), call.service) if fault else answer


def refusal_of(code: str, call: Call) -> AwsError:
    """Returns the error in AWS's form."""
    status, text = DEFAULTS.get(code, OTHER)
    action = f"{call.service}:{call.operation}"
    return AwsError(code, text.format(action=action, encoded=encoded_denial(action)), status)
