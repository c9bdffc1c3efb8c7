# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When instances follow their metadata options, and which options AWS refuses."""

from __future__ import annotations

import time
from typing import Any

import pytest

from imds_client import META_DATA, Imds


def change(aws: Any, instance_id: str, **options: Any) -> str:
    """The state that the answer shows."""
    return aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, **options)["InstanceMetadataOptions"]["State"]


def shown(aws: Any, instance_id: str) -> tuple[str, str]:
    options = aws.instance(instance_id)["MetadataOptions"]
    return options["HttpTokens"], options["State"]


def test_an_instance_follows_new_options_after_a_while(aws: Any) -> None:
    [instance_id] = aws.launch()
    aws.http("PUT", "/emulator/transitions", {"applying": 3600})
    assert shown(aws, instance_id) == ("optional", "applied")
    assert change(aws, instance_id, HttpTokens="required") == "pending"
    assert shown(aws, instance_id) == ("required", "pending")
    imds = Imds(aws, instance_id)
    assert imds.ask("GET", META_DATA).status == 200
    aws.http("PUT", "/emulator/clock", {"ahead": 3601})
    assert shown(aws, instance_id) == ("required", "applied")
    assert imds.ask("GET", META_DATA).status == 401


def test_a_stopped_instance_follows_them_when_it_runs(aws: Any) -> None:
    [instance_id] = aws.launch()
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    assert change(aws, instance_id, HttpTokens="required") == "pending"
    time.sleep(0.01)
    assert shown(aws, instance_id) == ("required", "pending")
    aws.ec2.start_instances(InstanceIds=[instance_id])
    assert shown(aws, instance_id) == ("required", "applied")


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ({"HttpEndpoint": "maybe"}, "InvalidParameterValue", "A value of 'maybe' is not valid for HttpEndpoint."),
        ({"HttpTokens": "maybe"}, "InvalidParameterValue", "Specify either 'optional' or 'required' and try again."),
        ({"HttpPutResponseHopLimit": 0}, "InvalidParameterValue", "from 1 to 64"),
        ({"HttpPutResponseHopLimit": 65}, "InvalidParameterValue", "from 1 to 64"),
        ({"HttpEndpoint": "disabled", "HttpTokens": "required"}, "InvalidParameterCombination", "HttpTokens"),
        ({"InstanceMetadataTags": "enabled"}, "InvalidParameterValue", "'a/b' is not a valid tag key."),
    ],
)
def test_refused_options(aws: Any, refused: Any, options: dict[str, Any], code: str, text: str) -> None:
    [instance_id] = aws.launch()
    aws.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": "a/b", "Value": "1"}])
    with refused(code, text):
        change(aws, instance_id, **options)
    assert shown(aws, instance_id) == ("optional", "applied")


def test_only_running_and_stopped_instances_are_changed(aws: Any, refused: Any) -> None:
    [instance_id] = aws.launch()
    aws.ec2.terminate_instances(InstanceIds=[instance_id])
    with refused("IncorrectInstanceState"):
        change(aws, instance_id, HttpTokens="required")
