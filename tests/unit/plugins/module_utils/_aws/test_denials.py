# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding EC2's authorization errors."""

from __future__ import annotations

import json
from types import SimpleNamespace

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.calls import read
from ansible_collections.keyless.ec2.plugins.module_utils._aws.denials import MAX_DECODED, explain_denials
from ansible_collections.keyless.ec2.plugins.module_utils._common.denials import Denial
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client

ROLE = "arn:aws:iam::123456789012:role/web"
REFUSED = "You are not authorized to perform this operation."
CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "AKIAUNITTESTS0000000", "aws_secret_access_key": "secret"}


def opened(action="iam:PassRole", resource=ROLE, explicit=False, statements=()):
    """A decoded message, as in AWS's documentation."""
    return {
        "allowed": False,
        "explicitDeny": explicit,
        "matchedStatements": {"items": list(statements)},
        "failures": {"items": []},
        "context": {"action": action, "resource": resource, "conditions": {"items": []}},
    }


DENY = {"statementId": "NoPassing", "effect": "DENY", "actions": {"items": [{"value": "iam:PassRole"}]}}
ALLOW = {"statementId": "Passing", "effect": "ALLOW"}
NAMELESS = {"statementId": "", "effect": "DENY"}


@pytest.fixture(name="refused")
def _refused():
    """The errors of so many calls, decoded with this response."""

    def refused(*responses, code="UnauthorizedOperation", calls=1):
        ec2, sts = boto3.client("ec2", **CREDENTIALS), boto3.client("sts", **CREDENTIALS)
        explain_denials(ec2, lambda: sts)
        with Stubber(ec2) as stub, Stubber(sts) as opener:
            for response in responses:
                if isinstance(response, str):
                    opener.add_client_error("decode_authorization_message", response)
                else:
                    opener.add_response("decode_authorization_message", {"DecodedMessage": json.dumps(response)}, {"EncodedMessage": "x-Y_z="})
            errors = []
            for _call in range(calls):
                message = f"{REFUSED} Encoded authorization failure message: x-Y_z="
                stub.add_client_error("describe_instances", code, message)
                with pytest.raises(AwsError) as caught:
                    read(ec2, "ec2:DescribeInstances", "instance/*", "list the instances")
                errors.append(caught.value)
            opener.assert_no_pending_responses()
        return errors

    return refused


@pytest.mark.parametrize(
    "response, denial, says",
    [
        (opened(), Denial("iam:PassRole", ROLE, False), f"Allow iam:PassRole on {ROLE} for"),
        (
            opened(explicit=True, statements=[ALLOW, DENY]),
            Denial("iam:PassRole", ROLE, True, ("NoPassing",)),
            f"A policy explicitly denies iam:PassRole on {ROLE}, in the statement NoPassing: ",
        ),
        (
            opened(explicit=True, statements=[NAMELESS]),
            Denial("iam:PassRole", ROLE, True),
            f"A policy explicitly denies iam:PassRole on {ROLE}: ",
        ),
        (opened("ec2:DescribeInstances", ""), Denial("ec2:DescribeInstances", "*", False), "Allow ec2:DescribeInstances on *"),
    ],
)
def test_a_decoded_error_names_the_action_the_resource_and_the_statement(refused, response, denial, says):
    (error,) = refused(response)
    assert error.denial == denial
    assert error.message == REFUSED
    assert says in str(error)


@pytest.mark.parametrize("response", ["AccessDenied", {}, {"context": {}}, [], "InvalidAuthorizationMessageException"])
def test_an_error_that_cannot_be_decoded_stays_as_it_is(refused, response):
    first, second = refused(response, calls=2)
    for error in (first, second):
        assert error.denial is None
        assert "Encoded authorization failure message: x-Y_z=" in str(error)
        assert "Allow ec2:DescribeInstances" in str(error) and "sts:DecodeAuthorizationMessage" in str(error)


def test_only_the_first_errors_are_decoded(refused):
    errors = refused(*[opened()] * MAX_DECODED, calls=MAX_DECODED + 2)
    assert [error.denial is not None for error in errors] == [True] * MAX_DECODED + [False] * 2


@pytest.mark.parametrize(
    "code, message, is_decoded",
    [
        ("UnauthorizedOperation", "Encoded authorization failure message: x", True),
        ("InvalidParameterValue", "Encoded authorization failure message: x", False),
        ("UnauthorizedOperation", "no", False),
        ("UnauthorizedOperation", None, False),
    ],
)
def test_other_errors_are_not_decoded(code, message, is_decoded):
    made, sts, handlers = [], Client(decode_authorization_message={"DecodedMessage": json.dumps(opened())}), []
    client = SimpleNamespace(meta=SimpleNamespace(events=SimpleNamespace(register=lambda _name, handler: handlers.append(handler))))
    explain_denials(client, lambda: made.append(code) or sts)
    parsed = {"Error": {"Code": code, "Message": message}}
    handlers[0](parsed=parsed)
    assert (bool(made), "Denial" in parsed["Error"]) == (is_decoded, is_decoded)
