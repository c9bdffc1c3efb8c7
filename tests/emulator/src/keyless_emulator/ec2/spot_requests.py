# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spot Instance requests: with an instance profile, and with replacements if they are persistent."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.spot_requests import SpotInstanceRequest
from moto.ec2.responses.spot_instances import SpotInstances

from ..autoscaling.schedule import schedule_of
from ..conditions.transitions import transitions
from .associations import table_of
from .fleet_calls import paged
from .profiles import usable_profile

GONE = ("shutting-down", "terminated")
LIVING = ("open", "active")


def patch_requests() -> None:
    """Launches with the profile of the launch specification, and shows it. moto ignores it."""
    original = SpotInstances.request_spot_instances

    def request_spot_instances(self: Any) -> ActionResult:
        specification = self._get_param("LaunchSpecification.IamInstanceProfile")
        profile = usable_profile(self.ec2_backend, specification) if specification else None
        answer = original(self)
        for request in answer.result["SpotInstanceRequests"]:
            request.launch_specification.iam_instance_profile = specification
            if profile:
                _associate(request, profile)
        return answer

    SpotInstances.request_spot_instances = request_spot_instances


def _associate(request: Any, profile: Any) -> None:
    instance = request.instance
    table_of(request.ec2_backend).begin(instance.id, profile, runs_at=instance.instance_state.settles_at)


def patch_description() -> None:
    """Returns pages, and refuses unknown ids. moto returns everything at once, and ignores unknown ids."""
    original = SpotInstances.describe_spot_instance_requests

    def describe_spot_instance_requests(self: Any) -> ActionResult:
        for request_id in self._get_param("SpotInstanceRequestIds", []):
            if request_id not in self.ec2_backend.spot_instance_requests:
                text = f"The spot instance request ID '{request_id}' does not exist"
                raise EC2ClientError("InvalidSpotInstanceRequestID.NotFound", text)
        return paged(self, "SpotInstanceRequests", original(self).result["SpotInstanceRequests"])

    SpotInstances.describe_spot_instance_requests = describe_spot_instance_requests


def patch_filter() -> None:
    """Adds the filter for one-time and persistent requests, which moto lacks."""
    original = SpotInstanceRequest.get_filter_value

    def get_filter_value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        return self.type if filter_name == "type" else original(self, filter_name, method_name)

    SpotInstanceRequest.get_filter_value = get_filter_value


def patch_persistence() -> None:
    """Makes a persistent request replace an ended instance, after the same time as groups. moto never replaces it."""
    original = InstanceBackend.terminate_instances

    def terminate_instances(self: Any, instance_ids: list[str]) -> Any:
        ended = original(self, instance_ids)
        schedule = schedule_of(autoscaling_backends[self.account_id][self.region_name])
        for request in self.spot_instance_requests.values():
            if request.type == "persistent" and request.instance.id in instance_ids:
                schedule.add(transitions().until("replacing"), partial(_launch_again, request))
        return ended

    InstanceBackend.terminate_instances = terminate_instances


def _launch_again(request: Any) -> None:
    if request.state not in LIVING or request.instance.state not in GONE:
        return
    specification = request.launch_specification.iam_instance_profile
    profile = usable_profile(request.ec2_backend, specification) if specification else None
    request.instance = request.launch_instance()
    if profile:
        _associate(request, profile)
