# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of calls."""

from __future__ import annotations

import json
import time
from typing import Any


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


def test_what_moto_cannot_do_is_not_retried(aws: Any, refused: Any) -> None:
    with refused("NotImplemented"):
        aws.iam.generate_organizations_access_report(EntityPath="o-a/r-a")
    with refused("NotImplemented", "no-such-filter"):
        aws.launch()
        aws.ec2.describe_instances(Filters=[{"Name": "no-such-filter", "Values": ["x"]}])
    assert [call["status"] for call in aws.calls()] == [501, 200, 501]


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
