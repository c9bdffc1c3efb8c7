# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintains a group's number of instances: terminated and stopped ones are replaced after a while."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, TerminateInstanceActivity
from moto.ec2.models.instances import InstanceBackend

from ..conditions.clock import clock
from ..conditions.transitions import transitions
from .activities import terminated
from .members import GONE
from .mixed_instances import missing_capacity
from .schedule import schedule_of

RETRY = 15.0  # seconds until a group repeats a failed launch


def patch_terminations() -> None:
    """Makes a group notice later that an instance has ended. In moto, it notices at once."""

    def notify_terminate_instances(self: Any, instance_ids: list[str]) -> None:
        for group in self.autoscaling_groups.values():
            if any(each.instance_id in instance_ids for each in group.instance_states):
                schedule_maintenance(group)

    AutoScalingBackend.notify_terminate_instances = notify_terminate_instances


def patch_termination_by_the_group() -> None:
    """Treats TerminateInstanceInAutoScalingGroup like any other termination."""

    def terminate_instance(self: Any, instance_id: str, should_decrement: bool) -> Any:
        group, member = _membership(self, instance_id)
        capacity = group.desired_capacity
        if should_decrement:
            group.desired_capacity -= 1
        self.ec2_backend.terminate_instances([instance_id])
        self.notify_terminate_instances([instance_id])
        return TerminateInstanceActivity(member.instance, capacity)

    AutoScalingBackend.terminate_instance = terminate_instance


def _membership(backend: Any, instance_id: str) -> tuple[Any, Any]:
    return next(
        (group, member) for group in backend.autoscaling_groups.values() for member in group.instance_states if member.instance_id == instance_id
    )


def patch_stops() -> None:
    """Makes a stopped instance in service unhealthy, so that its group terminates and replaces it."""
    original = InstanceBackend.stop_instances

    def stop_instances(self: Any, instance_ids: list[str]) -> Any:
        stopped = original(self, instance_ids)
        for instance, _previous in stopped:
            group = vars(instance).get("autoscaling_group")
            if group is not None:
                schedule_maintenance(group)
        return stopped

    InstanceBackend.stop_instances = stop_instances


def schedule_maintenance(group: Any) -> None:
    """Schedules a check of the group's instances."""
    _schedule(group, transitions().until("replacing"))


def _schedule(group: Any, at: float) -> None:
    schedule_of(group.autoscaling_backend).add(at, partial(maintain, group))


def maintain(group: Any) -> None:
    """Removes ended instances, terminates unhealthy ones, and launches what is missing."""
    backend = group.autoscaling_backend
    if backend.autoscaling_groups.get(group.name) is not group or is_suspended(group, "ReplaceUnhealthy"):
        return
    stopped = [each for each in group.active_instances() if each.instance.state in ("stopping", "stopped")]
    if stopped:
        backend.ec2_backend.terminate_instances([each.instance_id for each in stopped])
    _forget(group, (each for each in group.instance_states if each.instance.state in GONE))
    if not is_suspended(group, "Launch"):
        group.set_desired_capacity(group.desired_capacity)
        if missing_capacity(group) > 0:
            _schedule(group, clock().now() + RETRY)


def _forget(group: Any, members: Iterable[Any]) -> None:
    for each in list(members):
        group.instance_states.remove(each)
        terminated(group, each.instance_id)


def is_suspended(group: Any, process: str) -> bool:
    """Tells whether one of the group's processes is suspended."""
    return any(each["ProcessName"] == process for each in group.suspended_processes)
