# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a launch configuration to a launch template with all of its data.  Pure.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/migrate-to-launch-templates.html
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

from .._common.change import Change
from .._values.launch import PROFILE

# Members that a template has under the same name, or under another.
SAME = ("ImageId", "InstanceType", "KeyName", "KernelId", "UserData", "EbsOptimized", "MetadataOptions")
SHORTEST, LONGEST = 3, 128  # of a template's name
RENAMED = {"RamdiskId": "RamDiskId"}


def template_data(configuration: Mapping[str, Any], profile_name: Optional[str]) -> dict[str, Any]:
    """The data of a launch template that launches what the configuration does, with that instance profile."""
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
    """The security groups; where a public address is said to be given or not, they belong to the network interface."""
    groups = list(configuration.get("SecurityGroups") or ())
    public = configuration.get("AssociatePublicIpAddress")
    if public is not None:
        interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": public, **({"Groups": groups} if groups else {})}
        return {"NetworkInterfaces": [interface]}
    ids = [each for each in groups if each.startswith("sg-")]
    names = [each for each in groups if not each.startswith("sg-")]
    return {**({"SecurityGroupIds": ids} if ids else {}), **({"SecurityGroups": names} if names else {})}


def _block_device(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration says NoDevice with true, a template with an empty text."""
    others = {key: value for key, value in mapping.items() if key != "NoDevice"}
    return {**others, "NoDevice": ""} if mapping.get("NoDevice") else others


def template_name(configuration_name: str) -> str:
    """The name of the template that takes the configuration's place: its own, as far as a template can have that."""
    name = re.sub(r"[^a-zA-Z0-9().\-/_]", "-", configuration_name)[:LONGEST]
    return name if len(name) >= SHORTEST else f"{name}-template"


def create_template(name: str, data: Mapping[str, Any]) -> Change:
    """The call that makes the template."""
    parameters = {
        "LaunchTemplateName": name,
        "VersionDescription": "From a launch configuration, by keyless.ec2.",
        "LaunchTemplateData": data,
    }
    summary = f"make the launch template {name} from a launch configuration"
    return Change("ec2", "CreateLaunchTemplate", f"launch-template/{name}", parameters, summary)
