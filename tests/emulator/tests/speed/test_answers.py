# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are built faster than moto builds them."""

from __future__ import annotations

from typing import Any

import pytest
import xmltodict

from keyless_emulator.speed.answers import XML, _write

UNKNOWN_IMAGE = "ami-12345678"
MIXED = [
    {"a": None},
    {"a": ""},
    {"a": "<b> & \"c\" 'd' é"},
    {"a": {}},
    {"a": {"b": [], "c": True, "d": False, "e": 1, "f": 0, "g": 1.5, "h": None, "i": ""}},
    {"a": {"@xmlns": 'http://x/?a=1&b="2"', "b": "1"}},
    {"a": {"@xmlns": "http://x/"}},
    {"a": {"b": [{"c": "1"}, {"c": ["2", "3"]}, "4", None]}},
    {"a": {"b": {"item": [{"c": {"item": ["1", 2]}}]}}},
]


@pytest.mark.parametrize("body", MIXED)
def test_the_xml_is_identical_to_motos(body: dict[str, Any]) -> None:
    parts = [XML]
    for name, value in body.items():
        _write(name, value, parts)
    assert "".join(parts) == xmltodict.unparse(body, full_document=True, short_empty_elements=True)


def _tagged(aws: Any, **tags: str) -> str:
    rows = [{"Key": key, "Value": value} for key, value in tags.items()]
    [instance_id] = aws.launch(TagSpecifications=[{"ResourceType": "instance", "Tags": rows}])
    return instance_id


def test_tags_of_an_instance_are_its_own(aws: Any) -> None:
    web = _tagged(aws, Name="web <1>", Team="a")
    [bare], other = aws.launch(), _tagged(aws, Name="other")
    assert {tag["Key"]: tag["Value"] for tag in aws.instance(web)["Tags"]} == {"Name": "web <1>", "Team": "a"}
    assert "Tags" not in aws.instance(bare)
    for name, value, ids in (("tag:Name", "web*", [web]), ("tag:Name", "*", [web, other]), ("tag-key", "Team", [web])):
        answer = aws.ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])
        assert [part["Instances"][0]["InstanceId"] for part in answer["Reservations"]] == ids


def test_image_of_an_instance(aws: Any) -> None:
    images = aws.ec2.describe_images()["Images"]
    arm = next(image["ImageId"] for image in images if image["Architecture"] == "arm64")
    answer = aws.ec2.run_instances(ImageId=arm, MinCount=1, MaxCount=1)
    assert answer["Instances"][0]["Architecture"] == "arm64"
    found = aws.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [arm]}])["Images"]
    assert [image["ImageId"] for image in found] == [arm]


def test_images_exist_after_a_reset(aws: Any) -> None:
    """They are created on demand."""
    images = aws.ec2.describe_images()["Images"]
    arm = next(image["ImageId"] for image in images if image["Architecture"] == "arm64")
    snapshots = len(aws.ec2.describe_snapshots()["Snapshots"])
    aws.http("POST", "/emulator/reset")
    assert aws.ec2.run_instances(ImageId=UNKNOWN_IMAGE, MinCount=1, MaxCount=1)["Instances"][0]["ImageId"] == UNKNOWN_IMAGE
    assert aws.ec2.run_instances(ImageId=arm, MinCount=1, MaxCount=1)["Instances"][0]["Architecture"] == "arm64"
    aws.http("POST", "/emulator/reset")
    assert len(aws.ec2.describe_snapshots()["Snapshots"]) == snapshots >= len(images)


def test_new_image_is_found(aws: Any) -> None:
    made = aws.ec2.create_image(InstanceId=aws.launch()[0], Name="made")["ImageId"]
    found = aws.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [made]}])["Images"]
    assert [image["Name"] for image in found] == ["made"]


def test_volume_of_an_instance(aws: Any) -> None:
    first, second = (aws.instance(each)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"] for each in aws.launch(2))
    for ids in ([first], [first, second]):
        answer = aws.ec2.describe_volumes(VolumeIds=ids)
        assert [volume["VolumeId"] for volume in answer["Volumes"]] == ids


def test_unknown_volume(aws: Any, refused: Any) -> None:
    with refused("InvalidVolume.NotFound"):
        aws.ec2.describe_volumes(VolumeIds=["vol-0123456789abcdef0"])
