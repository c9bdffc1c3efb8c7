# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of calls."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRAIL = "InvalidTimeRangeException"


def test_a_call(aws: Any) -> None:
    before = time.time()
    aws.role("web", Tags=[{"Key": "Team", "Value": "a.b=c&d é"}], MaxSessionDuration=7200)
    [call] = aws.calls()
    assert call.pop("n") > 0
    after = time.time()
    assert before - 1 <= call.pop("started") <= after
    assert 0 < call.pop("seconds") < after - before + 1
    assert call == {
        "service": "iam",
        "operation": "CreateRole",
        "parameters": {
            "RoleName": "web",
            "AssumeRolePolicyDocument": aws.trust,
            "Tags": [{"Key": "Team", "Value": "a.b=c&d é"}],
            "MaxSessionDuration": 7200,
        },
        "status": 200,
        "error": None,
        "access_key_id": aws.key_id,
        "region": "eu-west-1",
    }


def test_parameters_of_ec2(aws: Any, refused: Any) -> None:
    given = {
        "Filters": [{"Name": "tag:Name", "Values": ["a", "b"]}, {"Name": "vpc-id", "Values": ["vpc-1"]}],
        "DryRun": False,
        "MaxResults": 5,
    }
    aws.ec2.describe_instances(**given)
    replaced = {"AssociationId": "iip-assoc-0123456789abcdef0", "IamInstanceProfile": {"Name": "web"}}
    with refused("InvalidAssociationID.NotFound"):
        aws.ec2.replace_iam_instance_profile_association(**replaced)
    first, second = aws.calls()
    assert first["parameters"] == given
    assert second["parameters"] == replaced
    assert (second["status"], second["error"]) == (400, "InvalidAssociationID.NotFound")


def test_errors(aws: Any, refused: Any) -> None:
    with refused("NoSuchEntity"):
        aws.iam.get_role(RoleName="gone")
    with refused("InvalidInstanceID.Malformed"):
        aws.ec2.describe_instances(InstanceIds=["x"])
    assert [(call["status"], call["error"]) for call in aws.calls()] == [
        (404, "NoSuchEntity"),
        (400, "InvalidInstanceID.Malformed"),
    ]


def test_operations_that_moto_lacks_are_not_retried(aws: Any, refused: Any) -> None:
    with refused("NotImplemented"):
        aws.iam.generate_organizations_access_report(EntityPath="o-a/r-a")
    with refused("NotImplemented", "no-such-filter"):
        aws.ec2.describe_subnets(Filters=[{"Name": "no-such-filter", "Values": ["x"]}])
    assert [call["status"] for call in aws.calls()] == [501, 501]


def test_since_and_clear(aws: Any) -> None:
    for name in ("a", "b", "c"):
        aws.role(name)
    first, second, third = (call["n"] for call in aws.calls())
    assert first < second < third
    later = aws.http("GET", f"/emulator/calls?since={first}")
    assert [call["parameters"]["RoleName"] for call in later] == ["b", "c"]
    aws.http("DELETE", "/emulator/calls")
    assert not aws.calls()
    aws.role("d")
    assert aws.calls()[0]["n"] == third + 1


def test_calls_of_one_access_key(aws: Any) -> None:
    other = aws.client("iam", aws_access_key_id="AKIAOTHER00000000000")
    for client in (aws.iam, other, aws.iam, other):
        client.list_roles()
    calls = aws.calls()
    found = aws.http("GET", "/emulator/calls?access_key_id=AKIAOTHER00000000000")
    assert found == [calls[1], calls[3]]
    later = aws.http("GET", f"/emulator/calls?access_key_id=AKIAOTHER00000000000&since={calls[1]['n']}")
    assert later == [calls[3]]
    assert aws.http("GET", "/emulator/calls?access_key_id=AKIANOBODY0000000000") == []


