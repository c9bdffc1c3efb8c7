# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that change launch templates, groups and fleets.  Pure."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Iterator, Mapping, Optional, Sequence, Union

from .._common.change import Change
from .._values.launch import INTERIM, PROFILE, Fleet, Group, Template

CONFIGS = "LaunchTemplateConfigs"  # of a fleet
TARGET_GROUPS, TAGS = SETTINGS = ("TargetGroupARNs", "Tags")  # of a group, in an undo value
CONFIGURATION_NAME, CONFIGURATION_CREATED = "LaunchConfigurationName", "CreatedTime"
SHORTEST_NAME, LONGEST_NAME = 3, 128  # of a launch template
# By kind: the call that changes it, the parameter for its id, and its name in ARNs.
FLEET_CALLS = {
    "EC2 Fleet": ("ModifyFleet", "FleetId", "fleet"),
    "Spot Fleet": ("ModifySpotFleetRequest", "SpotFleetRequestId", "spot-fleet-request"),
}


@dataclass(frozen=True)
class NewVersion:
    """A version of a launch template to create: the data of the ``source`` version with another value of the ``member``.

    ``number`` is the number that AWS is expected to assign.  ``interim_of`` is the version that $Latest stands for until the last
    version is created.
    """

    template: Template
    source: int
    number: int
    data: Mapping[str, Any]
    interim_of: Optional[int] = None
    member: str = PROFILE

    def change(self) -> Change:
        """The call.  It can override a member of the source version, but not remove it: then it contains all the data."""
        template = self.template
        parameters: dict[str, Any] = {"LaunchTemplateId": template.template_id, "VersionDescription": self._description()}
        if self.member in self.data:
            parameters.update(SourceVersion=str(self.source), LaunchTemplateData={self.member: self.data[self.member]})
        else:
            parameters["LaunchTemplateData"] = self.data
        summary = f"create a version of the launch template {template.name} from version {self.source}"
        return _of_template("CreateLaunchTemplateVersion", template, parameters, summary)

    def _description(self) -> str:
        described = f"Copy of version {self.source}, by keyless.ec2."
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
    """The call that changes a launch template's default version."""
    parameters = {"LaunchTemplateId": template.template_id, "DefaultVersion": str(number)}
    summary = f"make version {number} the default of the launch template {template.name}"
    return _of_template("ModifyLaunchTemplate", template, parameters, summary)


def update_group(group: Group, source: Mapping[str, Any]) -> Change:
    """The call that changes what a group launches from; ``source`` has its parameters."""
    parameters = {"AutoScalingGroupName": group.name, **source}
    summary = f"change the launch template version of Auto Scaling group {group.name}"
    return Change("autoscaling", "UpdateAutoScalingGroup", f"autoScalingGroup/{group.name}", parameters, summary)


def settings_changes(group: Group, settings: Mapping[str, Any]) -> Iterator[Change]:
    """The calls that give a group back its former settings.

    ``settings`` can have TARGET_GROUPS, the ARNs of all its target groups, and TAGS: for the keys of some tags, the tag as AWS describes it, or
    None for one that it did not have.
    """
    wanted, found = settings.get(TARGET_GROUPS, group.target_groups), group.target_groups
    for operation, arns in (("Attach", set(wanted) - set(found)), ("Detach", set(found) - set(wanted))):
        yield from _of_group(f"{operation}LoadBalancerTargetGroups", group, {"TargetGroupARNs": sorted(arns)} if arns else {})
    tags = settings.get(TAGS) or {}
    former = [_group_tag(group, **tag) for key, tag in tags.items() if tag and (group.tags.get(key) != tag["Value"] or not tag["PropagateAtLaunch"])]
    yield from _of_group("CreateOrUpdateTags", group, {"Tags": former} if former else {}, named=False)
    added = [_group_tag(group, Key=key) for key, tag in tags.items() if not tag and key in group.tags]
    yield from _of_group("DeleteTags", group, {"Tags": added} if added else {}, named=False)


def _group_tag(group: Group, **tag: Any) -> dict[str, Any]:
    return {"ResourceId": group.name, "ResourceType": "auto-scaling-group", **tag}


def _of_group(operation: str, group: Group, parameters: Mapping[str, Any], named: bool = True) -> Iterator[Change]:
    """The call, if it has parameters; ``named`` says whether one of them is the name of the group."""
    if parameters:
        name = {"AutoScalingGroupName": group.name} if named else {}
        summary = f"restore the settings of Auto Scaling group {group.name}"
        yield Change("autoscaling", operation, f"autoScalingGroup/{group.name}", {**name, **parameters}, summary)


