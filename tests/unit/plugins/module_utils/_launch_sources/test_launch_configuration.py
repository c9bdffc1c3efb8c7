# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The launch template that replaces a launch configuration has all of its data."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.launch_configuration import template_data

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
def test_each_member_of_a_configuration_is_converted(configuration, data):
    assert template_data(configuration, "web") == {**data, **PROFILE}
    assert template_data(configuration, None) == data
