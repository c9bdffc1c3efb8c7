# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies with one mistake each, at least one for each kind of finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}


@dataclass(frozen=True)
class Example:
    """A document with one mistake: the code of the finding, the mistake as written, and the document."""

    code: str
    written: str
    document: Any
    is_trust: bool = False


def _permissions(code: str, written: str, *left_out: str, **statement: Any) -> Example:
    whole = {key: value for key, value in {**READ, **statement}.items() if key not in left_out}
    return Example(code, written, {"Version": "2012-10-17", "Statement": [whole]})


def _trust(code: str, written: str, **statement: Any) -> Example:
    return Example(code, written, {"Version": "2012-10-17", "Statement": [{**TRUST, **statement}]}, True)


def _condition(code: str, written: str, action: str = "s3:GetObject", **condition: Any) -> Example:
    resource = "arn:aws:s3:::bucket" if action == "s3:ListBucket" else READ["Resource"]
    return _permissions(code, written, Action=action, Resource=resource, Condition=condition)


EXAMPLES = (
    Example("malformed", '{"Version": ', '{"Version": '),
    _permissions("malformed", '"Action": []', Action=[]),
    Example("unknown_key", '"Statements": […]', {"Version": "2012-10-17", "Statement": [READ], "Statements": [READ]}),
    _permissions("unknown_key", '"Resources": "*"', Resources="*"),
    Example("unknown_version", '"Version": "2017-09-11"', {"Version": "2017-09-11", "Statement": [READ]}),
    _permissions("missing_element", "a statement without Resource", "Resource"),
    _permissions("conflicting_elements", "Action and NotAction", NotAction="s3:PutObject"),
    _permissions("misplaced_element", '"Principal": "*" in an inline policy', Principal="*"),
    _permissions("bad_sid", '"Sid": "two words"', Sid="two words"),
    _permissions("bad_action", '"Action": "GetObject"', Action="GetObject"),
    _trust("bad_action", '"Action": "ec2:RunInstances" in a trust policy', Action="ec2:RunInstances"),
    _permissions("bad_resource", '"Resource": "bucket/*"', Resource="bucket/*"),
    _permissions("region_in_arn", "arn:aws:s3:us-east-1::bucket/*", Resource="arn:aws:s3:us-east-1::bucket/*"),
    _permissions("unknown_iam_resource", "arn:aws:iam::123456789012:web", Resource="arn:aws:iam::123456789012:web"),
    _condition("unknown_operator", "StringEqual", StringEqual={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}),
    _condition("bad_condition_value", "DateLessThan: today", DateLessThan={"aws:CurrentTime": "today"}),
    _condition("bad_condition_value", "NumericLessThan: ten", "s3:ListBucket", NumericLessThan={"s3:max-keys": "ten"}),
    _condition("bad_condition_value", "IpAddress: 192.0.2.0/33", IpAddress={"aws:SourceIp": "192.0.2.0/33"}),
    _trust("bad_principal", "arn:aws:iam::123456789012:role/*", Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
    _trust("bad_principal", '"Service": "ec2"', Principal={"Service": "ec2"}),
    Example(
        "unused_variable",
        "${aws:username} without a Version",
        {"Statement": [{**READ, "Resource": "arn:aws:s3:::bucket/${aws:username}/*"}]},
    ),
    _permissions("unknown_service", "lamda:InvokeFunction", Action="lamda:InvokeFunction", Resource="*"),
    _permissions("unknown_action", "s3:GetObjct", Action="s3:GetObjct"),
    _condition("unknown_condition_key", "aws:PrincipalOrgIDs", StringEquals={"aws:PrincipalOrgIDs": "o-a1b2c3d4e5"}),
    _condition("condition_not_for_action", "s3:prefix with s3:GetObject", StringEquals={"s3:prefix": "home"}),
    _condition("wrong_condition_type", "StringEquals: aws:SourceIp", StringEquals={"aws:SourceIp": "192.0.2.0/24"}),
    _condition("wrong_condition_type", "Bool: yes", Bool={"aws:SecureTransport": "yes"}),
    _permissions("action_not_for_resource", "s3:GetObject on a bucket", Resource="arn:aws:s3:::bucket"),
    _permissions(
        "action_not_for_resource",
        "ec2:DescribeInstances on an instance",
        Action="ec2:DescribeInstances",
        Resource="arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0",
    ),
    _permissions(
        "resource_not_for_action",
        "a bucket beside its objects, with s3:GetObject",
        Resource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
    ),
)
