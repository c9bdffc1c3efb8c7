# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_steps.foreign_errors: amazon.aws's errors get a code and the next step."""

from __future__ import annotations

import pytest
from botocore import exceptions

from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.foreign_errors import explained

# As botocore words them
RAISED = {
    "PartialCredentials": exceptions.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"),
    "ProfileNotFound": exceptions.ProfileNotFound(profile="nope"),
    "NoCredentials": exceptions.NoCredentialsError(),
    "NoRegion": exceptions.NoRegionError(),
    "EndpointConnection": exceptions.EndpointConnectionError(endpoint_url="https://ec2.nowhere.amazonaws.com/"),
    "ConnectTimeout": exceptions.ConnectTimeoutError(endpoint_url="https://ec2.nowhere.amazonaws.com/"),
}
STEPS = {
    "PartialCredentials": "give both halves in one place",
    "ProfileNotFound": "Check the option profile",
    "NoCredentials": "Give the task AWS credentials",
    "NoRegion": "Set the AWS region",
    "EndpointConnection": "Check the network, the option region",
    "ConnectTimeout": "Check the network, the option region",
}


@pytest.mark.parametrize("code", RAISED)
def test_botocores_errors_get_their_code_and_the_next_step(code):
    text = explained({"msg": f"Failed to describe instances: {RAISED[code]}"})
    assert text.startswith(f"Failed to describe instances: {str(RAISED[code]).rstrip('.')} ({code}). ") and STEPS[code] in text


def test_an_error_of_aws_has_its_code_in_the_result():
    msg = "Failed to describe instances: An error occurred (AuthFailure) when calling the DescribeInstances operation: no"
    text = explained({"msg": msg, "error": {"code": "AuthFailure", "message": "no"}})
    assert text.startswith(f"{msg}. AWS does not accept the credentials in use")


@pytest.mark.parametrize(
    "failed", [{}, {"msg": ""}, {"msg": "The group exists."}, {"msg": "x", "error": {"code": "Odd"}}, {"msg": "x", "error": "odd"}]
)
def test_other_messages_stay_as_they_are(failed):
    assert explained(failed) == failed.get("msg", "")


def test_nothing_is_said_twice():
    once = explained({"msg": "Unable to locate credentials"})
    assert explained({"msg": once}) == once


@pytest.mark.parametrize("error", [{}, {"error": {"code": "AccessDenied"}}])
def test_a_denial_says_what_to_allow(error):
    role, key = "arn:aws:iam::123456789012:role/web", "arn:aws:iam::123456789012:user/x"
    denied = (
        f"User: {key} is not authorized to perform: iam:GetRole on resource: {role} because no identity-based policy allows the iam:GetRole action"
    )
    msg = f"Failed to read: An error occurred (AccessDenied) when calling the GetRole operation: {denied}"
    assert explained({"msg": msg, **error}) == f"{msg}. Allow iam:GetRole on {role} for the identity that runs this task."
