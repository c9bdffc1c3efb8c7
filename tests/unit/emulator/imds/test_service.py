# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service of each instance: who may ask, and what it answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

TOKEN_PATH = "/latest/api/token"
TOKEN = "X-aws-ec2-metadata-token"
SECONDS = "X-aws-ec2-metadata-token-ttl-seconds"
META_DATA = "/latest/meta-data"
INFO = f"{META_DATA}/iam/info"
ROLES = f"{META_DATA}/iam/security-credentials/"
IDENTITY = "/latest/dynamic/instance-identity/document"
OTHERS_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
HOUR = 3600


@dataclass
class Answer:
    """What came back, its body as text."""

    status: int
    text: str
    headers: Any

    @property
    def json(self) -> Any:
        """The body's content."""
        return json.loads(self.text)


@dataclass
class Imds:
    """A client of one instance's metadata service; each request has its own connection."""

    aws: Any
    instance_id: str
    suffix: str = ""

    @property
    def base(self) -> str:
        """What AWS_EC2_METADATA_SERVICE_ENDPOINT is set to."""
        return f"{self.aws.endpoint}/imds/{self.instance_id}{self.suffix}"

    def ask(self, method: str, path: str, headers: Any = None, timeout: float = 10) -> Answer:
        """Return the answer, whatever its status."""
        connection = http.client.HTTPConnection(self.aws.endpoint.removeprefix("http://"), timeout=timeout)
        try:
            connection.request(method, f"/imds/{self.instance_id}{self.suffix}{path}", headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.headers)
        finally:
            connection.close()

    def token(self, seconds: Any = 60) -> str:
        """Return a new token."""
        answer = self.ask("PUT", TOKEN_PATH, {SECONDS: str(seconds)})
        assert answer.status == 200
        return answer.text

    def get(self, path: str, token: str | None = None) -> Answer:
        """Return the answer to a read with the token, or with a new one."""
        return self.ask("GET", path, {TOKEN: token or self.token()})

    def with_hops(self, hops: int) -> Imds:
        """Return a client that is so far away."""
        return Imds(self.aws, self.instance_id, f";hops={hops}")


@pytest.fixture(name="bare")
def _bare(aws: Any) -> Imds:
    """That of an instance without a profile."""
    return Imds(aws, aws.launch()[0])


@pytest.fixture(name="web")
def _web(aws: Any) -> Imds:
    """That of an instance with the profile and role web."""
    aws.profile("web")
    return Imds(aws, aws.launch(IamInstanceProfile={"Name": "web"})[0])


@pytest.fixture(name="ahead")
def _ahead(aws: Any) -> Callable[[float], None]:
    """Puts the emulator's clock forward."""

    def ahead(seconds: float) -> None:
        aws.http("PUT", "/emulator/clock", {"ahead": seconds})

    return ahead


def _options(imds: Imds, **options: Any) -> None:
    imds.aws.ec2.modify_instance_metadata_options(InstanceId=imds.instance_id, **options)


def _replace_role(aws: Any, old: str, new: str) -> None:
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName=old)
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName=new)


def _delete_profile(aws: Any) -> None:
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.iam.delete_instance_profile(InstanceProfileName="web")


def test_token(bare: Imds) -> None:
    answer = bare.ask("PUT", TOKEN_PATH, {SECONDS: "21600"})
    assert (answer.status, answer.headers["X-Aws-Ec2-Metadata-Token-Ttl-Seconds"]) == (200, "21600")
    assert bare.get(f"{META_DATA}/instance-id", answer.text).text == bare.instance_id


@pytest.mark.parametrize("seconds", ["", "0", "21601", "-1", "1.5", "x", None])
def test_token_needs_a_lifetime(bare: Imds, seconds: str | None) -> None:
    headers = {} if seconds is None else {SECONDS: seconds}
    assert bare.ask("PUT", TOKEN_PATH, headers).status == 400


def test_token_is_not_for_proxies(bare: Imds) -> None:
    headers = {SECONDS: "60", "X-Forwarded-For": "192.0.2.1"}
    assert bare.ask("PUT", TOKEN_PATH, headers).status == 403


def test_token_expires(bare: Imds, ahead: Callable[[float], None]) -> None:
    token = bare.token(60)
    ahead(50)
    assert bare.get(META_DATA, token).status == 200
    ahead(61)
    assert bare.get(META_DATA, token).status == 401


def test_token_is_the_instances_own(aws: Any) -> None:
    one, other = (Imds(aws, instance_id) for instance_id in aws.launch(2))
    assert one.get(META_DATA, other.token()).status == 401


def test_without_a_token(bare: Imds) -> None:
    assert bare.ask("GET", f"{META_DATA}/instance-id").text == bare.instance_id
    assert bare.get(META_DATA, "wrong").status == 401
    _options(bare, HttpTokens="required")
    assert bare.ask("GET", META_DATA).status == 401
    assert bare.get(META_DATA).status == 200


def test_disabled(bare: Imds) -> None:
    token = bare.token()
    _options(bare, HttpEndpoint="disabled")
    assert bare.ask("PUT", TOKEN_PATH, {SECONDS: "60"}).status == 403
    assert bare.get(META_DATA, token).status == 403


def test_answer_does_not_arrive_a_hop_too_far(bare: Imds) -> None:
    container = bare.with_hops(2)
    with pytest.raises(socket.timeout):
        container.ask("PUT", TOKEN_PATH, {SECONDS: "60"}, timeout=0.3)
    assert container.ask("GET", META_DATA, {TOKEN: bare.token()}).status == 200
    _options(bare, HttpPutResponseHopLimit=2)
    assert container.token()


