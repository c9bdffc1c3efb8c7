# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_usage_info: the use of keys, what of that a role does not allow, and what is unknown."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION

MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:*", "s3:*", "sqs:*", "iam:*"], "Resource": "*"}]}
DESCRIBES = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}]}
ON_ONE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/i-1"}]}


@pytest.fixture(scope="module", name="key")
def _key(aws):
    """A key that was used in two regions, with IAM and SQS, and for one denied call; its user has a second key."""
    key = key_of(aws, "shop")
    other = aws.iam.create_access_key(UserName="shop")["AccessKey"]["AccessKeyId"]
    aws.client("ec2", access_key_id=key).describe_instances()
    aws.client("ec2", "us-east-1", key).describe_vpcs()
    aws.client("iam", access_key_id=key).get_user(UserName="shop")
    aws.client("ec2", access_key_id=other).describe_regions()
    aws.enforce_policies(key)
    with pytest.raises(Exception, match="not authorized"):
        aws.client("autoscaling", access_key_id=key).describe_auto_scaling_groups()
    aws.enforce_policies()
    with pytest.raises(Exception, match="NotImplemented"):
        aws.client("sqs", access_key_id=key).list_queues()
    return key


def key_of(aws, user):
    aws.iam.create_user(UserName=user)
    aws.iam.put_user_policy(UserName=user, PolicyName="may", PolicyDocument=json.dumps(MAY))
    return aws.iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]


@pytest.fixture(name="look")
def _look(aws, controller):
    def look(**options):
        aws.forget_calls()
        return controller.module("access_key_usage_info", **{"regions": [REGION, "us-east-1"], **options}).last

    return look


def test_services_and_actions_with_their_source(look, key):
    (row,) = look(access_key_ids=[key])["access_keys"]
    assert (row["user_name"], row["access_key_id"], row["not_allowed"]) == ("shop", key, None)
    assert [each["service"] for each in row["services"]] == ["ec2", "iam", "sqs"]
    assert {each["action"]: each["source"] for each in row["actions"]} == {
        "ec2:DescribeInstances": "key",
        "ec2:DescribeRegions": "user",
        "ec2:DescribeVpcs": "key",
        "iam:GetUser": "key",
        "sqs:ListQueues": "key",
    }
    assert row["draft_policy"]["Statement"][0] == {
        "Effect": "Allow",
        "Action": ["ec2:DescribeInstances", "ec2:DescribeRegions", "ec2:DescribeVpcs"],
        "Resource": "*",
    }


def test_use_that_a_role_does_not_allow(aws, look, key):
    aws.make_role("usage-narrow")
    aws.iam.put_role_policy(RoleName="usage-narrow", PolicyName="p", PolicyDocument=json.dumps(DESCRIBES))
    found = look(access_key_ids=[key], role_name="usage-narrow")
    (row,) = found["access_keys"]
    assert row["not_allowed"] == ["ec2:DescribeRegions", "ec2:DescribeVpcs", "iam:GetUser", "sqs:ListQueues"]
    assert found["msg"] == f"1 access key, 1 used in the last 90 days; 1 used permissions that the role usage-narrow does not allow: {key}."


def test_a_role_with_the_draft_policy_allows_everything(aws, look, key):
    (row,) = look(access_key_ids=[key])["access_keys"]
    aws.make_role("usage-drafted")
    aws.iam.put_role_policy(RoleName="usage-drafted", PolicyName="p", PolicyDocument=json.dumps(row["draft_policy"]))
    (row,) = look(access_key_ids=[key], role_name="usage-drafted")["access_keys"]
    assert row["not_allowed"] == []


def test_actions_that_are_allowed_on_some_resources_are_partly_allowed(aws, look, key):
    aws.make_role("usage-some")
    aws.iam.put_role_policy(RoleName="usage-some", PolicyName="p", PolicyDocument=json.dumps(ON_ONE))
    (row,) = look(access_key_ids=[key], role_name="usage-some")["access_keys"]
    assert "ec2:DescribeInstances" not in row["not_allowed"] and "iam:GetUser" in row["not_allowed"]
    assert row["incomplete"][0]["message"] == "The role usage-some allows ec2:DescribeInstances only on some resources or under conditions."


