# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata that each instance's metadata service returns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from imds_client import (
    HOUR,
    IDENTITY,
    INFO,
    META_DATA,
    OTHERS_TRUST,
    ROLES,
    Imds,
    delete_profile,
    replace_role,
)


def test_where_the_instance_is(bare: Imds) -> None:
    assert bare.get(f"{META_DATA}/placement/region").text == "eu-west-1"
    # botocore sends a trailing slash.
    for path in (f"{META_DATA}/placement/availability-zone", f"{META_DATA}/placement/availability-zone/"):
        assert bare.get(path).text == bare.aws.instance(bare.instance_id)["Placement"]["AvailabilityZone"]


def test_identity_document(bare: Imds) -> None:
    document, instance = bare.get(IDENTITY).json, bare.aws.instance(bare.instance_id)
    assert document == {
        "accountId": "123456789012",
        "architecture": instance["Architecture"],
        "availabilityZone": instance["Placement"]["AvailabilityZone"],
        "imageId": "ami-12345678",
        "instanceId": bare.instance_id,
        "instanceType": instance["InstanceType"],
        "pendingTime": instance["LaunchTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "privateIp": instance["PrivateIpAddress"],
        "region": "eu-west-1",
        "version": "2017-09-30",
    }


@pytest.mark.parametrize(
    ("path", "entries"),
    [
        ("/", ["latest/"]),
        ("/latest/", ["dynamic/", "meta-data/"]),
        (META_DATA, ["iam/", "instance-id", "placement/"]),
        (f"{META_DATA}/iam/", ["info", "security-credentials/"]),
        (ROLES, ["web"]),
        (ROLES.rstrip("/"), ["web"]),
    ],
)
def test_listings(web: Imds, path: str, entries: list[str]) -> None:
    assert web.get(path).text.splitlines() == entries


def test_no_profile(bare: Imds) -> None:
    assert [bare.get(path).status for path in (INFO, ROLES, f"{META_DATA}/iam/")] == [404, 404, 404]


def test_association_must_be_complete(web: Imds, ahead: Callable[[float], None]) -> None:
    web.aws.http("PUT", "/emulator/transitions", {"associating": HOUR})
    [association] = web.aws.associations()
    web.aws.profile("other")
    web.aws.ec2.replace_iam_instance_profile_association(AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "other"})
    assert [web.get(path).status for path in (INFO, ROLES)] == [404, 404]
    ahead(HOUR + 1)
    assert (web.get(INFO).json["Code"], web.get(ROLES).text) == ("Success", "other")


def test_info(web: Imds) -> None:
    [association] = web.aws.associations()
    info = web.get(INFO).json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info.pop("LastUpdated"))
    assert info == {
        "Code": "Success",
        "InstanceProfileArn": association["IamInstanceProfile"]["Arn"],
        "InstanceProfileId": association["IamInstanceProfile"]["Id"],
    }


def test_deleted_profile(web: Imds) -> None:
    delete_profile(web.aws)
    _assert_profile_not_found(web)
    # The association keeps the old id. The new profile of that name has another one.
    web.aws.profile("web")
    _assert_profile_not_found(web)


def _assert_profile_not_found(imds: Imds) -> None:
    info = imds.get(INFO).json
    assert info.pop("LastUpdated")
    assert info == {"Code": "InstanceProfileNotFound", "Message": "Instance Profile not found."}
    assert imds.get(ROLES).status == 404


def test_profile_without_a_role(web: Imds) -> None:
    web.aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    assert web.get(INFO).json["Code"] == "Success"
    assert [web.get(path).status for path in (ROLES, f"{ROLES}web")] == [404, 404]


def test_a_new_role_appears_when_the_profile_is_associated_again(web: Imds) -> None:
    before = web.get(f"{ROLES}web").json
    web.aws.role("other")
    replace_role(web.aws, "web", "other")
    assert (web.get(ROLES).text, web.get(f"{ROLES}web").json) == ("web", before)
    [association] = web.aws.associations()
    web.aws.ec2.replace_iam_instance_profile_association(AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "web"})
    assert web.get(ROLES).text == "other"
    assert web.get(f"{ROLES}other").json["AccessKeyId"] != before["AccessKeyId"]


