# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recording keeps of AWS's answers, and what it replaces."""

from __future__ import annotations

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.tests.conformance.redaction import redact_answer, redact_text

EC2 = botocore.session.get_session().get_service_model("ec2")
RUN = EC2.operation_model("DescribeInstances").output_shape


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("User: arn:aws:sts::123456789012:assumed-role/a/b is not", "User: <ARN> is not"),
        ("account 123456789012", "account <account>"),
        ("The instance ID 'i-0123456789abcdef0' does not exist", "The instance ID '<i-…>' does not exist"),
        ("The association iip-assoc-0123456789abcdef0 is not", "The association <iip-assoc-…> is not"),
        ("Encoded authorization failure message: abc-DEF_123", "Encoded authorization failure message: <encoded>"),
        ("Role keyless-conformance-0a1b2c3d-4 exists", "Role <name> exists"),
        ("from 10.1.2.3 and 2001:db8::1", "from <address> and <address>"),
        ("ip-10-1-2-3.eu-central-1.compute.internal", "<address>"),
        ("key AKIAIOSFODNN7EXAMPLE", "key <id>"),
        ("job 01234567-89ab-cdef-0123-456789abcdef", "job <id>"),
        ("Rate exceeded", "Rate exceeded"),
        ("There is an existing association for instance", "There is an existing association for instance"),
    ],
)
def test_text(text, redacted):
    assert redact_text(text) == redacted


def test_answer():
    instance = {
        "InstanceId": "i-0123456789abcdef0",
        "InstanceType": "t3.nano",
        "PrivateIpAddress": "10.1.2.3",
        "State": {"Code": 16, "Name": "running"},
        "EbsOptimized": True,
        "Tags": [{"Key": "owner", "Value": "me"}] * 5,
    }
    [reservation] = redact_answer({"Reservations": [{"OwnerId": "123456789012", "Instances": [instance]}]}, RUN)["Reservations"]
    assert reservation["OwnerId"] == "<text>"
    assert reservation["Instances"] == [
        {
            "InstanceId": "<i-…>",
            "InstanceType": "t3.nano",
            "PrivateIpAddress": "<text>",
            "State": {"Code": 16, "Name": "running"},
            "EbsOptimized": True,
            "Tags": [{"Key": "<text>", "Value": "<text>"}] * 3 + ["<2 more>"],
        }
    ]


@given(st.from_regex(r"\A[A-Za-z0-9+/=_-]{33,80}\Z"))
def test_no_token_stays(token):
    assert token not in redact_text(f"the token {token} is")


@given(st.text(min_size=20))
def test_no_text_of_an_answer_stays(text):
    assert text not in redact_answer({"NextToken": text}, RUN)["NextToken"]
