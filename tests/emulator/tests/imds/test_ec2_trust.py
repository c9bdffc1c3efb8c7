# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which trust policies let EC2 assume a role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyless_emulator.imds.ec2_trust import allows_ec2

EC2 = {"Service": "ec2.amazonaws.com"}
ALLOWED: dict[str, Any] = {"Effect": "Allow", "Principal": EC2, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (ALLOWED, True),
        ([ALLOWED], True),
        ({**ALLOWED, "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}}, True),
        ({**ALLOWED, "Action": ["sts:TagSession", "sts:assumerole"]}, True),
        ({**ALLOWED, "Action": "sts:*"}, True),
        ({**ALLOWED, "Action": "sts:TagSession"}, False),
        ({**ALLOWED, "Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({**ALLOWED, "Principal": {"AWS": "123456789012"}}, False),
        ({**ALLOWED, "Effect": "Deny"}, False),
        ([ALLOWED, {**ALLOWED, "Effect": "Deny"}], False),
        ({**ALLOWED, "Principal": "*"}, True),
        ({**ALLOWED, "Principal": {"AWS": ["*"]}}, True),
        ([ALLOWED, {**ALLOWED, "Effect": "Deny", "Principal": "*"}], False),
        ([ALLOWED, {**ALLOWED, "Effect": "Deny", "Action": "sts:TagSession"}], True),
        ([ALLOWED, {**ALLOWED, "Effect": "Deny", "Condition": {"Bool": {"aws:x": True}}}], True),
        ({**ALLOWED, "Condition": {"Bool": {"aws:x": True}}}, True),
        ({"Effect": "Allow", "Principal": EC2, "NotAction": "sts:TagSession"}, True),
        ({"Effect": "Allow", "Principal": EC2, "NotAction": "sts:*"}, False),
        ([ALLOWED, {"Effect": "Deny", "NotPrincipal": EC2, "Action": "sts:*"}], True),
        ([ALLOWED, {"Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}, "Action": "sts:*"}], False),
        ([], False),
    ],
)
def test_allows_ec2(statement: Any, expected: bool) -> None:
    assert allows_ec2(json.dumps({"Version": "2012-10-17", "Statement": statement})) is expected
