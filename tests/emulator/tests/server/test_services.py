# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of moto that are offered: the default ones, and those that were asked for."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIAPAGE/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=none"


@pytest.fixture(name="wider")
def _wider(emulator_with: Any, connect: Any) -> Iterator[Any]:
    """An emulator with more services."""
    with emulator_with("--services", "ssm, autoscaling, elbv2") as endpoint:
        yield connect(endpoint)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("cloudformation", "list_stacks"),
        ("lambda", "list_functions"),
        ("batch", "describe_jobs"),
        ("s3", "list_buckets"),
        ("ssm", "describe_parameters"),
    ],
)
def test_other_services_are_refused(aws: Any, refused: Any, service: str, operation: str) -> None:
    with refused("NotImplemented", "see --services"):
        getattr(aws.client(service), operation)()
    assert (aws.calls()[-1]["status"], aws.calls()[-1]["service"]) == (501, service)


def test_the_default_services_can_not_be_left_out(aws: Any) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert aws.iam.list_roles()["Roles"] == aws.ec2.describe_instances()["Reservations"] == []


def test_images_are_found_without_ssm(aws: Any) -> None:
    image = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    assert len(aws.ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"]) == 2


def test_requested_services(wider: Any, refused: Any) -> None:
    assert wider.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert "Parameters" in wider.client("ssm").describe_parameters()
    assert wider.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert wider.iam.list_roles()["Roles"] == []
    with refused("NotImplemented"):
        wider.client("lambda").list_functions()


def test_service_that_does_not_exist(refusal_to_start: Any) -> None:
    assert refusal_to_start("--services", "ssn").startswith("emulator: Unknown service 'ssn'. moto has ")


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/lambda_us-east-1/2015-03-31/functions", ""),
        ("/2015-03-31/functions", "Lambda"),
        ("/", "batch.us-east-1.amazonaws.com#"),
        ("/", "iam.us-east-1.amazonaws.com/lambda"),
    ],
)
def test_refused_services_can_not_be_reached_in_other_ways(aws: Any, path: str, service: str) -> None:
    """moto identifies the service in many ways."""
    headers = {"Authorization": SIGNED.format(service)} if service else {}
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("GET", path, headers=headers)
    assert caught.value.code == 501


@pytest.mark.parametrize(
    "path",
    [
        "/moto-api/",
        "/moto-api/data.json",
        "/moto-api/config",
        "/moto-api/proxy/passthrough",
        "/moto-api/recorder/replay-recording",
        "/moto-api/static/lambda-simple/response",
        "/moto-api/reset/",
        "/latest/meta-data/iam/security-credentials/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_of_moto(aws: Any, method: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http(method, path)
    assert caught.value.code == 404
    assert not aws.calls()
