# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags whose keys are reserved for AWS's services, and Spot prices that no instance has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

IMAGE = "ami-12c6146b"
RESERVED = {"Key": "AWS:service", "Value": "x"}
TEXT = "Tag keys starting with 'aws:' are reserved for internal use"


@pytest.fixture(name="refused")
def _refused(aws: Any) -> Iterator[None]:
    aws.http("PUT", "/emulator/reserved_tags", {"refused": True})
    yield
    aws.http("PUT", "/emulator/reserved_tags", {"refused": False})


def launch(aws: Any, **options: Any) -> str:
    (instance,) = aws.ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **options)["Instances"]
    return instance["InstanceId"]


def launch_with(aws: Any, *tags: dict[str, str]) -> str:
    return launch(aws, TagSpecifications=[{"ResourceType": "instance", "Tags": list(tags)}])


def error_of(call: Any, *args: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*args, **options)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_reserved_tag_is_refused_where_others_are_given(aws: Any, refused: None) -> None:
    instance_id = launch_with(aws, {"Key": "team", "Value": "aws:web"})
    assert error_of(launch_with, aws, {"Key": "team", "Value": "web"}, RESERVED) == ("InvalidParameterValue", TEXT)
    code, message = error_of(aws.ec2.create_tags, Resources=[instance_id], Tags=[RESERVED])
    assert (code, message) == ("InvalidParameterValue", f"Value ( AWS:service ) for parameter key is invalid. {TEXT}")
    aws.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": "awsome", "Value": "x"}])


def test_by_default_it_can_be_given(aws: Any) -> None:
    instance_id = launch_with(aws, RESERVED)
    aws.ec2.create_tags(Resources=[instance_id], Tags=[RESERVED])


@pytest.mark.parametrize("body", [{}, {"refused": "yes"}, {"refused": True, "more": 1}])
def test_the_setting_is_checked(aws: Any, body: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="400"):
        aws.http("PUT", "/emulator/reserved_tags", body)
    assert aws.http("GET", "/emulator/reserved_tags") == {"refused": False}


@pytest.mark.parametrize("price, code", [("0.0009", "SpotMaxPriceTooLow"), ("0.001", ""), (None, "")])
def test_no_spot_instance_is_cheaper(aws: Any, price: str | None, code: str) -> None:
    options = {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": {"MaxPrice": price} if price else {}}}
    if not code:
        assert launch(aws, **options)
        return
    found, message = error_of(launch, aws, **options)
    assert found == code and message.startswith("Your Spot request price of 0.0009 is lower than the minimum required")
