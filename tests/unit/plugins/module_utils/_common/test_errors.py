# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user is told of an error of AWS: the code, what was being done, and the next step."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import errors
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, Denial, OptionError, suggestion_for


def error(code, operation="iam:AttachRolePolicy", message="No.", **more):
    return AwsError(operation, "role/web", "attach the policy", code, message, **more)


STEPS = [
    *((error(code), "Allow iam:AttachRolePolicy on role/web for the identity that runs this task.") for code in errors.ACCESS_DENIED),
    *((error(code), "Give the task AWS credentials: ") for code in errors.NO_CREDENTIALS),
    *((error(code), "AWS does not accept the credentials in use: ") for code in errors.BAD_CREDENTIALS),
    *((error(code), "Check the network, the option region, ") for code in errors.UNREACHABLE),
    (error("Throttling"), "AWS is limiting the rate of calls: run again"),
    (error("NoRegion"), "Name the AWS region"),
    (error("AccessDenied", suggestion="Ask Bob."), "Ask Bob."),
    (error("AccessDenied", denial=Denial("iam:PassRole", "role/x", False)), "Allow iam:PassRole on role/x for the identity"),
    (error("AccessDenied", denial=Denial("iam:PassRole", "role/x", True)), "A policy denies iam:PassRole on role/x explicitly: change it"),
    (error("AccessDenied", denial=Denial("iam:PassRole", "role/x", True, ("A", "B"))), "explicitly, in the statement A or B: change it"),
    (error("AccessDenied", "autoscaling:UpdateAutoScalingGroup", errors.TEMPLATE_DENIED), "Allow ec2:RunInstances on all"),
]


@pytest.mark.parametrize(("given", "step"), STEPS)
def test_the_next_step(given, step):
    assert step in suggestion_for(given)
    assert str(given).startswith(f"Could not attach the policy: {given.code}: {given.message.rstrip('.')}. ")
    assert str(given).endswith(suggestion_for(given))


def test_of_an_unknown_code_there_is_what_aws_says():
    assert suggestion_for(error("Strange")) is None
    assert str(error("Strange", message="It is so.")) == "Could not attach the policy: Strange: It is so."


@pytest.mark.parametrize("operation", sorted(errors.PASSES_A_ROLE))
def test_who_hands_over_a_role_needs_to_be_allowed_that_too(operation):
    assert (
        suggestion_for(error("AccessDenied", operation))
        == f"Allow {operation} on role/web, and iam:PassRole on the role for the identity that runs this task."
    )
    assert "PassRole" not in suggestion_for(error("AccessDenied", "iam:GetRole"))


def test_what_ec2_has_encoded_is_opened_by_a_permission():
    told = suggestion_for(error("UnauthorizedOperation", message=f"No. {errors.ENCODED}x"))
    assert told.endswith(errors.OPENER)
    assert errors.OPENER not in suggestion_for(error("UnauthorizedOperation"))


def test_as_a_return_value_it_has_no_advice():
    assert error("AccessDenied", suggestion="Ask Bob.").as_result() == {
        "operation": "iam:AttachRolePolicy",
        "target": "role/web",
        "code": "AccessDenied",
        "message": "No.",
    }


def test_an_option_s_error_names_it():
    found = OptionError("regions", "is empty.", "Name one.")
    assert (str(found), found.option) == ("regions: is empty. Name one.", "regions")