def with_template_id(change: Change, ids: Mapping[str, str]) -> Change:
    """The call of a group with the id of a launch template that it names and that was just created; ``ids`` are those by name."""
    template = change.parameters.get("LaunchTemplate") or {}
    template_id = ids.get(template.get("LaunchTemplateName", ""))
    if template_id is None:
        return change
    pinned = {"LaunchTemplateId": template_id, "Version": template["Version"]}
    return replace(change, parameters={**change.parameters, "LaunchTemplate": pinned})


def update_fleet(fleet: Fleet, configs: Sequence[Mapping[str, Any]]) -> Change:
    """The call that changes what a fleet launches from."""
    operation, key, resource = FLEET_CALLS[fleet.kind]
    summary = f"change the launch template version of {fleet.kind} {fleet.name}"
    return Change("ec2", operation, f"{resource}/{fleet.name}", {key: fleet.name, CONFIGS: configs}, summary)


def update_source(source: Union[Group, Fleet], numbers: Mapping[Optional[int], int]) -> Change:
    """The call that changes the versions that a group or fleet launches from, by the number of the override."""
    if isinstance(source, Group):
        return update_group(source, source_with(source, numbers))
    return update_fleet(source, configs_of(source, numbers))


def configs_of(fleet: Fleet, numbers: Mapping[Optional[int], int] = MappingProxyType({})) -> list[dict[str, Any]]:
    """The parameter for what the fleet launches from, with some other versions and everything else unchanged."""
    return [_config(each, numbers.get(index)) for index, each in enumerate(fleet.configs)]


def _config(config: Mapping[str, Any], number: Optional[int]) -> dict[str, Any]:
    given = copy.deepcopy(dict(config))
    specification = given["LaunchTemplateSpecification"]
    given["LaunchTemplateSpecification"] = _without_name(specification) if number is None else _pinned(specification, number)
    for override in given.get("Overrides", ()):
        if override.get("AvailabilityZone"):
            override.pop("AvailabilityZoneId", None)  # AWS accepts only one of them
    return given


def _of_template(operation: str, template: Template, parameters: Mapping[str, Any], summary: str) -> Change:
    return Change("ec2", operation, f"launch-template/{template.template_id}", parameters, summary)


def source_with(group: Group, numbers: Mapping[Optional[int], int]) -> dict[str, Any]:
    """The parameters for what the group launches from, with other versions by the number of the override; None for its own template.

    Everything else is sent unchanged, because what is left out of a mixed instances policy may be lost.
    """
    if group.launch_template:
        return {"LaunchTemplate": _pinned(group.launch_template, numbers[None])}
    policy = copy.deepcopy(dict(group.mixed_instances_policy or {}))
    template = policy["LaunchTemplate"]
    for override, number in numbers.items():
        place = template if override is None else template["Overrides"][override]
        place["LaunchTemplateSpecification"] = _pinned(place["LaunchTemplateSpecification"], number)
    return {"MixedInstancesPolicy": as_parameter(policy)}


def source_of(group: Group) -> dict[str, Any]:
    """The parameters for what the group launches from now."""
    if group.launch_template:
        return {"LaunchTemplate": _without_name(group.launch_template)}
    if group.mixed_instances_policy:
        return {"MixedInstancesPolicy": as_parameter(group.mixed_instances_policy)}
    return {CONFIGURATION_NAME: group.launch_configuration_name}


def former_source(group: Group, configurations: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a group launches from, for an undo value: a launch configuration with the time of its creation, if it is known."""
    source = source_of(group)
    created = created_at(configurations.get(source.get(CONFIGURATION_NAME) or "", {}))
    return {**source, CONFIGURATION_CREATED: created} if created else source


def created_at(configuration: Mapping[str, Any]) -> Optional[str]:
    """The time at which a launch configuration was created: another one of its name has another time."""
    created = configuration.get(CONFIGURATION_CREATED)
    return created.isoformat() if created else None


def as_parameter(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A mixed instances policy as a parameter: AWS describes templates by id and name, and accepts only one of them."""
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
    """The specification with only the id; a fleet's can have only the name."""
    both = "LaunchTemplateId" in specification
    return {key: value for key, value in specification.items() if key != "LaunchTemplateName" or not both}
