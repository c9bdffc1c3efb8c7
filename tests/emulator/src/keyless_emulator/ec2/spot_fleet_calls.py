# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's calls about Spot Fleet requests."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.spot_fleets import SpotFleets
from moto.ec2.utils import random_spot_fleet_request_id

from .fleet_calls import active, found, modify, paged, tags_in
from .fleet_configs import check, check_modifiable
from .fleets import Fleet

NOT_FOUND = "InvalidSpotFleetRequestId.NotFound"
DEFAULTS = {"Type": "maintain", "AllocationStrategy": "lowestPrice"}


class SpotFleet(Fleet):
    """A Spot Fleet request."""

    tag = "aws:ec2spot:fleet-request-id"
    over = "cancelled"
    misconfigured = "InvalidSpotFleetRequestConfig"

    def wanted(self) -> dict[bool, float]:
        """Returns the wanted capacity. What is not On-Demand is Spot."""
        on_demand = self.config.get("OnDemandTargetCapacity", 0)
        return {False: on_demand, True: self.config["TargetCapacity"] - on_demand}

    def is_diversified(self) -> bool:
        """Tells whether the allocation strategy is diversified."""
        return self.config["AllocationStrategy"] == "diversified"

    def description(self) -> dict[str, Any]:
        """Returns the request as EC2 describes it."""
        fulfilled = {"FulfilledCapacity": self.fulfilled(True) + self.fulfilled(False)}
        return {
            "SpotFleetRequestId": self.id,
            "SpotFleetRequestState": self.state,
            "SpotFleetRequestConfig": {**self.config, **fulfilled, "OnDemandFulfilledCapacity": self.fulfilled(False)},
            "CreateTime": self.created,
            "Tags": tags_in(self.config.get("TagSpecifications") or ()),
        }


def patch_spot_fleets() -> None:
    """Replaces all calls about Spot Fleets. moto launches without a profile, and does not show the sources."""
    calls = (
        *(request_spot_fleet, modify_spot_fleet_request, cancel_spot_fleet_requests),
        *(describe_spot_fleet_requests, describe_spot_fleet_instances),
    )
    for call in calls:
        setattr(SpotFleets, call.__name__, call)


# pylint: disable=protected-access
def request_spot_fleet(response: Any) -> ActionResult:
    """Creates a request and launches its capacity. Raises the errors of RunInstances."""
    config = {**DEFAULTS, **response._get_param("SpotFleetRequestConfig", {})}
    response.error_on_dryrun()
    backend = response.ec2_backend
    check(backend, config, SpotFleet)
    fleet = SpotFleet(backend, random_spot_fleet_request_id(), config)
    fleet.fulfil()
    backend.spot_fleet_requests[fleet.id] = fleet
    return ActionResult({"SpotFleetRequestId": fleet.id})


def modify_spot_fleet_request(response: Any) -> ActionResult:
    """Replaces all templates, or changes the capacity. What is not named stays."""
    names = ("LaunchTemplateConfigs", "TargetCapacity", "OnDemandTargetCapacity", "ExcessCapacityTerminationPolicy")
    (fleet,) = _found(response, [response._get_param("SpotFleetRequestId")])
    changed = {name: value for name in names if (value := response._get_param(name)) is not None}
    check_modifiable(fleet, changed)
    modify(fleet, changed, "noTermination")
    return ActionResult({"Return": True})


def cancel_spot_fleet_requests(response: Any) -> ActionResult:
    """Cancels requests. Unlike in moto, they are still described."""
    done = []
    for fleet in _found(response, response._get_param("SpotFleetRequestIds", [])):
        before = fleet.state
        fleet.end(response._get_bool_param("TerminateInstances"))
        states = {"CurrentSpotFleetRequestState": fleet.state, "PreviousSpotFleetRequestState": before}
        done.append({"SpotFleetRequestId": fleet.id, **states})
    return ActionResult({"SuccessfulFleetRequests": done})


def describe_spot_fleet_requests(response: Any) -> ActionResult:
    """Returns a page of requests. There are no filters."""
    fleets = _found(response, response._get_param("SpotFleetRequestIds", []))
    return paged(response, "SpotFleetRequestConfigs", [each.description() for each in fleets])


def describe_spot_fleet_instances(response: Any) -> ActionResult:
    """Returns the current instances."""
    fleet_id = response._get_param("SpotFleetRequestId")
    (fleet,) = _found(response, [fleet_id])
    return ActionResult({"SpotFleetRequestId": fleet_id, "ActiveInstances": active(fleet)})


def _found(response: Any, ids: list[str]) -> list[SpotFleet]:
    return found(response.ec2_backend.spot_fleet_requests, ids, NOT_FOUND)
