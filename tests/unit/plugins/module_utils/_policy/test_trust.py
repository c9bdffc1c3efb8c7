# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a trust policy trusts."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust import deleted_principals, trusts_service
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import trust_policy

ROLE = "arn:aws:iam::210987654321:role/deploy"


def test_deleted_principals_are_told_from_others():
    entities = [{"account": "210987654321"}, {"service": "ec2.amazonaws.com"}]
    document = trust_policy("trusted_entities", entities, "aws")
    assert deleted_principals(document) == []
    document["Statement"].append({"Principal": {"AWS": ["AROAEXAMPLE4EXAMPLE4X", "AIDAEXAMPLE4EXAMPLE4X", ROLE]}})
    assert deleted_principals(document) == ["AROAEXAMPLE4EXAMPLE4X", "AIDAEXAMPLE4EXAMPLE4X"]
    assert deleted_principals({"Statement": {"Principal": {"AWS": "AIDAEXAMPLE4EXAMPLE4X"}}}) == ["AIDAEXAMPLE4EXAMPLE4X"]
    assert deleted_principals({"Statement": [{"Principal": "*"}]}) == []


@pytest.mark.parametrize(
    "principal, effect, expected",
    [
        ({"Service": "ec2.amazonaws.com"}, "Allow", True),
        ({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com.cn"]}, "Allow", True),
        ({"Service": "ec2.amazonaws.com"}, "Deny", False),
        ({"Service": "lambda.amazonaws.com"}, "Allow", False),
        ({"AWS": "*"}, "Allow", False),
        ("*", "Allow", False),
    ],
)
def test_a_service_is_trusted_where_a_statement_allows_it(principal, effect, expected):
    document = {"Statement": {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}}
    assert trusts_service(document, "ec2.amazonaws.com") is expected
