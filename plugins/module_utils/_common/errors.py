# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that this collection raises (one for options, one for AWS), and what a user can do about each.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
NO_CREDENTIALS = frozenset({"NoCredentials", "PartialCredentials", "CredentialRetrieval", "ProfileNotFound"})
BAD_CREDENTIALS = frozenset({"InvalidClientTokenId", "AuthFailure", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException"})
UNREACHABLE = frozenset(
    {
        *("EndpointConnection", "ConnectTimeout", "ReadTimeout", "ConnectionClosed", "HTTPClient", "Connection"),
        *("SSL", "ProxyConnection", "IncompleteRead", "ResponseStreaming"),
    }
)
# The response did not come from AWS or is incomplete: a proxy's page, an empty body, or XML with elements missing.
UNEXPECTED_ANSWER = "UnexpectedAnswer"

# In EC2's errors, this precedes a message that only sts:DecodeAuthorizationMessage can decode.
ENCODED = "Encoded authorization failure message: "
DECODE_TOO = "If sts:DecodeAuthorizationMessage is also allowed, this error says exactly what is missing or denied."

# Auto Scaling's error for every permission that the caller needs and lacks to launch from a launch template.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
TEMPLATE_DENIED = "You are not authorized to use launch template"
MAY_LAUNCH = (
    "Allow the identity that runs this task ec2:RunInstances for everything that the launch template launches, iam:PassRole on the role "
    "of its instance profile, and ec2:CreateTags on what it tags."
)

# These calls also need iam:PassRole.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
PASSES_A_ROLE = frozenset(
    {
        "iam:AddRoleToInstanceProfile",
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
    }
)


class OptionError(Exception):
    """An option with a value that can't be used: the option's name, what is wrong, and a suggestion."""

    def __init__(self, option: str, problem: str, suggestion: str) -> None:
        super().__init__(f"{option}: {problem} {suggestion}")
        self.option = option


@dataclass(frozen=True)
class Denial:
    """Why AWS denied a call: the action and the resource.  The action can differ from the call (``iam:PassRole``).

    For an explicit deny, ``statements`` are the ids of the statements that deny it, if they have ids.
    """

    action: str
    resource: str
    is_explicit: bool
    statements: tuple[str, ...] = ()


@dataclass(eq=False)
class AwsError(Exception):
    """A call that failed: AWS returned an error, or could not be reached.

    ``operation`` is written as in IAM policies (``iam:AttachRolePolicy``), ``target`` as in ``actions`` (``role/web``).
    ``doing`` is a phrase that can follow "Could not".  ``code`` and ``message`` are AWS's own.  ``denial`` is why AWS denied
    the call, if known.  ``suggestion`` is given if the caller knows a better one than ``suggestion_for``.
    """

    operation: str
    target: str
    doing: str
    code: str
    message: str
    denial: Optional[Denial] = None
    suggestion: Optional[str] = None

    def __str__(self) -> str:
        text = f"Could not {self.doing}: {self.code}: {self.message}"
        suggestion = suggestion_for(self)
        return f"{text.rstrip('.')}. {suggestion}" if suggestion else text

    def as_result(self) -> dict[str, Any]:
        """The error as a return value: ``operation``, ``target``, ``code`` and ``message``."""
        return {"operation": self.operation, "target": self.target, "code": self.code, "message": self.message}


def suggestion_for(error: AwsError) -> Optional[str]:
    """What the user can do about it, as a sentence, or None."""
    if error.suggestion:
        return error.suggestion
    if error.denial:
        return _suggestion_for_denial(error.denial)
    if error.code in ACCESS_DENIED and TEMPLATE_DENIED in error.message:
        return MAY_LAUNCH
    if error.code in ACCESS_DENIED:
        also = ", and iam:PassRole on the role" if error.operation in PASSES_A_ROLE else ""
        suggestion = f"Allow {error.operation} on {error.target}{also} for the identity that runs this task."
        return f"{suggestion} {DECODE_TOO}" if ENCODED in error.message else suggestion
    if error.code in NO_CREDENTIALS:
        return (
            "Give the task AWS credentials: the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY), the options profile or access_key and secret_key, "
            "or the role of the machine that runs it."
        )
    if error.code in BAD_CREDENTIALS:
        return "AWS does not accept the credentials in use: renew them, or choose others with the option profile."
    if error.code in UNREACHABLE:
        return "Check the network, the option region, and the option endpoint_url if it is set."
    return _BY_CODE.get(error.code)


def _suggestion_for_denial(denial: Denial) -> str:
    what = f"{denial.action} on {denial.resource}"
    if not denial.is_explicit:
        return f"Allow {what} for the identity that runs this task."
    named = f", in the statement {' or '.join(denial.statements)}" if denial.statements else ""
    return f"A policy explicitly denies {what}{named}: change it, or use another identity."


_BY_CODE = {
    UNEXPECTED_ANSWER: "A proxy between this machine and AWS may have sent this response: check the proxy (HTTPS_PROXY), the option "
    "endpoint_url if it is set, and https://health.aws.amazon.com, and run again.",
    "NoRegion": "Set the AWS region, with the option region or the environment variable AWS_REGION.",
    "ConcurrentModification": "Another client is changing the same resource: run again.",
    "EntityTemporarilyUnmodifiable": "IAM is still busy with an earlier change: run again in a minute.",
    "EntityAlreadyExists": "It was created in the meantime, or a name that differs only in upper and lower case exists. "
    "Run again, or choose another name.",
    "NoSuchEntity": "It does not exist, or was deleted in the meantime: check the name, or run again.",
    "DeleteConflict": "Something was added in the meantime: run again.",
    "MalformedPolicyDocument": "Check the policy. Every principal in it must exist.",
    "LimitExceeded": "Remove what is not needed, or ask AWS for a higher quota (Service Quotas, IAM).",
    "UnmodifiableEntity": "This is a service-linked role: only the service that owns it can change it.",
    "Throttling": "AWS is limiting the rate of calls: run again. Finished changes are kept.",
    "RequestLimitExceeded": "AWS is limiting the rate of calls: run again. Finished changes are kept.",
}
