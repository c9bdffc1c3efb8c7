# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's calls about EC2 Fleets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidParameterValueError
from moto.ec2.responses.fleets import Fleets
from moto.ec2.utils import random_fleet_id

from ..server.paging import EC2_PAGE, listed_page
from .fleet_configs import check, check_modifiable
from .fleets import Fleet

MEMBERS = (
    *("Type", "LaunchTemplateConfigs", "TargetCapacitySpecification", "SpotOptions", "OnDemandOptions"),
    *("ExcessCapacityTerminationPolicy", "TerminateInstancesWithExpiration", "ReplaceUnhealthyInstances"),
    *("ValidFrom", "ValidUntil"),
)
FILTERS = {
    "activity-status": "ActivityStatus",
    "excess-capacity-termination-policy": "ExcessCapacityTerminationPolicy",
    "fleet-state": "FleetState",
    "replace-unhealthy-instances": "ReplaceUnhealthyInstances",
    "type": "Type",
}


class Ec2Fleet(Fleet):
    """An EC2 Fleet."""

    tag = "aws:ec2:fleet-id"
    over = "deleted"
    misconfigured = "InvalidFleetConfig"

    def wanted(self) -> dict[bool, float]:
        """Returns the wanted capacity. What is not assigned to a kind is of the default kind."""
        capacity = self.config["TargetCapacitySpecification"]
        total, spot = capacity["TotalTargetCapacity"], capacity.get("SpotTargetCapacity", 0)
        on_demand = capacity.get("OnDemandTargetCapacity", 0)
        rest = total - spot - on_demand
        is_spot = capacity.get("DefaultTargetCapacityType") == "spot"
        return {False: on_demand + (0 if is_spot else rest), True: spot + (rest if is_spot else 0)}

    def is_diversified(self) -> bool:
        """Tells whether the strategy for Spot Instances is diversified."""
        return (self.config.get("SpotOptions") or {}).get("AllocationStrategy") == "diversified"

    def description(self) -> dict[str, Any]:
        """Returns the fleet as EC2 describes it."""
        on_demand, spot = self.fulfilled(False), self.fulfilled(True)
        total = self.config["TargetCapacitySpecification"]["TotalTargetCapacity"]
        return {
            **self.config,
            "FleetId": self.id,
            "FleetState": self.state,
            "ActivityStatus": "fulfilled" if on_demand + spot >= total else "pending_fulfillment",
            "CreateTime": self.created,
            "FulfilledCapacity": on_demand + spot,
            "FulfilledOnDemandCapacity": on_demand,
            "Instances": self.instances() if self.type == "instant" else [],
        }

    def instances(self) -> list[dict[str, Any]]:
        """Returns the instances as EC2 describes them for the type instant."""
        return [
            {
                "LaunchTemplateAndOverrides": {"LaunchTemplateSpecification": each.instance.launch_source.specification},
                "Lifecycle": "spot" if each.request else "on-demand",
                "InstanceIds": [each.instance.id],
                "InstanceType": each.instance.instance_type,
            }
            for each in self.members
        ]


def patch_fleets() -> None:
    """Replaces all calls about EC2 Fleets. moto's fleets have no profiles, maintain nothing, and can't be changed."""
    for call in (create_fleet, modify_fleet, delete_fleets, describe_fleets, describe_fleet_instances):
        setattr(Fleets, call.__name__, call)


# pylint: disable=protected-access
def create_fleet(response: Any) -> ActionResult:
    """Creates a fleet and launches its capacity. Raises the errors of RunInstances."""
    given = {name: response._get_param(name) for name in MEMBERS}
    config = {"Type": "maintain", **{name: value for name, value in given.items() if value is not None}}
    config["Tags"] = tags_in(response._get_param("TagSpecifications", []))
    response.error_on_dryrun()
    backend = response.ec2_backend
    check(backend, config, Ec2Fleet)
    fleet = Ec2Fleet(backend, random_fleet_id(), config)
    fleet.fulfil()
    backend.fleets[fleet.id] = fleet
    return ActionResult({"FleetId": fleet.id, "Instances": fleet.instances() if fleet.type == "instant" else []})


