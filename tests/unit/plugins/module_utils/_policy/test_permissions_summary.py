# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions_summary import ESCALATING, MAX_LENGTH, NOTHING, summarize_permissions
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


def allow(action, resource="*", **others):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def deny(action, resource="*", **others):
    return {**allow(action, resource, **others), "Effect": "Deny"}


def of(*statements, boundary=None):
    limits = boundary and {"Version": "2012-10-17", "Statement": boundary}
    return Permissions(({"Version": "2012-10-17", "Statement": list(statements)},), limits)


CASES = [
    (of(), NOTHING),
    (of(deny("*")), NOTHING),
    (of(allow("*")), "May do everything."),
    (of(allow("*:*")), "May do everything."),
    (of(allow("*"), deny("iam:*")), "May do everything but iam:*."),
    (of(allow("*"), deny("iam:*", Condition={"Bool": {"aws:SecureTransport": "false"}})), "May do everything."),
    (of({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}), "May do everything but iam:*, sts:*."),
    (of(allow("*", "arn:aws:s3:::logs")), "May do everything in all services (logs)."),
    (of(allow("s3:GetObject")), "May read S3."),
    (of(allow("S3:getobject")), "May read S3."),
    (of(allow("s3:Get*", ["arn:aws:s3:::logs/*"])), "May read S3 (logs/*)."),
    (of(allow("s3:GetObject", [f"arn:aws:s3:::{each}/*" for each in "abc"])), "May read S3 (a/*, b/* and 1 more)."),
    (of(allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:PutObject")), "May read and write S3."),
    (of(allow(["dynamodb:GetItem", "dynamodb:PutItem"], TABLE)), "May read and write DynamoDB (table/orders)."),
    (of(allow("s3:GetObject"), allow("sqs:*")), "May do everything in SQS, read S3."),
    (of(allow("ssm:UpdateInstanceInformation"), allow("ec2messages:GetMessages")), "May read and write Systems Manager."),
    (of(allow("s3:GetObject"), deny("s3:*")), NOTHING),
    (of(allow("s3:GetObject", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})), "May read S3 (under conditions)."),
    (of(allow("s3:*"), boundary=[allow("s3:GetObject")]), "May read S3."),
    (of(allow("s3:*"), boundary=[allow("sqs:*")]), NOTHING),
    (of(allow("iam:PassRole")), "May write IAM; can escalate with iam:PassRole."),
    (of(allow("iam:*")), "May do everything in IAM; can escalate with iam:PutRolePolicy and 15 more."),
]


@pytest.mark.parametrize("permissions, expected", CASES, ids=[case[1] for case in CASES])
@pytest.mark.parametrize("known", [None, load_reference()], ids=["by verb", "by reference"])
def test_the_summary(permissions, expected, known):
    assert summarize_permissions(permissions, known) == expected


def test_the_reference_takes_precedence_over_the_verb():
    permissions = of(allow("logs:TestMetricFilter"))
    assert summarize_permissions(permissions) == "May write CloudWatch Logs."
    assert summarize_permissions(permissions, load_reference()) == "May read CloudWatch Logs."


def test_other_services_have_their_names_from_the_reference():
    assert summarize_permissions(of(allow("athena:*")), load_reference()) == "May do everything in Athena."
    assert summarize_permissions(of(allow("athena:*"))) == "May do everything in athena."


@pytest.mark.parametrize("number", [30, 31])
def test_services_that_do_not_fit_are_counted(number):
    services = [f"service{each}" for each in range(10, 10 + number)]
    text = summarize_permissions(of(*(allow(f"{each}:GetIt") for each in services)))
    assert len(text) <= MAX_LENGTH < len(text) + len(f", {services[0]}")
    shown = text.count("service") - 1
    assert f"more in {number - shown} other services." in text


@pytest.mark.parametrize("action", ESCALATING)
def test_each_escalating_action_is_named(action):
    assert summarize_permissions(of(allow(action))).endswith(f"; can escalate with {action}.")


NAMES = st.text("ab*?:/", min_size=1, max_size=200)
STATEMENTS = st.builds(
    lambda effect, action, resource: {"Effect": effect, **action, "Resource": resource},
    st.sampled_from(["Allow", "Deny"]),
    st.dictionaries(st.sampled_from(["Action", "NotAction"]), st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=1),
    st.lists(NAMES, min_size=1, max_size=3),
)


@given(st.lists(STATEMENTS, max_size=4))
def test_the_summary_is_never_too_long(statements):
    text = summarize_permissions(of(*statements))
    assert text.startswith("May ") and len(text) <= MAX_LENGTH


@given(st.lists(STATEMENTS, max_size=4))
def test_denials_alone_allow_nothing(statements):
    assert summarize_permissions(of(*({**each, "Effect": "Deny"} for each in statements))) == NOTHING