def test_a_new_role_appears_when_the_instance_starts(web: Imds) -> None:
    web.aws.role("other")
    replace_role(web.aws, "web", "other")
    web.aws.ec2.stop_instances(InstanceIds=[web.instance_id])
    web.aws.ec2.start_instances(InstanceIds=[web.instance_id])
    assert web.get(ROLES).text == "other"


def test_starting_a_running_instance_brings_no_new_role(web: Imds) -> None:
    web.aws.role("other")
    replace_role(web.aws, "web", "other")
    web.aws.ec2.start_instances(InstanceIds=[web.instance_id])
    assert web.get(ROLES).text == "web"


def test_a_role_that_was_deleted_has_no_credentials(web: Imds) -> None:
    web.aws.role("other")
    replace_role(web.aws, "web", "other")
    web.aws.iam.delete_role(RoleName="web")
    assert web.get(ROLES).status == 404


def test_credentials(web: Imds) -> None:
    credentials = web.get(f"{ROLES}web").json
    assert list(credentials) == [
        "Code",
        "LastUpdated",
        "Type",
        "AccessKeyId",
        "SecretAccessKey",
        "Token",
        "Expiration",
    ]
    assert (credentials["Code"], credentials["Type"]) == ("Success", "AWS-HMAC")
    assert re.fullmatch("ASIA[A-Z2-7]{16}", credentials["AccessKeyId"])
    assert web.get(f"{ROLES}web").json == credentials
    session = web.aws.client(
        "sts",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["Token"],
    )
    arn = f"arn:aws:sts::123456789012:assumed-role/web/{web.instance_id}"
    assert session.get_caller_identity()["Arn"] == arn


def test_credentials_are_renewed_an_hour_before_their_end(web: Imds, ahead: Callable[[float], None]) -> None:
    first = web.get(f"{ROLES}web").json
    ahead(5 * HOUR - 600)
    assert web.get(f"{ROLES}web").json == first
    ahead(5 * HOUR)
    second = web.get(f"{ROLES}web").json
    assert second["AccessKeyId"] != first["AccessKeyId"]
    assert second["Expiration"] > first["Expiration"]


def test_credentials_are_the_associations(web: Imds) -> None:
    first = web.get(f"{ROLES}web").json
    [association] = web.aws.associations()
    web.aws.ec2.replace_iam_instance_profile_association(AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "web"})
    assert web.get(f"{ROLES}web").json["AccessKeyId"] != first["AccessKeyId"]


def test_role_that_ec2_can_not_assume(web: Imds) -> None:
    web.aws.iam.update_assume_role_policy(RoleName="web", PolicyDocument=OTHERS_TRUST)
    assert web.get(ROLES).text == "web"
    answer = web.get(f"{ROLES}web")
    assert answer.status == 200
    assert answer.json.pop("LastUpdated")
    assert {**answer.json, "LastUpdated": ""} == {
        "Code": "AssumeRoleUnauthorizedAccess",
        "Message": "EC2 cannot assume the role web. Please see documentation at https://docs.aws.amazon.com/IAM/"
        "latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.",
        "LastUpdated": "",
    }


@pytest.mark.parametrize("suffix", ["", ";hops=1"])
def test_boto3_finds_the_credentials(web: Imds, suffix: str) -> None:
    code = "import boto3; print(boto3.client('sts', region_name='eu-west-1').get_caller_identity()['Arn'])"
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": web.base + suffix,
        "AWS_ENDPOINT_URL": web.aws.endpoint,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }
    process = subprocess.run([sys.executable, "-c", code], env={**foreign, **own}, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == f"arn:aws:sts::123456789012:assumed-role/web/{web.instance_id}"
