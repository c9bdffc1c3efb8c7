# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spot Instance requests have an instance profile, and persistent ones replace instances."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3600


def _request(aws: Any, kind: str, profile: str | None = "web") -> dict[str, Any]:
    specification = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    if profile:
        specification["IamInstanceProfile"] = {"Name": profile}
    answer = aws.ec2.request_spot_instances(SpotPrice="0.1", Type=kind, LaunchSpecification=specification)
    return answer["SpotInstanceRequests"][0]


def _shown(aws: Any, request: dict[str, Any], **options: Any) -> dict[str, Any]:
    ids = [request["SpotInstanceRequestId"]]
    return aws.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=ids, **options)["SpotInstanceRequests"][0]


def _profile_of(aws: Any, request: dict[str, Any]) -> str:
    return aws.instance(request["InstanceId"])["IamInstanceProfile"]["Arn"].rpartition("/")[2]


def test_the_instance_has_the_profile_of_the_specification(aws: Any, refused: Any) -> None:
    aws.profile("web")
    request = _shown(aws, _request(aws, "one-time"))
    assert request["LaunchSpecification"]["IamInstanceProfile"] == {"Name": "web"}
    assert _profile_of(aws, request) == "web"
    with refused("InvalidParameterValue", "Invalid IAM Instance Profile name"):
        _request(aws, "one-time", "nobody")
    assert "IamInstanceProfile" not in aws.instance(_request(aws, "one-time", None)["InstanceId"])


@pytest.mark.parametrize("kind, cancelled", [("persistent", False), ("persistent", True), ("one-time", False)])
def test_a_persistent_request_replaces_instances_until_it_is_cancelled(aws: Any, kind: str, cancelled: bool) -> None:
    aws.profile("web")
    aws.http("PUT", "/emulator/transitions", {"replacing": HOUR})
    request = _shown(aws, _request(aws, kind))
    if cancelled:
        aws.ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request["SpotInstanceRequestId"]])
    aws.ec2.terminate_instances(InstanceIds=[request["InstanceId"]])
    aws.http("PUT", "/emulator/clock", {"ahead": HOUR + 1})
    launched = [
        each["InstanceId"]
        for reservation in aws.ec2.describe_instances()["Reservations"]
        for each in reservation["Instances"]
        if each["State"]["Name"] == "running"
    ]
    assert len(launched) == (1 if kind == "persistent" and not cancelled else 0)
    if launched:
        again = _shown(aws, request)
        assert again["InstanceId"] == launched[0] and _profile_of(aws, again) == "web"


def test_requests_are_found_by_type(aws: Any) -> None:
    kinds = ("persistent", "one-time")
    requests = {kind: _request(aws, kind, None)["SpotInstanceRequestId"] for kind in kinds}
    for kind in kinds:
        found = aws.ec2.describe_spot_instance_requests(Filters=[{"Name": "type", "Values": [kind]}])["SpotInstanceRequests"]
        assert [each["SpotInstanceRequestId"] for each in found] == [requests[kind]]
