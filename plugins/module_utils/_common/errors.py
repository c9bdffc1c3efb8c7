# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that this collection raises: one for options, one for AWS.  Pure."""

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
# What came back is no answer of AWS's: a proxy's page, nothing, or XML without what has to be in it.
UNEXPECTED_ANSWER = "UnexpectedAnswer"

# In EC2's refusals, before what only sts:DecodeAuthorizationMessage opens.
ENCODED = "Encoded authorization failure message: "
OPENER = "With sts:DecodeAuthorizationMessage allowed too, this error says what exactly is missing or denied."

# How Auto Scaling refuses a launch template from which the caller may not launch, whatever is missing for that.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
TEMPLATE_DENIED = "You are not authorized to use launch template"
MAY_LAUNCH = (
    "Allow ec2:RunInstances on all that the launch template launches, iam:PassRole on the role of its instance profile, and "
    "ec2:CreateTags on what it tags, for the identity that runs this task."
)

# AWS asks for iam:PassRole on top of the call's own permission.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
PASSES_A_ROLE = frozenset(
    {
        "iam:AddRoleToInstanceProfile",
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
    }
)


class OptionError(Exception):
    """An option whose value can't be used: names the option, what is wrong with it, and what would be right."""

    def __init__(self, option: str, problem: str, suggestion: str) -> None:
        super().__init__(f"{option}: {problem} {suggestion}")
        self.option = option


@dataclass(frozen=True)
class Denial:
    """Why AWS refused a call: the action, which may be another than the call's own (``iam:PassRole``), and the resource.

    Where a policy denies it explicitly, ``statements`` are the ids of the statements that do, as far as they have one.
    """

    action: str
    resource: str
    is_explicit: bool
    statements: tuple[str, ...] = ()


@dataclass(eq=False)
class AwsError(Exception):
    """A call that AWS refused, or that could not be made.

    ``operation`` is written as in IAM policies (``iam:AttachRolePolicy``), ``target`` as in ``actions``
    (``role/web``), ``doing`` is a phrase that follows "Could not"; ``code`` and ``message`` are AWS's own.
    ``denial`` is why AWS refused the call, where that could be found out; ``suggestion`` is a next step that only the caller
    knows.
    """

    operation: str
    target: str
    doing: str
    code: str
    message: str
    denial: Optional[Denial] = None
    suggestion: Optional[str] = None

    def __str__(self) -> str:
        said = f"Could not {self.doing}: {self.code}: {self.message}"
        step = suggestion_for(self)
        return f"{said.rstrip('.')}. {step}" if step else said

    def as_result(self) -> dict[str, Any]:
        """The error as a return value: ``operation``, ``target``, ``code`` and ``message``."""
        return {"operation": self.operation, "target": self.target, "code": self.code, "message": self.message}


def suggestion_for(error: AwsError) -> Optional[str]:
    """What the user can do about it, as a sentence; None where only AWS's own text helps."""
    if error.suggestion:
        return error.suggestion
    if error.denial:
        return _permit(error.denial)
    if error.code in ACCESS_DENIED and TEMPLATE_DENIED in error.message:
        return MAY_LAUNCH
    if error.code in ACCESS_DENIED:
        also = ", and iam:PassRole on the role" if error.operation in PASSES_A_ROLE else ""
        step = f"Allow {error.operation} on {error.target}{also} for the identity that runs this task."
        return f"{step} {OPENER}" if ENCODED in error.message else step
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


def _permit(denial: Denial) -> str:
    what = f"{denial.action} on {denial.resource}"
    if not denial.is_explicit:
        return f"Allow {what} for the identity that runs this task."
    named = f", in the statement {' or '.join(denial.statements)}" if denial.statements else ""
    return f"A policy denies {what} explicitly{named}: change it, or run as somebody else."


_BY_CODE = {
    UNEXPECTED_ANSWER: "Something between this machine and AWS may have answered: check the proxy (HTTPS_PROXY), the option "
    "endpoint_url if it is set, and https://health.aws.amazon.com, and run again.",
    "NoRegion": "Name the AWS region, with the option region or the environment variable AWS_REGION.",
    "ConcurrentModification": "Somebody else is changing the same thing: run again.",
    "EntityTemporarilyUnmodifiable": "IAM is still busy with an earlier change: run again in a minute.",
    "EntityAlreadyExists": "It was created meanwhile, or exists with other upper and lower case: names are unique "
    "without regard to case. Run again, or choose another name.",
    "NoSuchEntity": "It does not exist, or was deleted meanwhile: check the name, or run again.",
    "DeleteConflict": "Something was added meanwhile: run again.",
    "MalformedPolicyDocument": "Check the policy; a principal that it names has to exist.",
    "LimitExceeded": "Remove what is not needed, or ask AWS for a higher quota (Service Quotas, IAM).",
    "UnmodifiableEntity": "AWS itself owns this role: only the service that it belongs to can change it.",
    "Throttling": "AWS is limiting the rate of calls: run again; what was done is kept.",
    "RequestLimitExceeded": "AWS is limiting the rate of calls: run again; what was done is kept.",
}
