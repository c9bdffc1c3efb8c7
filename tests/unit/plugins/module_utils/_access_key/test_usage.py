# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The use of a key, combined from IAM and CloudTrail, and compared with a role."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.usage import (
    BY_KEY,
    BY_USER,
    draft_policy,
    implied_by,
    not_allowed,
    usage_of,
)
from ansible_collections.keyless.ec2.plugins.module_utils._policy.cloudtrail_actions import iam_action
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.plugins.module_utils._values.usage import EventUse, ServiceUse

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
SINCE, BEFORE, AFTER = NOW - timedelta(days=90), NOW - timedelta(days=91), NOW - timedelta(days=1)
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


def used(services=(), events=()):
    return usage_of(services, events, SINCE, load_reference())


def permissions(*statements):
    return Permissions(({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]},))


@pytest.mark.parametrize(
    "source, name, action",
    [
        ("ec2.amazonaws.com", "DescribeInstances", "ec2:DescribeInstances"),
        ("monitoring.amazonaws.com", "PutMetricData", "cloudwatch:PutMetricData"),
        ("lambda.amazonaws.com", "ListFunctions20150331", "lambda:ListFunctions"),
        ("lambda.amazonaws.com", "GetFunction20150331v2", "lambda:GetFunction"),
        ("s3.amazonaws.com", "ListBuckets", "s3:ListAllMyBuckets"),
        ("s3.amazonaws.com", "HeadBucket", "s3:ListBucket"),
        ("s3.amazonaws.com", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("kms.amazonaws.com", "Decrypt", "kms:Decrypt"),
        ("ec2.amazonaws.com", "NoSuchThing", None),
        ("new.amazonaws.com", "DoIt", None),
        ("metering-marketplace.amazonaws.com", "MeterUsage", "aws-marketplace:MeterUsage"),
        ("models.lex.amazonaws.com", "GetBots", "lex:GetBots"),
        ("data.iot.amazonaws.com", "GetThingShadow", "iot:GetThingShadow"),
        ("api.pricing.amazonaws.com", "GetProducts", "pricing:GetProducts"),
        ("ingest.timestream.amazonaws.com", "WriteRecords", "timestream:WriteRecords"),
        ("unknown.dotted.amazonaws.com", "DoIt", None),
    ],
)
def test_the_action_of_an_event(source, name, action):
    assert iam_action(source, name, load_reference()) == action


@pytest.mark.parametrize("source, action", [("ec2", "ec2:DoIt"), ("monitoring", "cloudwatch:DoIt"), ("api.new", None), ("new", None)])
def test_without_the_reference_only_well_known_sources_have_an_action(source, action):
    assert iam_action(f"{source}.amazonaws.com", "DoIt") == action


@pytest.mark.parametrize("at, counts", [(SINCE, True), (SINCE - timedelta(seconds=1), False), (None, False)])
def test_use_counts_from_the_first_second_on(at, counts):
    usage = used([ServiceUse("s3", at, {"GetObject": at})])
    assert ([each.prefix for each in usage.services], [each.action for each in usage.actions]) == ((["s3"], ["s3:GetObject"]) if counts else ([], []))


ROLE = "arn:aws:iam::123456789012:role/task"
PROFILE = {"iamInstanceProfile": {"name": "web"}}


@pytest.mark.parametrize(
    "source, name, parameters, implied, is_unclear",
    [
        ("ec2", "RunInstances", {**PROFILE, "tagSpecificationSet": {"items": []}}, {("iam:PassRole", None), ("ec2:CreateTags", None)}, False),
        ("ec2", "RunInstances", {"instanceType": "t3.small"}, set(), False),
        ("ec2", "RunInstances", {"launchTemplate": {"launchTemplateId": "lt-1"}}, set(), True),
        ("ec2", "RunInstances", None, set(), True),
        ("ec2", "CreateVolume", {"tagSpecificationSet": {"items": []}}, {("ec2:CreateTags", None)}, False),
        ("ec2", "DescribeInstances", None, set(), False),
        (
            *("ec2", "CreateFleet", {"CreateFleetRequest": {"TagSpecification": {"tag": 1}, "LaunchTemplateConfigs": {"tag": 1}}}),
            *({("ec2:RunInstances", None), ("ec2:CreateTags", None)}, True),
        ),
        ("ec2", "AssociateIamInstanceProfile", {"AssociateIamInstanceProfileRequest": {"InstanceId": "i-1"}}, {("iam:PassRole", None)}, False),
        ("autoscaling", "CreateAutoScalingGroup", {"launchTemplate": {"version": "1"}}, {("ec2:RunInstances", None)}, True),
        ("autoscaling", "CreateLaunchConfiguration", {"iamInstanceProfile": "web"}, {("iam:PassRole", None)}, False),
        ("ecs", "RegisterTaskDefinition", {"taskRoleArn": ROLE}, {("iam:PassRole", ROLE)}, False),
        ("lambda", "CreateFunction20150331", {"role": ROLE, "tags": {"a": "b"}}, {("iam:PassRole", ROLE), ("lambda:TagResource", None)}, False),
        ("iam", "CreateRole", {"tags": [{"key": "a"}]}, {("iam:TagRole", None)}, False),
        ("sts", "AssumeRole", {"roleArn": ROLE}, set(), False),
        ("glue", "CreateJob", {"role": ROLE}, set(), True),
        ("sqs", "CreateQueue", {"tags": {"a": "b"}}, set(), True),
        ("new", "DoIt", {"role": ROLE}, set(), False),
    ],
)
def test_parameters_imply_permissions(source, name, parameters, implied, is_unclear):
    assert implied_by(load_reference(), f"{source}.amazonaws.com", name, parameters) == (implied, is_unclear)


def test_implied_permissions_are_in_the_draft_and_compared_with_the_role():
    launch = EventUse("ec2.amazonaws.com", "RunInstances", AFTER, None, frozenset({("iam:PassRole", None), ("ec2:CreateTags", None)}), True)
    task = EventUse("ecs.amazonaws.com", "RegisterTaskDefinition", AFTER, None, frozenset({("iam:PassRole", ROLE)}))
    found = used((), [launch])
    assert [each.action for each in found.actions] == ["ec2:CreateTags", "ec2:RunInstances", "iam:PassRole"]
    assert {"implied_permissions", "unknown_roles"} == {each.reason for each in found.incomplete}
    assert not_allowed(found, permissions({"Action": "ec2:*"}))[0] == ["iam:PassRole"]
    statements = draft_policy(used((), [task]))["Statement"]
    assert {"Effect": "Allow", "Action": "iam:PassRole", "Resource": [ROLE]} in statements


def test_an_unknown_event_is_reported_and_not_drafted():
    found = used((), [EventUse("new.amazonaws.com", "DoIt", AFTER)])
    assert draft_policy(found) is None and [each.target for each in found.incomplete] == ["new.amazonaws.com DoIt"]


def test_events_of_the_key_take_precedence_over_the_users_data():
    service = ServiceUse("ec2", AFTER, {"DescribeInstances": AFTER, "DescribeVpcs": AFTER, "StopInstances": None, "RunInstances": BEFORE})
    event = EventUse("ec2.amazonaws.com", "DescribeInstances", AFTER - timedelta(days=5))
    found = used([service], [event])
    assert [(each.action, each.source) for each in found.actions] == [("ec2:DescribeInstances", BY_KEY), ("ec2:DescribeVpcs", BY_USER)]
    assert found.actions[0].last_used == event.last_used


def test_earlier_use_does_not_count():
    found = used([ServiceUse("ec2", BEFORE, {"DescribeVpcs": BEFORE}), ServiceUse("s3", None)])
    assert not found.services and not found.actions and not found.incomplete


def test_actions_that_need_no_permission_are_left_out():
    assert not used([], [EventUse("sts.amazonaws.com", "GetCallerIdentity", AFTER)]).actions


def test_events_and_services_without_known_actions_are_incomplete():
    found = used([ServiceUse("s3", AFTER)], [EventUse("ec2.amazonaws.com", "NoSuchThing", AFTER)])
    assert [tuple(each) for each in found.incomplete] == [
        ("s3", "actions_not_tracked", "s3 was used on 2026-05-31, but AWS does not report with which actions."),
        (
            "ec2.amazonaws.com NoSuchThing",
            "unknown_event",
            "The action that causes the CloudTrail event ec2.amazonaws.com NoSuchThing is unknown.",
        ),
    ]


@pytest.mark.parametrize(
    "statements, missing, doubtful",
    [
        ([{"Action": "*"}], [], []),
        ([{"Action": ["ec2:Describe*", "dynamodb:DescribeTable", "s3:GetObject"]}], [], []),
        ([{"Action": "ec2:*"}], ["dynamodb:DescribeTable", "s3:*"], []),
        ([{"Action": "*", "Resource": "arn:aws:s3:::b/*"}], ["dynamodb:DescribeTable"], ["ec2:DescribeInstances"]),
        ([{"Action": "*", "Condition": {"Bool": {"aws:SecureTransport": True}}}], [], ["dynamodb:DescribeTable", "ec2:DescribeInstances"]),
        ([{"Action": "dynamodb:*", "Resource": TABLE}], ["ec2:DescribeInstances", "s3:*"], []),
        ([{"Action": "*"}, {"Effect": "Deny", "Action": "ec2:*"}], ["ec2:DescribeInstances"], []),
        ([], ["dynamodb:DescribeTable", "ec2:DescribeInstances", "s3:*"], []),
    ],
)
def test_what_a_role_does_not_allow(statements, missing, doubtful):
    events = [
        EventUse("ec2.amazonaws.com", "DescribeInstances", AFTER),
        EventUse("dynamodb.amazonaws.com", "DescribeTable", AFTER, frozenset({TABLE})),
    ]
    assert not_allowed(used([ServiceUse("s3", AFTER)], events), permissions(*statements)) == (missing, doubtful)


def test_the_draft_has_the_known_resources():
    events = [
        EventUse("ec2.amazonaws.com", "DescribeInstances", AFTER),
        EventUse("dynamodb.amazonaws.com", "DescribeTable", AFTER, frozenset({TABLE})),
    ]
    draft = draft_policy(used([], events))
    assert draft["Statement"] == [
        {"Effect": "Allow", "Action": ["ec2:DescribeInstances"], "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:DescribeTable", "Resource": [TABLE]},
    ]


def test_without_actions_there_is_no_draft():
    assert draft_policy(used([ServiceUse("s3", AFTER)])) is None
