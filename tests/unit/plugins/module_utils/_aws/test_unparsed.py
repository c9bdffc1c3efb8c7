# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members that botocore does not know are marked in responses that are sent back."""

from __future__ import annotations

from io import BytesIO

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from ansible_collections.keyless.ec2.plugins.module_utils._aws.auto_scaling import AutoScaling
from ansible_collections.keyless.ec2.plugins.module_utils._aws.fleets import Fleets
from ansible_collections.keyless.ec2.plugins.module_utils._aws.launch_templates import LaunchTemplates
from ansible_collections.keyless.ec2.plugins.module_utils._aws.unparsed import SENT_BACK, mark_unparsed
from ansible_collections.keyless.ec2.plugins.module_utils._values.unknown_members import unknown_members

EC2, AUTOSCALING = "http://ec2.amazonaws.com/doc/2016-11-15/", "http://autoscaling.amazonaws.com/doc/2011-01-01/"
KEYS = {"aws_access_key_id": "AKIAUNITTESTS0000000", "aws_secret_access_key": "secret", "region_name": "us-west-2"}


class Body(BytesIO):
    """A response body like urllib3's."""

    def stream(self):
        yield self.read()


def client_with(service, body):
    """A marked client that gets this body for every call."""
    made = boto3.client(service, **KEYS)
    mark_unparsed(made)
    made.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, Body(body.encode())))
    return made


def group_with(overrides="", policy="", group=""):
    body = f"""<DescribeAutoScalingGroupsResponse xmlns="{AUTOSCALING}"><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>
      <AutoScalingGroupName>shop</AutoScalingGroupName><Instances/>{group}<MixedInstancesPolicy>{policy}<LaunchTemplate>
      <LaunchTemplateSpecification><LaunchTemplateId>lt-1</LaunchTemplateId><Version>1</Version></LaunchTemplateSpecification>
      <Overrides><member><InstanceType>t3.small</InstanceType></member><member><InstanceType>t4g.small</InstanceType>{overrides}</member>
      </Overrides></LaunchTemplate></MixedInstancesPolicy></member></AutoScalingGroups></DescribeAutoScalingGroupsResult>
      </DescribeAutoScalingGroupsResponse>"""
    (found,) = AutoScaling(client_with("autoscaling", body)).list_groups()
    return found


@pytest.mark.parametrize(
    "xml, unknown",
    [
        ({}, []),
        ({"group": "<NewSetting>1</NewSetting>"}, []),  # it is not sent back
        ({"overrides": "<NewImage>ami-1</NewImage>"}, ["LaunchTemplate.Overrides[1].NewImage"]),
        ({"overrides": "<Empty/>"}, ["LaunchTemplate.Overrides[1].Empty"]),
        ({"policy": "<New><Part>1</Part></New>"}, ["New"]),
        ({"overrides": "<WeightedCapacity><Now>parts</Now></WeightedCapacity>"}, ["LaunchTemplate.Overrides[1].WeightedCapacity"]),
        ({"policy": "<A>1</A>", "overrides": "<B>1</B>"}, ["A", "LaunchTemplate.Overrides[1].B"]),
    ],
)
def test_a_mixed_instances_policy(xml, unknown):
    assert unknown_members(group_with(**xml).mixed_instances_policy) == unknown


def test_equal_unknown_members_are_equal():
    one, same, other = (group_with(f"<NewImage>{image}</NewImage>").mixed_instances_policy for image in ("ami-1", "ami-1", "ami-2"))
    assert one == same != other and "ami-1" not in repr(one)


def versions_with(data):
    body = f"""<DescribeLaunchTemplateVersionsResponse xmlns="{EC2}"><requestId>1</requestId><launchTemplateVersionSet><item>
      <launchTemplateId>lt-1</launchTemplateId><launchTemplateName>web</launchTemplateName><versionNumber>1</versionNumber>
      <defaultVersion>true</defaultVersion><operator><managed>false</managed></operator><launchTemplateData>{data}</launchTemplateData></item>
      </launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>"""
    return LaunchTemplates(client_with("ec2", body)).list()["lt-1"].versions[1].data


@pytest.mark.parametrize(
    "data, unknown",
    [
        ("<imageId>ami-1</imageId><tagSpecificationSet><item><resourceType>instance</resourceType><tagSet/></item></tagSpecificationSet>", []),
        ("<metadataOptions><httpTokens>required</httpTokens><newOption>on</newOption></metadataOptions>", ["MetadataOptions.NewOption"]),
        ("<networkInterfaceSet><item/><item><new/></item></networkInterfaceSet>", ["NetworkInterfaces[1].New"]),
        ("<newSet><item><a>1</a></item></newSet>", ["NewSet"]),
    ],
)
def test_the_data_of_a_launch_template(data, unknown):
    assert unknown_members(versions_with(data)) == unknown


def test_fleets():
    body = f"""<DescribeFleetsResponse xmlns="{EC2}"><fleetSet><item><fleetId>fleet-1</fleetId><fleetState>active</fleetState>
      <launchTemplateConfigs><item><launchTemplateSpecification><launchTemplateId>lt-1</launchTemplateId></launchTemplateSpecification>
      <overrides><item><new>1</new></item></overrides></item></launchTemplateConfigs></item></fleetSet></DescribeFleetsResponse>"""
    (fleet,) = Fleets(client_with("ec2", body))._ec2_fleets()
    assert unknown_members(list(fleet.configs)) == ["[0].Overrides[0].New"]


def test_spot_fleets():
    body = f"""<DescribeSpotFleetRequestsResponse xmlns="{EC2}"><spotFleetRequestConfigSet><item><spotFleetRequestId>sfr-1</spotFleetRequestId>
      <spotFleetRequestState>active</spotFleetRequestState><spotFleetRequestConfig><launchTemplateConfigs><item><launchTemplateSpecification>
      <launchTemplateId>lt-1</launchTemplateId></launchTemplateSpecification><new>1</new></item></launchTemplateConfigs></spotFleetRequestConfig>
      </item></spotFleetRequestConfigSet></DescribeSpotFleetRequestsResponse>"""
    (fleet,) = Fleets(client_with("ec2", body))._spot_fleets()
    assert unknown_members(list(fleet.configs)) == ["[0].New"]


def test_launch_configurations():
    body = f"""<DescribeLaunchConfigurationsResponse xmlns="{AUTOSCALING}"><DescribeLaunchConfigurationsResult><LaunchConfigurations><member>
      <LaunchConfigurationName>old</LaunchConfigurationName><New>1</New></member></LaunchConfigurations></DescribeLaunchConfigurationsResult>
      </DescribeLaunchConfigurationsResponse>"""
    found = AutoScaling(client_with("autoscaling", body)).launch_configurations(["old"])
    assert unknown_members(found["old"]) == ["New"]


@pytest.mark.parametrize("service", SENT_BACK)
def test_every_path_exists(service):
    model = boto3.client(service, **KEYS).meta.service_model
    for operation, paths in SENT_BACK[service].items():
        for path in paths:
            shape = model.operation_model(operation).output_shape
            for name in path.split("."):
                shape = (shape.member if shape.type_name == "list" else shape).members[name]


@pytest.mark.parametrize("body", ["", "<html><p>Sign in<br></html>", f'<DescribeFleetsResponse xmlns="{EC2}"/>'])
def test_what_is_no_response_is_left_to_botocore(body):
    made = boto3.client("ec2", **KEYS)
    mark_unparsed(made)
    made.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, Body(body.encode())))
    try:
        made.describe_fleets()
    except Exception as error:
        assert "XML" in str(error) or "parse" in str(error)
