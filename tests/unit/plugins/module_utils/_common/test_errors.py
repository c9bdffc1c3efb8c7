# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error of AWS's says to do next."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import ENCODED, MAY_LAUNCH, OPENER, TEMPLATE_DENIED, AwsError, Denial

ROLE = "arn:aws:iam::123456789012:role/web"


def error(code="AccessDenied", message="No.", operation="iam:GetRole", **known):
    return AwsError(operation, "role/web", "read the role web", code, message, **known)


def step(*arguments, **known):
    told = str(error(*arguments, **known))
    said, _message, step_told = told.partition("No. ")
    assert said.startswith("Could not read the role web: ")
    return step_told


def test_an_error_says_what_could_not_be_done_and_what_aws_said():
    assert str(error("Odd", "No.")) == "Could not read the role web: Odd: No."
    assert error("Odd").as_result() == {"operation": "iam:GetRole", "target": "role/web", "code": "Odd", "message": "No."}


def test_what_only_the_caller_knows_comes_first():
    assert step(advice="Do this.", denial=Denial("iam:PassRole", ROLE, False)) == "Do this."


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"])
def test_a_refused_call_names_the_permission(code):
    assert step(code) == "Allow iam:GetRole on role/web for the identity that runs this task."


@pytest.mark.parametrize("operation", ["iam:AddRoleToInstanceProfile", "ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"])
def test_what_passes_a_role_needs_that_too(operation):
    assert step(operation=operation) == f"Allow {operation} on role/web, and iam:PassRole on the role for the identity that runs this task."


@pytest.mark.parametrize(
    "denial, expected",
    [
        (Denial("iam:PassRole", ROLE, False), f"Allow iam:PassRole on {ROLE} for the identity that runs this task."),
        (Denial("iam:PassRole", ROLE, True), f"A policy denies iam:PassRole on {ROLE} explicitly: change it, or run as somebody else."),
        (
            Denial("iam:PassRole", ROLE, True, ("A", "B")),
            f"A policy denies iam:PassRole on {ROLE} explicitly, in the statement A or B: change it, or run as somebody else.",
        ),
    ],
)
def test_why_it_was_refused_is_told_where_it_is_known(denial, expected):
    assert step(denial=denial) == expected


def test_what_is_encoded_can_be_opened():
    assert str(error("UnauthorizedOperation", f"{ENCODED}abc")).endswith(OPENER)
    assert not str(error("Odd", f"{ENCODED}abc")).endswith(OPENER)


def test_a_template_from_which_nobody_may_launch():
    assert str(error("AccessDenied", TEMPLATE_DENIED)).endswith(MAY_LAUNCH)
    assert not str(error("Odd", TEMPLATE_DENIED)).endswith(MAY_LAUNCH)


@pytest.mark.parametrize(
    "code, says",
    [
        ("NoCredentials", "AWS_PROFILE"),
        ("ExpiredToken", "renew them"),
        ("EndpointConnection", "Check the network"),
        ("UnexpectedAnswer", "HTTPS_PROXY"),
        ("NoRegion", "AWS_REGION"),
        ("DeleteConflict", "run again"),
    ],
)
def test_other_errors_have_their_step(code, says):
    assert says in step(code)
