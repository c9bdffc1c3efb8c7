# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to fleets and Spot Instance requests: which may still launch, and regions without them."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.fleets import Fleets
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.changes import update_fleet
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, SpotRequest, TemplateReference

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "AKIAUNITTESTS0000000", "aws_secret_access_key": "secret"}
CONFIGS = [
    {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "3"}},
    {"LaunchTemplateSpecification": {"LaunchTemplateName": "workers"}},
]
USES = (TemplateReference("lt-1", "3", 0), TemplateReference("workers", "$Default", 1))
SPOT = {"IamFleetRole": "arn:aws:iam::123456789012:role/fleet", "TargetCapacity": 1, "LaunchTemplateConfigs": CONFIGS}


@pytest.fixture(name="stub")
def _stub():
    client = boto3.client("ec2", **CREDENTIALS)
    with Stubber(client) as stub:
        # The two lists are read side by side.
        stub.gateway = Fleets(client)
        yield stub


def spot_fleets(state):
    return {"SpotFleetRequestId": f"sfr-{state}", "SpotFleetRequestState": state, "SpotFleetRequestConfig": SPOT}


def test_ended_fleets_are_left_out(stub):
    fleets = [{"FleetId": f"fleet-{state}", "FleetState": state, "LaunchTemplateConfigs": CONFIGS} for state in ("active", "deleted")]
    stub.add_response("describe_fleets", {"Fleets": fleets})
    assert stub.gateway._ec2_fleets() == [Fleet("EC2 Fleet", "fleet-active", USES, "maintain", tuple(CONFIGS))]
    configs = [spot_fleets(state) for state in ("active", "modifying", "cancelled_running", "cancelled")]
    stub.add_response("describe_spot_fleet_requests", {"SpotFleetRequestConfigs": configs})
    assert [fleet.name for fleet in stub.gateway._spot_fleets()] == ["sfr-active", "sfr-modifying"]


def test_the_values_of_a_spot_fleet(stub):
    specification = {"ImageId": "ami-1", "IamInstanceProfile": {"Name": "web"}}
    config = {**SPOT, "Type": "request", "LaunchTemplateConfigs": [], "LaunchSpecifications": [specification]}
    row = {"SpotFleetRequestId": "sfr-1", "SpotFleetRequestConfig": config, "Tags": [{"Key": "team", "Value": "shop"}]}
    stub.add_response("describe_spot_fleet_requests", {"SpotFleetRequestConfigs": [row]})
    (fleet,) = stub.gateway._spot_fleets()
    assert fleet == Fleet("Spot Fleet", "sfr-1", (), "request", (), (specification,), {"team": "shop"})
    assert {type(each) for each in fleet.specifications} == {dict}


def test_a_change_is_repeated_only_until_ec2_sees_the_profile(stub, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    change = update_fleet(Fleet("EC2 Fleet", "fleet-1"), CONFIGS)
    stub.add_client_error("modify_fleet", "InvalidParameterValue", "Value (web) is invalid. Invalid IAM Instance Profile name")
    stub.add_response("modify_fleet", {"Return": True}, {"FleetId": "fleet-1", "LaunchTemplateConfigs": CONFIGS})
    stub.gateway.update(change)
    stub.add_client_error("modify_fleet", "FleetNotInModifiableState", "It is not modifiable")
    with pytest.raises(AwsError, match="Could not change the launch template version of EC2 Fleet fleet-1: FleetNotInModifiableState"):
        stub.gateway.update(change)


def test_only_persistent_requests_are_listed(stub):
    rows = [
        {
            "SpotInstanceRequestId": f"sir-{kind}",
            "Type": kind,
            "LaunchSpecification": {"IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/team/web"}},
        }
        for kind in ("persistent", "one-time")
    ]
    stub.add_response("describe_spot_instance_requests", {"SpotInstanceRequests": rows})
    assert stub.gateway.spot_requests() == [SpotRequest("sir-persistent", rows[0]["LaunchSpecification"])]
    assert SpotRequest("sir-1", rows[0]["LaunchSpecification"]).profile_name == "web"


@pytest.mark.parametrize("code", ["InvalidAction", "UnsupportedOperation"])
def test_a_region_without_fleets(stub, code):
    stub.add_client_error("describe_spot_fleet_requests", code)
    assert stub.gateway._spot_fleets() == []


def test_a_refused_read_is_an_error(stub):
    stub.add_client_error("describe_fleets", "UnauthorizedOperation", "You are not authorized.")
    with pytest.raises(AwsError, match="Could not list the EC2 Fleets: UnauthorizedOperation"):
        stub.gateway._ec2_fleets()
