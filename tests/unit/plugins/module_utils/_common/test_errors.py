# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of an AWS error: the code, what was being done, and a suggestion."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import errors
from ansible_collections.keyless.ec2.plugins.module_utils._common.denials import Denial
from ansible_collections.keyless.ec2.plugins.module_utils._common.error_suggestions import CREDENTIALS
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError, suggestion_for

DENIED = "is not authorized to perform:"
NOTHING = "no identity-based policy allows the iam:PassRole action"
SCP = "an explicit deny in a service control policy"


def error(code, operation="iam:AttachRolePolicy", message="No.", **more):
    return AwsError(operation, "role/web", "attach the policy", code, message, **more)


CASES = [
    *((error(code), "Allow iam:AttachRolePolicy on role/web for the identity that runs this task.") for code in errors.ACCESS_DENIED),
    (error("AccessDenied", suggestion="Ask Bob."), "Ask Bob."),
    (error("AccessDenied", denial=Denial("iam:PassRole", "role/x", False)), "Allow iam:PassRole on role/x for the identity"),
    (error("AccessDenied", denial=Denial("iam:PassRole", "role/x", True)), "A policy explicitly denies iam:PassRole on role/x: change it"),
    (
        error("AccessDenied", denial=Denial("iam:PassRole", "role/x", True, ("A", "B"))),
        "A policy explicitly denies iam:PassRole on role/x, in the statement A or B: change it",
    ),
    (
        error("AccessDenied", "autoscaling:UpdateAutoScalingGroup", errors.TEMPLATE_DENIED),
        "ec2:RunInstances for everything that the launch template launches",
    ),
    # The call that AWS names is the one that was refused.
    (
        error("UnauthorizedOperation", "ec2:AssociateIamInstanceProfile", f"User: x {DENIED} iam:PassRole on resource: arn:r because {NOTHING}"),
        "Allow iam:PassRole on arn:r for the identity that runs this task.",
    ),
    (
        error("AccessDenied", CREDENTIALS, f"assume-role: User: x {DENIED} sts:AssumeRole on resource: arn:r"),
        "Allow sts:AssumeRole on arn:r for the identity that assumes the role. The role's trust policy must allow that identity too.",
    ),
    # EC2's message names the type of the policy, the decoded part the statement.
    (
        error("UnauthorizedOperation", message=f"User: x {DENIED} ec2:Go with {SCP}", denial=Denial("ec2:Go", "*", True, ("No",))),
        "A service control policy of the organization denies ec2:Go on *, in the statement No: only those who manage the organization can",
    ),
]


@pytest.mark.parametrize(("given", "suggestion"), CASES)
def test_known_errors_have_a_suggestion(given, suggestion):
    assert suggestion in suggestion_for(given)
    assert str(given).startswith(f"Could not attach the policy: {given.code}: {given.message.rstrip('.')}. ")
    assert str(given).endswith(suggestion_for(given))


def test_an_unknown_code_has_no_suggestion():
    assert suggestion_for(error("Strange")) is None
    assert str(error("Strange", message="It is so.")) == "Could not attach the policy: Strange: It is so."


@pytest.mark.parametrize("operation", sorted(errors.PASSES_A_ROLE))
def test_calls_that_pass_a_role_also_need_pass_role(operation):
    assert (
        suggestion_for(error("AccessDenied", operation))
        == f"Allow {operation} on role/web, and iam:PassRole on the role for the identity that runs this task."
    )
    assert "PassRole" not in suggestion_for(error("AccessDenied", "iam:GetRole"))


def test_an_encoded_error_names_the_permission_to_decode_it():
    text = suggestion_for(error("UnauthorizedOperation", message=f"No. {errors.ENCODED}x"))
    assert text.endswith(errors.DECODE_TOO)
    assert errors.DECODE_TOO not in suggestion_for(error("UnauthorizedOperation"))


def test_the_return_value_has_no_suggestion():
    assert error("AccessDenied", suggestion="Ask Bob.").as_result() == {
        "operation": "iam:AttachRolePolicy",
        "target": "role/web",
        "code": "AccessDenied",
        "message": "No.",
    }


def test_an_option_error_names_the_option():
    found = OptionError("regions", "is empty.", "Name one.")
    assert (str(found), found.option) == ("regions: is empty. Name one.", "regions")
