# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 Fleets and Spot Fleet requests: what they launch from, and how they replace instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from itertools import cycle, repeat
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.spot_requests import SpotInstanceRequest
from moto.ec2.utils import random_spot_request_id

from ..autoscaling.members import GONE
from ..autoscaling.schedule import schedule_of
from ..autoscaling.sources import Source, version_of
from ..conditions.clock import clock
from ..conditions.transitions import transitions
from .launching import launch_one

RETRY = 15.0  # seconds until a fleet repeats a failed launch
LIVING = ("submitted", "active", "modifying")


@dataclass(frozen=True)
class Member:
    """An instance of a fleet. A Spot Instance has a request. ``weight`` is how much it counts for the capacity."""

    instance: Any
    weight: float
    request: Any = None

    @property
    def serves(self) -> bool:
        """Tells whether it counts for the fleet's capacity."""
        return self.instance.state not in GONE


class FleetRequest(SpotInstanceRequest):
    """The request of a fleet for one Spot Instance. It is never persistent, because the fleet replaces instances."""

    def __init__(self, fleet: Fleet, source: Source) -> None:
        self._fleet, self._source = fleet, source
        unsaid = dict.fromkeys(("valid_from", "valid_until", "launch_group", "availability_zone_group", "kernel_id"))
        unsaid |= dict.fromkeys(("placement", "ramdisk_id", "user_data", "instance_interruption_behaviour"))
        data = source.data
        super().__init__(
            fleet.backend,
            random_spot_request_id(),
            price=data.get("SpotPrice"),
            image_id=data.get("ImageId"),
            spot_instance_type="one-time",
            key_name=data.get("KeyName"),
            security_groups=[],
            instance_type=data.get("InstanceType"),
            monitoring_enabled=False,
            subnet_id=data.get("SubnetId"),
            tags={},
            spot_fleet_id=None,
            **unsaid,
        )
        self.launch_specification.iam_instance_profile = data.get("IamInstanceProfile")

    def launch_instance(self) -> Any:
        """Returns a new instance, launched by the rules of the fleet."""
        return self._fleet.instance(self._source, spot=True)


class Fleet:
    """The common part of both kinds. ``config`` is the request, which is also how the fleet is described."""

    tag: str
    over: str  # the state of a deleted fleet, in AWS's terms
    misconfigured: str

    def __init__(self, backend: Any, fleet_id: str, config: dict[str, Any]) -> None:
        self.backend, self.id, self.config = backend, fleet_id, config
        self.type = config.get("Type") or "maintain"
        self.members: list[Member] = []
        self.created = datetime.fromtimestamp(clock().now(), timezone.utc)
        self.ended = ""

    @property
    def state(self) -> str:
        """Returns the current state."""
        if self.ended and not self.serving:
            return self.over
        return f"{self.over}_{self.ended}" if self.ended else "active"

    @property
    def serving(self) -> list[Member]:
        """Returns the instances that count."""
        return [each for each in self.members if each.serves]

    def fulfilled(self, spot: bool) -> float:
        """Returns the current capacity of one kind."""
        return sum(each.weight for each in self.serving if bool(each.request) is spot)

    def wanted(self) -> dict[bool, float]:
        """Returns the wanted capacity of Spot Instances (True) and of On-Demand Instances (False)."""
        raise NotImplementedError

    def is_diversified(self) -> bool:
        """Tells whether it launches from each of its sources in turn."""
        raise NotImplementedError

    def sources(self) -> list[tuple[Source, float]]:
        """Returns the sources with their weights. Raises EC2's error if one does not exist."""
        return list(sources_in(self.backend, self.config))

    def instance(self, source: Source, spot: bool) -> Any:
        """Returns a new instance."""
        zone, subnet = f"{self.backend.region_name}a", source.data.get("SubnetId")
        return launch_one(self.backend, source, spot, {self.tag: self.id}, placement=zone, subnet_id=subnet)

    def fulfil(self) -> None:
        """Launches the missing capacity. Raises EC2's error."""
        sources = self.sources()
        for spot, capacity in self.wanted().items():
            choices = cycle(sources) if self.is_diversified() else repeat(sources[0])
            while self.fulfilled(spot) < capacity:
                self._launch(*next(choices), spot)

    def _launch(self, source: Source, weight: float, spot: bool) -> None:
        if not spot:
            self.members.append(Member(self.instance(source, spot), weight))
            return
        request = FleetRequest(self, source)
        self.backend.spot_instance_requests[request.id] = request
        self.members.append(Member(request.instance, weight, request))

    def shrink(self) -> None:
        """Terminates surplus instances, the newest first."""
        for spot, capacity in self.wanted().items():
            for each in reversed(self.serving):
                if bool(each.request) is spot and self.fulfilled(spot) - each.weight >= capacity:
                    self.backend.terminate_instances([each.instance.id])

    def end(self, terminate: bool) -> None:
        """Stops launching, and terminates the instances if asked to."""
        self.ended = "terminating" if terminate else "running"
        if terminate and self.serving:
            self.backend.terminate_instances([each.instance.id for each in self.serving])


def sources_in(backend: Any, config: Mapping[str, Any]) -> Iterator[tuple[Source, float]]:
    """Returns the sources of the configuration with their weights. Raises EC2's error if one does not exist."""
    for specification in config.get("LaunchSpecifications") or ():
        yield Source(_like_a_template(specification)), float(specification.get("WeightedCapacity") or 1)
    for each in config.get("LaunchTemplateConfigs") or ():
        version = version_of(backend, each["LaunchTemplateSpecification"])
        for override in each.get("Overrides") or [{}]:
            yield Source({**version.data, **override}, version), float(override.get("WeightedCapacity") or 1)


def _like_a_template(specification: Mapping[str, Any]) -> dict[str, Any]:
    """Converts a launch specification of a Spot Fleet to a template's data. It has the ids and names of security groups in one list."""
    groups = specification.get("SecurityGroups") or ()
    names = {"SecurityGroups": "GroupName", "SecurityGroupIds": "GroupId"}
    return {**specification, **{key: [each[name] for each in groups if each.get(name)] for key, name in names.items()}}


def fleets_of(backend: Any) -> list[Fleet]:
    """Returns all fleets of moto's backend for an account and a region."""
    return [*backend.fleets.values(), *backend.spot_fleet_requests.values()]


def patch_maintenance() -> None:
    """Makes fleets of the type maintain replace ended instances, after the same time as groups. moto never replaces them."""
    original = InstanceBackend.terminate_instances

    def terminate_instances(self: Any, instance_ids: list[str]) -> Any:
        ended = original(self, instance_ids)
        for fleet in fleets_of(self):
            if any(each.instance.id in instance_ids for each in fleet.members):
                _schedule(fleet, transitions().until("replacing"))
        return ended

    InstanceBackend.terminate_instances = terminate_instances


def _schedule(fleet: Fleet, at: float) -> None:
    backend = fleet.backend
    schedule_of(autoscaling_backends[backend.account_id][backend.region_name]).add(at, partial(maintain, fleet))


def maintain(fleet: Fleet) -> None:
    """Removes ended instances, and launches what is missing."""
    fleet.members = fleet.serving
    if fleet.type != "maintain" or fleet.state not in LIVING:
        return
    try:
        fleet.fulfil()
    except EC2ClientError:
        _schedule(fleet, clock().now() + RETRY)
