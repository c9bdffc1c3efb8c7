# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that this collection raises (one for options, one for AWS), and what a user can do about each.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .denials import RUNS_THIS_TASK, Denial, denial_in_message, suggestion_for_denial
from .error_suggestions import CREDENTIALS, suggestion_by_cause

ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
ASSUMES_THE_ROLE = "the identity that assumes the role"  # while credentials are fetched

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


@dataclass(eq=False)
class AwsError(Exception):
    """A call that failed: AWS returned an error, or could not be reached.

    ``operation`` is written as in IAM policies (``iam:AttachRolePolicy``), or is CREDENTIALS; ``target`` as in ``actions`` (``role/web``).
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
    if error.code not in ACCESS_DENIED:
        return suggestion_for_denial(error.denial) if error.denial else suggestion_by_cause(error.operation, error.code, error.message)
    if TEMPLATE_DENIED in error.message:
        return MAY_LAUNCH
    return _suggestion_if_denied(error)


def _suggestion_if_denied(error: AwsError) -> str:
    named = denial_in_message(error.message)
    denial = error.denial or named
    if denial:
        policy = denial.policy or (named and named.policy)
        fetching = error.operation == CREDENTIALS
        denial = denial._replace(policy=policy, resource=denial.resource or error.target)
        suggestion = suggestion_for_denial(denial, ASSUMES_THE_ROLE if fetching else RUNS_THIS_TASK)
        if fetching and policy in (None, "identity-based policy"):
            suggestion += " The role's trust policy must allow that identity too."
        if denial.action == error.operation and error.operation in PASSES_A_ROLE and not denial.is_explicit:
            suggestion += " The call also needs iam:PassRole on the role."
    else:
        also = ", and iam:PassRole on the role" if error.operation in PASSES_A_ROLE else ""
        suggestion = f"Allow {error.operation} on {error.target}{also} for {RUNS_THIS_TASK}."
    return f"{suggestion} {DECODE_TOO}" if ENCODED in error.message else suggestion
