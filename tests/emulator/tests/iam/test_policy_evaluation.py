# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluation of policies for a request."""

from __future__ import annotations

from typing import Any

import pytest

from keyless_emulator.iam.policy_evaluation import RequiredPermission, Verdict, verdict_of
from keyless_emulator.server.errors import AwsError

ROLE = "arn:aws:iam::123456789012:role/team/web"
PASSED = RequiredPermission("iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"})
ALLOWED, NOT_ALLOWED = Verdict(True), Verdict(False)


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", **elements}


def said(asked: RequiredPermission, *statements: dict[str, Any]) -> Verdict:
    return verdict_of([{"Version": "2012-10-17", "Statement": list(statements)}], asked)


@pytest.mark.parametrize(
    ("elements", "verdict"),
    [
        ({}, ALLOWED),
        ({"Action": ["s3:*", "IAM:pass*"]}, ALLOWED),
        ({"Action": "iam:PassRol?"}, ALLOWED),
        ({"Action": "iam:Pass"}, NOT_ALLOWED),
        ({"Action": "iam:[A-Z]assRole"}, NOT_ALLOWED),
        ({"Resource": "arn:aws:iam::*:role/*"}, ALLOWED),
        ({"Resource": ["arn:aws:iam::123456789012:role/team/web"]}, ALLOWED),
        ({"Resource": "arn:aws:iam::123456789012:role/web"}, NOT_ALLOWED),
        ({"Resource": "ARN:AWS:IAM::*:role/*"}, NOT_ALLOWED),
        ({"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}, ALLOWED),
        ({"Condition": {"StringEquals": {"IAM:passedtoservice": ["x", "ec2.amazonaws.com"]}}}, ALLOWED),
        ({"Condition": {"StringEquals": {"iam:PassedToService": "EC2.amazonaws.com"}}}, NOT_ALLOWED),
        ({"Condition": {"StringLike": {"iam:PassedToService": "ec2.*"}}}, ALLOWED),
        ({"Condition": {"StringNotEquals": {"iam:PassedToService": ["x", "ec2.amazonaws.com"]}}}, NOT_ALLOWED),
        ({"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com", "aws:x": "y"}}}, NOT_ALLOWED),
        ({"Condition": {"StringEqualsIfExists": {"aws:x": "y"}}}, ALLOWED),
        ({"Condition": {"StringNotEquals": {"aws:x": "y"}}}, ALLOWED),
    ],
)
def test_one_statement(elements: dict[str, Any], verdict: Verdict) -> None:
    assert said(PASSED, statement(**elements)) == verdict


@pytest.mark.parametrize(
    ("operator", "wanted", "allowed"),
    [
        ("ArnLike", "arn:aws:iam::*:policy/team/l*", True),
        ("ArnEquals", ["x", "arn:aws:iam::123456789012:policy/team/limits"], True),
        ("ArnLike", "arn:aws:iam::123456789012:policy/limits", False),
        # Each part of an ARN is compared for itself.
        ("ArnLike", "arn:*/limits", False),
        ("ArnLike", "arn:aws:iam:*:policy/team/limits", False),
        ("ArnLike", "*", False),
        ("StringLike", "arn:*/limits", True),
    ],
)
def test_operators_for_arns(operator: str, wanted: Any, allowed: bool) -> None:
    asked = RequiredPermission("iam:PassRole", ROLE, {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/team/limits"})
    assert said(asked, statement(Condition={operator: {"iam:PermissionsBoundary": wanted}})) == Verdict(allowed)


@pytest.mark.parametrize(("wanted", "allowed"), [("true", True), (True, True), ("false", False)])
def test_the_operator_for_booleans(wanted: Any, allowed: bool) -> None:
    assert said(RequiredPermission("a:B", "*", {"aws:x": "true"}), statement(Action="a:B", Condition={"Bool": {"aws:x": wanted}})) == Verdict(allowed)


def test_the_elements_that_begin_with_not() -> None:
    but_roles = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:role/team/*"}
    assert said(PASSED, but_roles, elsewhere) == NOT_ALLOWED
    assert said(RequiredPermission("iam:GetRole", ROLE), but_roles) == ALLOWED


def test_a_deny_has_precedence_and_is_named() -> None:
    denied = statement(Effect="Deny", Sid="Never", Resource="*/web")
    assert said(PASSED, statement(), denied) == Verdict(False, "Never")
    assert said(PASSED, statement(), statement(Effect="Deny", Resource="*/db")) == ALLOWED


def test_an_operation_without_resources_needs_a_wildcard() -> None:
    describe = RequiredPermission("ec2:DescribeInstances")
    assert said(describe, statement(Action="ec2:*", Resource="arn:aws:ec2:*:*:instance/*")) == NOT_ALLOWED
    assert said(describe, statement(Action="ec2:*")) == ALLOWED


def test_unsupported_operators_are_errors() -> None:
    with pytest.raises(AwsError, match="NumericLessThan"):
        said(PASSED, statement(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}))