def test_others_are_answered_meanwhile(bare: Imds) -> None:
    with socket.create_connection(("127.0.0.1", int(bare.aws.endpoint.rpartition(":")[2])), timeout=10) as waiting:
        head = f"PUT /imds/{bare.instance_id};hops=2{TOKEN_PATH} HTTP/1.1\r\nHost: x\r\n{SECONDS}: 60\r\n\r\n"
        waiting.sendall(head.encode())
        assert bare.get(META_DATA).status == 200
        assert bare.aws.instance(bare.instance_id)["State"]["Name"] == "running"
        waiting.settimeout(0.1)
        with pytest.raises(socket.timeout):
            waiting.recv(1)


@pytest.mark.parametrize("path", [META_DATA, TOKEN_PATH])
def test_instance_that_is_not_there(aws: Any, path: str) -> None:
    for method in ("GET", "PUT"):
        with pytest.raises(http.client.RemoteDisconnected):
            Imds(aws, "i-0123456789abcdef0").ask(method, path, {SECONDS: "60"})


def test_instance_that_does_not_run(aws: Any, ahead: Callable[[float], None]) -> None:
    aws.http("PUT", "/emulator/transitions", {"pending": 60, "stopping": 60})
    [instance_id] = aws.launch()
    imds = Imds(aws, instance_id)
    _assert_no_answer(imds)
    ahead(61)
    assert imds.get(META_DATA).status == 200
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    _assert_no_answer(imds)
    ahead(122)
    _assert_no_answer(imds)


def _assert_no_answer(imds: Imds) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        imds.ask("GET", META_DATA)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{META_DATA}/nothing", 404),
        ("GET", "/1.0/", 404),
        ("GET", "x/latest", 404),
        ("GET", ";hops=0/latest", 404),
        ("PUT", META_DATA, 405),
        ("POST", TOKEN_PATH, 405),
        ("DELETE", META_DATA, 405),
    ],
)
def test_wrong_requests(bare: Imds, method: str, path: str, status: int) -> None:
    assert bare.ask(method, path, {SECONDS: "60"}).status == status


@pytest.mark.parametrize(("path", "status"), [(META_DATA, 200), ("/nothing", 404)])
def test_headers(bare: Imds, ahead: Callable[[float], None], path: str, status: int) -> None:
    before = parsedate_to_datetime(bare.ask("GET", path).headers["Date"])
    ahead(HOUR)
    answer = bare.ask("GET", path)
    [date] = answer.headers.get_all("Date")
    assert 3595 < (parsedate_to_datetime(date) - before).total_seconds() < 3660
    assert (answer.status, answer.headers["Server"], answer.headers["Content-Type"]) == (status, "EC2ws", "text/plain")


def test_no_aws_call(bare: Imds) -> None:
    bare.aws.http("DELETE", "/emulator/calls")
    bare.aws.http("POST", "/emulator/faults", {"operation": "*", "code": "Throttling"})
    assert bare.get(META_DATA).status == 200
    assert not bare.aws.calls()


def test_where_the_instance_is(bare: Imds) -> None:
    assert bare.get(f"{META_DATA}/placement/region").text == "eu-west-1"
    # botocore asks with a slash.
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


def test_association_must_have_come_about(web: Imds, ahead: Callable[[float], None]) -> None:
    web.aws.http("PUT", "/emulator/transitions", {"associating": 60})
    [association] = web.aws.associations()
    web.aws.profile("other")
    web.aws.ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "other"}
    )
    assert [web.get(path).status for path in (INFO, ROLES)] == [404, 404]
    ahead(61)
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


def test_profile_is_gone(web: Imds) -> None:
    _delete_profile(web.aws)
    _assert_profile_not_found(web)
    # The association keeps the old id, which the new profile of the name has not.
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


def test_role_comes_late(web: Imds, ahead: Callable[[float], None]) -> None:
    web.aws.http("PUT", "/emulator/propagation", {"seconds": 60})
    web.aws.role("late")
    _replace_role(web.aws, "web", "late")
    assert web.get(ROLES).status == 404
    ahead(61)
    assert web.get(ROLES).text == "late"


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
    ahead(5 * HOUR - 30)
    assert web.get(f"{ROLES}web").json == first
    ahead(5 * HOUR)
    second = web.get(f"{ROLES}web").json
    assert second["AccessKeyId"] != first["AccessKeyId"]
    assert second["Expiration"] > first["Expiration"]


def test_credentials_are_the_associations(web: Imds) -> None:
    first = web.get(f"{ROLES}web").json
    [association] = web.aws.associations()
    web.aws.ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "web"}
    )
    assert web.get(f"{ROLES}web").json["AccessKeyId"] != first["AccessKeyId"]


def test_credentials_are_the_roles(web: Imds) -> None:
    first = web.get(f"{ROLES}web").json
    web.aws.role("other")
    _replace_role(web.aws, "web", "other")
    assert web.get(f"{ROLES}web").status == 404
    assert web.get(f"{ROLES}other").json["AccessKeyId"] != first["AccessKeyId"]


def test_role_that_ec2_may_not_assume(web: Imds) -> None:
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
    process = subprocess.run(
        [sys.executable, "-c", code], env={**foreign, **own}, capture_output=True, text=True, timeout=60, check=True
    )
    assert process.stdout.strip() == f"arn:aws:sts::123456789012:assumed-role/web/{web.instance_id}"