def modify_fleet(response: Any) -> ActionResult:
    """Replaces all templates, or changes the capacity. What is not named stays."""
    names = ("LaunchTemplateConfigs", "TargetCapacitySpecification", "ExcessCapacityTerminationPolicy")
    (fleet,) = found(response.ec2_backend.fleets, [response._get_param("FleetId")], "InvalidFleetId.NotFound")
    changed = {name: value for name in names if (value := response._get_param(name)) is not None}
    response.error_on_dryrun()
    check_modifiable(fleet, changed)
    capacity = {**fleet.config["TargetCapacitySpecification"], **changed.get("TargetCapacitySpecification", {})}
    modify(fleet, {**changed, "TargetCapacitySpecification": capacity}, "no-termination")
    return ActionResult({"Return": True})


def modify(fleet: Fleet, changed: dict[str, Any], keep: str) -> None:
    """Changes the configuration. With the policy ``keep``, surplus instances stay."""
    config = {**fleet.config, **changed}
    check(fleet.backend, config, type(fleet))
    fleet.config = config
    fleet.fulfil()
    if config.get("ExcessCapacityTerminationPolicy") != keep:
        fleet.shrink()


def delete_fleets(response: Any) -> ActionResult:
    """Deletes the fleets that exist, and reports the others."""
    done, failed = [], []
    for fleet_id in response._get_param("FleetIds", []):
        fleet = response.ec2_backend.fleets.get(fleet_id)
        if fleet is None:
            error = {"Code": "fleetIdDoesNotExist", "Message": f"The fleet ID '{fleet_id}' does not exist"}
            failed.append({"FleetId": fleet_id, "Error": error})
            continue
        before = fleet.state
        fleet.end(response._get_bool_param("TerminateInstances"))
        done.append({"FleetId": fleet_id, "PreviousFleetState": before, "CurrentFleetState": fleet.state})
    return ActionResult({"SuccessfulFleetDeletions": done, "UnsuccessfulFleetDeletions": failed})


def describe_fleets(response: Any) -> ActionResult:
    """Returns a page of fleets, with filters. Fleets of the type instant are returned only by id."""
    ids = response._get_param("FleetIds", [])
    fleets = found(response.ec2_backend.fleets, ids, "InvalidFleetId.NotFound")
    rows = [each.description() for each in fleets if ids or each.type != "instant"]
    for name, values in response._filters_from_querystring().items():
        if name not in FILTERS:
            raise InvalidParameterValueError(f"The filter '{name}' is invalid")
        rows = [row for row in rows if str(row.get(FILTERS[name])).lower().replace("_", "-") in values]
    return paged(response, "Fleets", rows)


def describe_fleet_instances(response: Any) -> ActionResult:
    """Returns the current instances."""
    fleet_id = response._get_param("FleetId")
    (fleet,) = found(response.ec2_backend.fleets, [fleet_id], "InvalidFleetId.NotFound")
    return ActionResult({"FleetId": fleet_id, "ActiveInstances": active(fleet)})


def active(fleet: Fleet) -> list[dict[str, Any]]:
    """Returns the instances of a fleet of either kind, as EC2 describes them."""
    return [
        {
            "InstanceId": each.instance.id,
            "InstanceType": each.instance.instance_type,
            "SpotInstanceRequestId": each.request and each.request.id,
            "InstanceHealth": "healthy",
        }
        for each in fleet.serving
    ]


def found(fleets: dict[str, Any], ids: Sequence[str], code: str) -> list[Any]:
    """Returns the fleets with these ids, or all. Raises EC2's error if one does not exist."""
    for each in ids:
        if each not in fleets:
            raise EC2ClientError(code, f"The fleet ID '{each}' does not exist")
    return [fleets[each] for each in ids] if ids else list(fleets.values())


def paged(response: Any, name: str, rows: Sequence[Any]) -> ActionResult:
    """Returns the requested page."""
    size, token = response._get_int_param("MaxResults"), response._get_param("NextToken")
    if size is not None and not 1 <= size <= EC2_PAGE:
        raise InvalidParameterValueError(f"Value ( {size} ) for parameter maxResults is invalid.")
    page, next_token = listed_page(rows, size or EC2_PAGE, token)
    return ActionResult({name: page, "NextToken": next_token})


def tags_in(specifications: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Returns the tags of the fleet itself."""
    kinds = ("fleet", "spot-fleet-request")
    return [tag for each in specifications if each["ResourceType"] in kinds for tag in each["Tags"]]
