# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A suggestion for each cause of an AWS error, by the operation that failed."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.error_suggestions import CAUSES, CREDENTIALS, suggestion_by_cause

ANY = "ec2:DescribeInstances"
# An error of each cause, in the order of the table, and words of its suggestion
CASES = [
    (ANY, "RequestTimeTooSkewed", "The difference is too large.", "synchronize it with a time service"),
    ("iam:GetRole", "SignatureDoesNotMatch", "Signature expired: 20261130T1 is now earlier than 20261130T2 (2 - 5 min.)", "synchronize it"),
    (ANY, "SSL", "SSL validation failed: CERTIFICATE_VERIFY_FAILED", "AWS_CA_BUNDLE"),
    (ANY, "ProxyConnection", "Failed to connect to proxy", "HTTPS_PROXY"),
    (ANY, "EndpointConnection", "Could not connect", "Check the network"),
    (CREDENTIALS, "ExpiredToken", "assume-role: The security token included in the request is expired", "that the profile starts from"),
    (CREDENTIALS, "EOF", "assume-role: EOF when reading a line", "MFA"),
    (CREDENTIALS, "SSOTokenLoad", "sso: Error loading SSO Token", "aws sso login"),
    (CREDENTIALS, "JSONDecode", "custom-process: Expecting value: line 1 column 1 (char 0)", "credential_process"),
    (CREDENTIALS, "FileNotFound", "assume-role-with-web-identity: No such file", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    (CREDENTIALS, "FileNotFound", "container-role: No such file", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    (CREDENTIALS, "ProfileNotFound", "The config profile (x) could not be found", "AWS_PROFILE against the profiles"),
    (CREDENTIALS, "InfiniteLoopConfig", "assume-role: Infinite loop", "Correct the profile"),
    (CREDENTIALS, "PartialCredentials", "Partial credentials, missing: aws_secret_access_key", "both halves in one place"),
    (CREDENTIALS, "NoCredentials", "Unable to locate credentials", "Give the task AWS credentials"),
    (CREDENTIALS, "Strange", "assume-role: It is so", "aws sts get-caller-identity"),
    (ANY, "RequestExpired", "Request has expired.", "synchronize the clock, or renew"),
    (ANY, "ExpiredToken", "The security token is expired", "The temporary credentials have expired"),
    (ANY, "AuthFailure", "AWS was not able to validate the provided access credentials", "may not have enabled that region"),
    (ANY, "SignatureDoesNotMatch", "The signature does not match", "AWS does not accept the credentials"),
    (ANY, "UnexpectedAnswer", "the response can't be read", "A proxy between"),
    (ANY, "NoRegion", "no", "Set the AWS region"),
    (ANY, "InvalidRegion", "Provided region_name 'eu central' doesn't match a supported format.", "like eu-central-1"),
    (ANY, "InvalidParameterValue", "The filter 'instance-state' is invalid", "names in the option filters"),
    (ANY, "ConcurrentModification", "no", "Another client"),
    (ANY, "EntityTemporarilyUnmodifiable", "no", "in a minute"),
    (ANY, "EntityAlreadyExists", "no", "upper and lower case"),
    (ANY, "NoSuchEntity", "no", "does not exist"),
    (ANY, "DeleteConflict", "no", "Something was added"),
    (ANY, "MalformedPolicyDocument", "no", "Check the policy"),
    (ANY, "LimitExceeded", "no", "higher quota"),
    (ANY, "UnmodifiableEntity", "no", "service-linked"),
    (ANY, "Throttling", "no", "limiting the rate"),
]


@pytest.mark.parametrize(("cause", "case"), list(zip(CAUSES, CASES, strict=True)))
def test_each_cause_has_its_suggestion(cause, case):
    operation, code, message, words = case
    assert suggestion_by_cause(operation, code, message) == cause.suggestion
    assert words in cause.suggestion


def test_a_credential_process_is_no_proxy():
    assert "proxy" not in suggestion_by_cause(CREDENTIALS, "JSONDecode", "custom-process: Expecting value")


def test_a_broken_connection_is_the_same_while_credentials_are_fetched():
    assert suggestion_by_cause(CREDENTIALS, "SSL", "assume-role: failed") == suggestion_by_cause(ANY, "SSL", "failed")


def test_an_unknown_code_has_no_suggestion():
    assert suggestion_by_cause(ANY, "Strange", "It is so") is None
