# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail and IAM report the calls that were made."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

DAY = 86400
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:Describe*", "s3:*", "iam:GetUser", "sqs:*"], "Resource": "*"}]}


@pytest.fixture(name="key")
def _key(aws: Any) -> str:
    """The access key of the user ada, who has some permissions."""
    aws.iam.create_user(UserName="ada", Path="/team/")
    aws.iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    return aws.iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]


def use(aws: Any, key: str, region: str = "eu-west-1") -> None:
    aws.client("ec2", region, aws_access_key_id=key).describe_instances()


def report(aws: Any, arn: str, **options: Any) -> dict[str, dict]:
    job = aws.iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL", **options)["JobId"]
    found = aws.iam.get_service_last_accessed_details(JobId=job)
    assert found["JobStatus"] == "COMPLETED"
    return {each["ServiceNamespace"]: each for each in found["ServicesLastAccessed"]}


def events(aws: Any, key: str, region: str = "eu-west-1", **options: Any) -> list[str]:
    attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": key}
    found = aws.client("cloudtrail", region).lookup_events(LookupAttributes=[attribute], **options)["Events"]
    return [each["EventName"] for each in found]


def test_services_and_actions_of_a_user(aws: Any, key: str) -> None:
    use(aws, key)
    aws.client("iam", aws_access_key_id=key).get_user()
    found = report(aws, aws.iam.get_user(UserName="ada")["User"]["Arn"])
    # The services that the policies allow
    assert list(found) == ["ec2", "iam", "s3", "sqs"]
    used = {each["ActionName"] for each in found["ec2"]["TrackedActionsLastAccessed"] if "LastAccessedTime" in each}
    assert used == {"DescribeInstances"} and found["ec2"]["LastAuthenticatedRegion"] == "eu-west-1"
    assert "DescribeVpcs" in {each["ActionName"] for each in found["ec2"]["TrackedActionsLastAccessed"]}
    # If a service's actions are not tracked, only the service has a date, and only if it was used.
    assert "TrackedActionsLastAccessed" not in found["s3"] and "LastAuthenticated" not in found["s3"]


def test_a_roles_sessions_count_as_its_use(aws: Any) -> None:
    role = aws.role_for_all("web")
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    made = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="s")["Credentials"]
    aws.client("ec2", aws_access_key_id=made["AccessKeyId"], aws_session_token=made["SessionToken"]).describe_vpcs()
    used = [each["ActionName"] for each in report(aws, role["Arn"])["ec2"]["TrackedActionsLastAccessed"] if "LastAccessedTime" in each]
    assert used == ["DescribeVpcs"]


def test_a_report_takes_time_and_needs_an_existing_subject(aws: Any, key: str) -> None:
    aws.http("PUT", "/emulator/transitions", {"reporting": 30})
    arn = aws.iam.get_user(UserName="ada")["User"]["Arn"]
    job = aws.iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    assert aws.iam.get_service_last_accessed_details(JobId=job)["JobStatus"] == "IN_PROGRESS"
    aws.http("PUT", "/emulator/clock", {"ahead": 30})
    assert aws.iam.get_service_last_accessed_details(JobId=job)["JobStatus"] == "COMPLETED"
    for call in (
        lambda: aws.iam.generate_service_last_accessed_details(Arn=f"{arn}-nobody"),
        lambda: aws.iam.get_service_last_accessed_details(JobId="00000000-0000-0000-0000-000000000000"),
    ):
        with pytest.raises(ClientError, match="NoSuchEntity"):
            call()


def test_a_report_reaches_back_400_days(aws: Any, key: str) -> None:
    use(aws, key)
    arn = aws.iam.get_user(UserName="ada")["User"]["Arn"]
    aws.http("PUT", "/emulator/clock", {"ahead": 399 * DAY})
    assert "LastAuthenticated" in report(aws, arn)["ec2"]
    aws.http("PUT", "/emulator/clock", {"ahead": 401 * DAY})
    assert "LastAuthenticated" not in report(aws, arn)["ec2"]