def test_unknowns_are_listed_as_incomplete(aws, look, key):
    data = key_of(aws, "reader")
    with pytest.raises(Exception, match="NotImplemented"):
        aws.client("sqs", access_key_id=data).receive_message(QueueUrl="http://127.0.0.1/1/q")
    aws.make_role("usage-none")
    (row,) = look(access_key_ids=[data], role_name="usage-none")["access_keys"]
    assert row["actions"] == [] and row["draft_policy"] is None and row["not_allowed"] == ["sqs:*"]
    message = " ".join(each["message"] for each in row["incomplete"])
    assert "sqs was used on" in message and "AWS does not report with which actions" in message
    assert "no data events" in message and "lag" in message


def test_all_keys_of_a_user_share_its_report(aws, look, key):
    found = look(user_names=["shop"])
    assert len(found["access_keys"]) == 2 and {row["user_name"] for row in found["access_keys"]} == {"shop"}
    calls = [call["operation"] for call in aws.calls()]
    assert calls.count("GenerateServiceLastAccessedDetails") == 1 and calls.count("LookupEvents") == 4
    assert sorted(set(calls)) == ["GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails", "GetUser", "ListAccessKeys", "LookupEvents"]
    assert len(calls) == 4 + 4


def test_it_waits_for_the_report_and_retries_cloudtrail(aws, look, key):
    aws.set_transitions(reporting=1)
    aws.fail("LookupEvents", "ThrottlingException")
    (row,) = look(access_key_ids=[key])["access_keys"]
    aws.clear_conditions()
    assert len(row["actions"]) == 5
    calls = [call["operation"] for call in aws.calls()]
    assert calls.count("GetServiceLastAccessedDetails") == 2 and calls.count("LookupEvents") == 3


def test_days_before_cloudtrails_history_are_incomplete(look, key):
    (row,) = look(access_key_ids=[key], days=400)["access_keys"]
    assert "older_events" in [each["reason"] for each in row["incomplete"]]


def test_a_key_without_a_user_has_a_row(look):
    (row,) = look(access_key_ids=["AKIAIOSFODNN7EXAMPLE"])["access_keys"]
    assert row["user_name"] is None and row["services"] == []
    assert "It does not exist, belongs to another account" in row["incomplete"][0]["message"]


@pytest.mark.parametrize(
    "operation, code, message",
    [
        ("LookupEvents", "AccessDeniedException", "Allow cloudtrail:LookupEvents"),
        ("GenerateServiceLastAccessedDetails", "AccessDenied", "Allow iam:GenerateServiceLastAccessedDetails"),
    ],
)
def test_one_of_the_two_sources_is_enough(aws, look, key, operation, code, message):
    aws.fail(operation, code, count=None)
    (row,) = look(access_key_ids=[key])["access_keys"]
    aws.clear_faults()
    assert row["actions"] and any(message in each["message"] for each in row["incomplete"])


def test_it_fails_if_both_sources_are_denied(aws, look, key):
    aws.fail("LookupEvents", "AccessDeniedException", count=None)
    aws.fail("GenerateServiceLastAccessedDetails", "AccessDenied", count=None)
    found = look(access_key_ids=[key])
    aws.clear_faults()
    assert found["failed"] and "Allow iam:GenerateServiceLastAccessedDetails" in found["msg"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"access_key_ids": []}, "access_key_ids: is empty."),
        ({"access_key_ids": ["key"]}, "access_key_ids: 'key' is not the id of an access key."),
        ({"user_names": ["a b"]}, "user_names: 'a b' is not a valid user name."),
        ({"user_names": ["shop"], "days": 0}, "days: is 0. Use 1 to 400"),
        ({"user_names": ["shop"], "days": 401}, "days: is 401."),
        ({"user_names": ["shop"], "role_name": "a/b"}, "role_name: 'a/b' is not a valid role name."),
        ({}, "one of the following is required: access_key_ids, user_names"),
    ],
)
def test_invalid_options_are_rejected_before_any_call(aws, look, options, message):
    found = look(**options)
    assert found["failed"] and message in found["msg"] and aws.calls() == []


def test_a_missing_role_is_named_in_the_error(look, key):
    found = look(access_key_ids=[key], role_name="nobody")
    assert "role_name: the role nobody does not exist. Check the name" in found["msg"]
