# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The launch template that takes the place of a launch configuration has all of its data."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.configurations import create_template, template_data, template_name

PROFILE = {"IamInstanceProfile": {"Name": "web"}}


@pytest.mark.parametrize(
    "configuration, data",
    [
        ({"ImageId": "ami-1", "KeyName": "", "EbsOptimized": False}, {"ImageId": "ami-1"}),
        ({"RamdiskId": "ari-1"}, {"RamDiskId": "ari-1"}),
        ({"InstanceMonitoring": {"Enabled": False}}, {"Monitoring": {"Enabled": False}}),
        ({"PlacementTenancy": "dedicated"}, {"Placement": {"Tenancy": "dedicated"}}),
        ({"SpotPrice": "0.1"}, {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.1"}}}),
        (
            {"BlockDeviceMappings": [{"DeviceName": "a", "NoDevice": True}, {"DeviceName": "b", "NoDevice": False}]},
            {"BlockDeviceMappings": [{"DeviceName": "a", "NoDevice": ""}, {"DeviceName": "b"}]},
        ),
        ({"SecurityGroups": ["sg-1", "web"]}, {"SecurityGroupIds": ["sg-1"], "SecurityGroups": ["web"]}),
        (
            {"SecurityGroups": ["sg-1"], "AssociatePublicIpAddress": False},
            {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": ["sg-1"]}]},
        ),
        ({"AssociatePublicIpAddress": True}, {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}]}),
    ],
)
def test_each_member_of_a_configuration_has_its_place(configuration, data):
    assert template_data(configuration, "web") == {**data, **PROFILE}
    assert template_data(configuration, None) == data


@pytest.mark.parametrize(
    "given, name", [("web", "web"), ("web 1!", "web-1-"), ("a/b_(c).d", "a/b_(c).d"), ("ab", "ab-template"), ("x" * 200, "x" * 128)]
)
def test_a_template_is_called_as_the_configuration_as_far_as_it_can_be(given, name):
    assert template_name(given) == name


def test_the_call_names_the_template():
    change = create_template("web", {"ImageId": "ami-1"})
    assert (change.service, change.operation, change.target) == ("ec2", "CreateLaunchTemplate", "launch-template/web")
    assert change.parameters["LaunchTemplateName"] == "web" and change.parameters["LaunchTemplateData"] == {"ImageId": "ami-1"}
