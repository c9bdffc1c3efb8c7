# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that change what launches instances.  Pure."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Mapping, Optional, Sequence, Union

from .._common.change import Change
from .._values.launch import INTERIM, PROFILE, Fleet, Group, Template

CONFIGS = "LaunchTemplateConfigs"  # of a fleet
SHORTEST_NAME, LONGEST_NAME = 3, 128  # of a launch template
# By the kind: the call that changes it, where its id goes, and its name in ARNs.
FLEET_CALLS = {
    "EC2 Fleet": ("ModifyFleet", "FleetId", "fleet"),
    "Spot Fleet": ("ModifySpotFleetRequest", "SpotFleetRequestId", "spot-fleet-request"),
}


@dataclass(frozen=True)
class NewVersion:
    """A version to be made of a launch template: the data of the ``source`` version with another instance profile.

    ``number`` is what AWS is expected to give it.  ``interim_of`` is the version that $Latest is to stand for all the same.
    """

    template: Template
    source: int
    number: int
    data: Mapping[str, Any]
    interim_of: Optional[int] = None

    def change(self) -> Change:
        """The call.  A profile can be laid over the source's, but not taken away from it: then all the data goes along."""
        template = self.template
        parameters: dict[str, Any] = {"LaunchTemplateId": template.template_id, "VersionDescription": self._description()}
        if PROFILE in self.data:
            parameters.update(SourceVersion=str(self.source), LaunchTemplateData={PROFILE: self.data[PROFILE]})
        else:
            parameters["LaunchTemplateData"] = self.data
        summary = f"make a version of the launch template {template.name} from version {self.source}"
        return _of_template("CreateLaunchTemplateVersion", template, parameters, summary)

    def _description(self) -> str:
        described = f"As version {self.source}, by keyless.ec2."
        return f"{described} {INTERIM.format(number=self.interim_of)}" if self.interim_of else described


def template_name(configuration_name: str) -> str:
    """The name of the launch template that replaces the configuration: the same, in the characters that are valid for templates."""
    name = re.sub(r"[^a-zA-Z0-9().\-/_]", "-", configuration_name)[:LONGEST_NAME]
    return name if len(name) >= SHORTEST_NAME else f"{name}-template"


def create_template(name: str, data: Mapping[str, Any]) -> Change:
    """The call that creates a launch template."""
    parameters = {
        "LaunchTemplateName": name,
        "VersionDescription": "From a launch configuration, by keyless.ec2.",
        "LaunchTemplateData": data,
    }
    summary = f"create the launch template {name} from a launch configuration"
    return Change("ec2", "CreateLaunchTemplate", f"launch-template/{name}", parameters, summary)


def set_default(template: Template, number: int) -> Change:
    """The call that moves a launch template's default version."""
    parameters = {"LaunchTemplateId": template.template_id, "DefaultVersion": str(number)}
    summary = f"make version {number} the default of the launch template {template.name}"
    return _of_template("ModifyLaunchTemplate", template, parameters, summary)


def update_group(group: Group, source: Mapping[str, Any]) -> Change:
    """The call that has a group launch from something else; ``source`` is as AWS takes it."""
    parameters = {"AutoScalingGroupName": group.name, **source}
    summary = f"have the Auto Scaling group {group.name} launch from another version"
    return Change("autoscaling", "UpdateAutoScalingGroup", f"autoScalingGroup/{group.name}", parameters, summary)


def update_fleet(fleet: Fleet, configs: Sequence[Mapping[str, Any]]) -> Change:
    """The call that has a fleet launch from something else."""
    operation, key, resource = FLEET_CALLS[fleet.kind]
    summary = f"have the {fleet.kind} {fleet.name} launch from another version"
    return Change("ec2", operation, f"{resource}/{fleet.name}", {key: fleet.name, CONFIGS: configs}, summary)


def moved(user: Union[Group, Fleet], numbers: Mapping[Optional[int], int]) -> Change:
    """The call that has a group or a fleet launch from other versions, by the number of the override."""
    if isinstance(user, Group):
        return update_group(user, source_with(user, numbers))
    return update_fleet(user, configs_of(user, numbers))


def configs_of(fleet: Fleet, numbers: Mapping[Optional[int], int] = MappingProxyType({})) -> list[dict[str, Any]]:
    """What the fleet launches from, as AWS takes it, some of it with other versions; all else of it is as it was."""
    return [_config(each, numbers.get(index)) for index, each in enumerate(fleet.configs)]


def _config(config: Mapping[str, Any], number: Optional[int]) -> dict[str, Any]:
    given = copy.deepcopy(dict(config))
    specification = given["LaunchTemplateSpecification"]
    given["LaunchTemplateSpecification"] = _without_name(specification) if number is None else _pinned(specification, number)
    for override in given.get("Overrides", ()):
        if override.get("AvailabilityZone"):
            override.pop("AvailabilityZoneId", None)  # AWS takes one of them
    return given


def _of_template(operation: str, template: Template, parameters: Mapping[str, Any], summary: str) -> Change:
    return Change("ec2", operation, f"launch-template/{template.template_id}", parameters, summary)


def source_with(group: Group, numbers: Mapping[Optional[int], int]) -> dict[str, Any]:
    """What the group launches from with other versions, by the number of the override; None for its own template.

    All else of it is sent as it was: what is left out of a mixed instances policy may be lost.
    """
    if group.launch_template:
        return {"LaunchTemplate": _pinned(group.launch_template, numbers[None])}
    policy = copy.deepcopy(dict(group.mixed_instances_policy or {}))
    template = policy["LaunchTemplate"]
    for override, number in numbers.items():
        place = template if override is None else template["Overrides"][override]
        place["LaunchTemplateSpecification"] = _pinned(place["LaunchTemplateSpecification"], number)
    return {"MixedInstancesPolicy": as_given(policy)}


def source_of(group: Group) -> dict[str, Any]:
    """What the group launches from now, as AWS takes it."""
    if group.launch_template:
        return {"LaunchTemplate": _without_name(group.launch_template)}
    if group.mixed_instances_policy:
        return {"MixedInstancesPolicy": as_given(group.mixed_instances_policy)}
    return {"LaunchConfigurationName": group.launch_configuration_name}


def as_given(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A mixed instances policy as AWS takes it: it describes a template by id and by name, and takes one of them."""
    given = copy.deepcopy(dict(policy))
    template = given["LaunchTemplate"]
    for place in (template, *template.get("Overrides", ())):
        specification = place.get("LaunchTemplateSpecification")
        if specification:
            place["LaunchTemplateSpecification"] = _without_name(specification)
    return given


def _pinned(specification: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {**_without_name(specification), "Version": str(number)}


def _without_name(specification: Mapping[str, Any]) -> dict[str, Any]:
    """AWS takes the id or the name; of a fleet it can describe the name alone."""
    both = "LaunchTemplateId" in specification
    return {key: value for key, value in specification.items() if key != "LaunchTemplateName" or not both}
