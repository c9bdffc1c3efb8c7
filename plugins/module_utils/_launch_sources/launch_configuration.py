# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts a launch configuration into the data of a launch template.  Pure.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/migrate-to-launch-templates.html
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._values.launch import PROFILE

# Members that have the same name in a launch template, and those that have another.
SAME = ("ImageId", "InstanceType", "KeyName", "KernelId", "UserData", "EbsOptimized", "MetadataOptions")
RENAMED = {"RamdiskId": "RamDiskId"}


def template_data(configuration: Mapping[str, Any], profile_name: Optional[str]) -> dict[str, Any]:
    """The data of a launch template that launches the same instances, with this instance profile."""
    data: dict[str, Any] = {key: configuration[key] for key in SAME if configuration.get(key)}
    data.update({new: configuration[old] for old, new in RENAMED.items() if configuration.get(old)})
    if configuration.get("InstanceMonitoring"):
        data["Monitoring"] = {"Enabled": configuration["InstanceMonitoring"]["Enabled"]}
    if configuration.get("PlacementTenancy"):
        data["Placement"] = {"Tenancy": configuration["PlacementTenancy"]}
    if configuration.get("SpotPrice"):
        spot = {"MaxPrice": configuration["SpotPrice"]}
        data["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": spot}
    if configuration.get("BlockDeviceMappings"):
        data["BlockDeviceMappings"] = [_block_device(each) for each in configuration["BlockDeviceMappings"]]
    if profile_name:
        data[PROFILE] = {"Name": profile_name}
    return {**data, **_network(configuration)}


def _network(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The security groups, or a network interface that contains them if the configuration sets AssociatePublicIpAddress."""
    groups = list(configuration.get("SecurityGroups") or ())
    public = configuration.get("AssociatePublicIpAddress")
    if public is not None:
        interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": public, **({"Groups": groups} if groups else {})}
        return {"NetworkInterfaces": [interface]}
    ids = [each for each in groups if each.startswith("sg-")]
    names = [each for each in groups if not each.startswith("sg-")]
    return {**({"SecurityGroupIds": ids} if ids else {}), **({"SecurityGroups": names} if names else {})}


def _block_device(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """In a launch configuration NoDevice is true; in a launch template it is an empty string."""
    others = {key: value for key, value in mapping.items() if key != "NoDevice"}
    return {**others, "NoDevice": ""} if mapping.get("NoDevice") else others
