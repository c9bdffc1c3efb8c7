# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles a trust policy names: by their own ARNs and by those of sessions."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.role_references import reference_forms, referenced_arns

WEB = "arn:aws:iam::123456789012:role/team/web"
SESSION = "arn:aws:sts::123456789012:assumed-role/web/i-0123456789abcdef0"
DEPLOY = "arn:aws:iam::123456789012:role/deploy"
BY_CONDITION = {"Principal": {"AWS": "123456789012"}, "Condition": {"ArnEquals": {"aws:PrincipalArn": [WEB, DEPLOY]}}}
CASES = {
    "string": ({"Principal": {"AWS": WEB}}, True),
    "list": ({"Principal": {"AWS": [DEPLOY, WEB]}}, True),
    "session": ({"Principal": {"AWS": SESSION}}, True),
    "sessions": ({"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::123456789012:assumed-role/web/*"}}}, True),
    "condition": (BY_CONDITION, True),
    "other-path": ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/web"}}, False),
    "other-account": ({"Principal": {"AWS": WEB.replace("1234", "4321")}}, False),
    "other-session": ({"Principal": {"AWS": SESSION.replace("/web/", "/web-2/")}}, False),
    "deleted": ({"Principal": {"AWS": "AROAEXAMPLE4EXAMPLE4X"}}, False),
    "account": ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
    "service": ({"Principal": {"Service": "ec2.amazonaws.com"}}, False),
    "everybody": ({"Principal": "*"}, False),
}


@pytest.mark.parametrize("statement, expected", CASES.values(), ids=CASES)
@pytest.mark.parametrize("as_list", [True, False])
def test_whether_a_trust_policy_names_the_role(statement, expected, as_list):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}, statement] if as_list else statement}
    assert referenced_arns(document).isdisjoint(reference_forms(WEB)) is not expected


def test_the_forms_keep_the_partition():
    arns = reference_forms("arn:aws-cn:iam::123456789012:role/web")
    assert arns == ("arn:aws-cn:iam::123456789012:role/web", "arn:aws-cn:sts::123456789012:assumed-role/web")