@pytest.fixture(name="forgetful")
def _forgetful(emulator_with: Any, connect: Any) -> Iterator[Any]:
    """An emulator that keeps three calls."""
    with emulator_with("--keep-calls", "3") as endpoint:
        yield connect(endpoint)


def test_only_the_requested_number_of_calls_is_kept(forgetful: Any) -> None:
    forgetful.role_for_all("web")
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    forgetful.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps(allowed))
    arn = forgetful.iam.get_role(RoleName="web")["Role"]["Arn"]
    assert [call["n"] for call in forgetful.calls()] == [1, 2, 3]
    key = forgetful.client("sts").assume_role(RoleArn=arn, RoleSessionName="s")["Credentials"]["AccessKeyId"]
    forgetful.client("ec2", aws_access_key_id=key).describe_vpcs()
    # A list without the first calls would look complete.
    for query in ("", "?since=1", "?access_key_id=AKIANOBODY0000000000"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            forgetful.http("GET", f"/emulator/calls{query}")
        assert caught.value.code == 410 and "since 2," in json.load(caught.value)["error"]
    assert [call["n"] for call in forgetful.http("GET", "/emulator/calls?since=2")] == [3, 4, 5]
    with pytest.raises(ClientError, match=TRAIL):
        forgetful.client("cloudtrail").lookup_events()
    # The last use of each operation is kept, however many calls follow.
    for _number in range(4):
        forgetful.iam.list_roles()
    job = forgetful.iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    [used] = forgetful.iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    assert "LastAuthenticated" in used
    # The same number of reports is kept.
    for _number in range(3):
        forgetful.iam.generate_service_last_accessed_details(Arn=arn)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        forgetful.iam.get_service_last_accessed_details(JobId=job)
    # After a reader cleared the log, it knows that the list is complete again.
    forgetful.http("DELETE", "/emulator/calls")
    forgetful.iam.list_roles()
    assert [call["operation"] for call in forgetful.calls()] == ["ListRoles"]


def test_events_are_complete_again_after_a_reset(forgetful: Any) -> None:
    for _number in range(4):
        forgetful.iam.list_roles()
    with pytest.raises(ClientError, match=TRAIL):
        forgetful.client("cloudtrail", "us-east-1").lookup_events()
    forgetful.http("POST", "/emulator/reset")
    events = forgetful.client("cloudtrail", "us-east-1").lookup_events()["Events"]
    assert [each["EventName"] for each in events] == ["LookupEvents"]


@pytest.mark.parametrize("number", ["0", "-1", "many", ""])
def test_an_invalid_number_of_calls(refusal_to_start: Any, number: str) -> None:
    refused = refusal_to_start(f"--keep-calls={number}")
    assert refused.startswith("2\n") and "must be a number, 1 or more" in refused


def test_no_secrets(aws: Any) -> None:
    aws.role_for_all("web")
    sts = aws.client("sts", aws_session_token="TOKEN-OF-THE-CALLER")
    arn = "arn:aws:iam::123456789012:role/web"
    secrets = sts.assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    aws.iam.create_user(UserName="ada")
    aws.iam.create_login_profile(UserName="ada", Password="PASSWORD-OF-ADA")
    aws.launch(UserData="PASSWORD-IN-USER-DATA")
    calls = aws.calls()
    assert [call["operation"] for call in calls][1:] == [
        "AssumeRole",
        "CreateUser",
        "CreateLoginProfile",
        "RunInstances",
    ]
    assert calls[1]["parameters"] == {"RoleArn": arn, "RoleSessionName": "test"}
    assert calls[3]["parameters"] == {"UserName": "ada", "Password": "********"}
    assert calls[4]["parameters"]["UserData"] == "********"
    text = json.dumps(calls)
    for secret in (secrets["SecretAccessKey"], secrets["SessionToken"], "TOKEN-OF-THE-CALLER", "PASSWORD"):
        assert secret not in text.replace("Password", "")