def test_events_are_those_of_the_key_in_the_region_in_90_days(aws: Any, key: str) -> None:
    use(aws, key)
    use(aws, key, "us-east-1")
    use(aws, aws.key_id)
    aws.client("iam", aws_access_key_id=key).get_user()
    assert events(aws, key) == ["DescribeInstances"]
    assert events(aws, key, "us-east-1") == ["GetUser", "DescribeInstances"]
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    assert events(aws, key, StartTime=tomorrow) == []
    aws.http("PUT", "/emulator/clock", {"ahead": 91 * DAY})
    assert events(aws, key) == []


def test_events_come_in_pages_and_include_errors(aws: Any, key: str) -> None:
    for _number in range(3):
        use(aws, key)
    aws.http("PUT", "/emulator/permissions", {"access_key_ids": [key]})
    with pytest.raises(ClientError):
        aws.client("ec2", aws_access_key_id=key).stop_instances(InstanceIds=["i-0123456789abcdef0"])
    attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": key}
    pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=[attribute], PaginationConfig={"PageSize": 2})
    found = [each for page in pages for each in page["Events"]]
    assert [each["EventName"] for each in found] == ["StopInstances", *["DescribeInstances"] * 3]
    codes = [json.loads(each["CloudTrailEvent"]).get("errorCode") for each in found]
    assert codes == ["UnauthorizedOperation", None, None, None]


def test_data_events_are_not_included(aws: Any, key: str) -> None:
    with pytest.raises(ClientError):
        aws.client("sqs", aws_access_key_id=key).send_message(QueueUrl="http://127.0.0.1/1/q", MessageBody="m")
    with pytest.raises(ClientError):
        aws.client("sqs", aws_access_key_id=key).list_queues()
    assert "SendMessage" not in events(aws, key)
    assert "LastAuthenticated" in report(aws, aws.iam.get_user(UserName="ada")["User"]["Arn"])["sqs"]


def test_two_calls_a_second(aws: Any, key: str) -> None:
    aws.http("PUT", "/emulator/buckets", {"cloudtrail:LookupEvents": {"capacity": 2, "refill": 0}})
    events(aws, key)
    events(aws, key)
    with pytest.raises(ClientError, match="ThrottlingException"):
        events(aws, key)


# The simulator


def simulate(aws: Any, arn: str, *actions: str, **options: Any) -> dict[str, str]:
    found = aws.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), **options)["EvaluationResults"]
    return {each["EvalActionName"]: each["EvalDecision"] for each in found}


def test_the_simulator_evaluates_the_policies(aws: Any) -> None:
    arn = aws.role("web")["Arn"]
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    document = {**POLICY, "Statement": [*POLICY["Statement"], deny]}
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps(document))
    assert simulate(aws, arn, "s3:GetObject", "s3:PutObject", "kms:Decrypt") == {
        "s3:GetObject": "allowed",
        "s3:PutObject": "explicitDeny",
        "kms:Decrypt": "implicitDeny",
    }
    boundary = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    limits = aws.iam.create_policy(PolicyName="limits", PolicyDocument=json.dumps(boundary))["Policy"]["Arn"]
    aws.iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=limits)
    assert simulate(aws, arn, "s3:GetObject", "ec2:DescribeVpcs") == {"s3:GetObject": "implicitDeny", "ec2:DescribeVpcs": "allowed"}


def test_the_simulator_checks_resources_and_subjects(aws: Any) -> None:
    arn = aws.role("web")["Arn"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]}
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps(document))
    assert simulate(aws, arn, "s3:GetObject", ResourceArns=["arn:aws:s3:::b/k"]) == {"s3:GetObject": "allowed"}
    assert simulate(aws, arn, "s3:GetObject", ResourceArns=["arn:aws:s3:::c/k"]) == {"s3:GetObject": "implicitDeny"}
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulate(aws, f"{arn}-nobody", "s3:GetObject")
    with pytest.raises(ClientError, match="InvalidInput"):
        simulate(aws, arn, "GetObject")
