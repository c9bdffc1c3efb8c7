# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warm pools: instances that are launched in advance and wait, usually stopped."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from .launching import launch
from .members import GONE, IN_SERVICE
from .schedule import schedule_of


def warm_members(group: Any) -> list[Any]:
    """Returns the instances of the group's warm pool, which are not in service."""
    members: list[Any] = vars(group).setdefault("warm_states", [])
    members[:] = [each for each in members if each.instance.state not in GONE]
    return members


def patch_warm_pools() -> None:
    """Gives warm pools instances. In moto, they have none."""
    put = AutoScalingBackend.put_warm_pool

    def put_warm_pool(self: Any, group_name: str, **options: Any) -> None:
        put(self, group_name, **options)
        fill(self.autoscaling_groups[group_name])

    def delete_warm_pool(self: Any, group_name: str) -> None:
        group = self.autoscaling_groups[group_name]
        _end(group, warm_members(group))
        group.warm_pool = None

    AutoScalingBackend.put_warm_pool = put_warm_pool
    AutoScalingBackend.delete_warm_pool = delete_warm_pool


def patch_description() -> None:
    """Includes instances of warm pools in the descriptions of pools and of instances."""

    def describe_warm_pool(self: Any) -> ActionResult:
        (group,) = self.autoscaling_backend.describe_auto_scaling_groups([self._get_param("AutoScalingGroupName")])
        return ActionResult({"WarmPoolConfiguration": group.warm_pool, "Instances": warm_members(group)})

    def describe_auto_scaling_instances(self: Any, instance_ids: list[str]) -> list[Any]:
        groups = self.autoscaling_groups.values()
        members = [each for group in groups for each in (*group.instance_states, *warm_members(group))]
        return [each for each in members if not instance_ids or each.instance_id in instance_ids]

    AutoScalingResponse.describe_warm_pool = describe_warm_pool
    AutoScalingBackend.describe_auto_scaling_instances = describe_auto_scaling_instances
    FakeAutoScalingGroup.warm_pool_size = property(lambda self: len(warm_members(self)) if self.warm_pool else None)


def patch_scaling_out() -> None:
    """Makes a group take instances from its warm pool first. moto always launches the default version."""

    def replace_autoscaling_group_instances(self: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:
        launch(self, count_needed - take_warm(self, count_needed), propagated_tags)

    FakeAutoScalingGroup.replace_autoscaling_group_instances = replace_autoscaling_group_instances


def fill(group: Any) -> None:
    """Launches what the pool lacks, or terminates what it has too many."""
    if group.warm_pool is None:
        return
    members = warm_members(group)
    lacking = _size(group) - len(members)
    if lacking < 0:
        _end(group, members[lacking:])
    elif lacking and launch(group, lacking, group.get_propagated_tags(), warm=True):
        members += group.instance_states[-lacking:]
        del group.instance_states[-lacking:]
        for each in members[-lacking:]:
            _settle_down(group, each)


def _size(group: Any) -> int:
    """Returns the pool's size: the prepared capacity minus what is in service, but at least the pool's minimum."""
    pool = group.warm_pool
    prepared = pool.max_group_prepared_capacity
    most = group.max_size if prepared in (None, -1, "-1") else int(prepared)
    return max(int(pool.min_size or 0), int(most) - int(group.desired_capacity))


def _settle_down(group: Any, member: Any) -> None:
    """Stops a warm instance when it runs, unless the pool keeps instances running."""
    if group.warm_pool.pool_state == "Running":
        return

    def stop() -> None:
        if member.lifecycle_state == "Warmed:Running":
            member.instance.stop()

    schedule_of(group.autoscaling_backend).add(member.instance.instance_state.settles_at, stop)


def _end(group: Any, members: list[Any]) -> None:
    if members:
        group.ec2_backend.terminate_instances([each.instance_id for each in members])


def take_warm(group: Any, count: int) -> int:
    """Puts up to this many instances of the pool into service. Returns how many."""
    taken = warm_members(group)[:count]
    for each in taken:
        warm_members(group).remove(each)
        each.lifecycle_state = IN_SERVICE
        each.instance.start()
        group.instance_states.append(each)
    if taken:
        schedule_of(group.autoscaling_backend).add(0.0, partial(fill, group))
    return len(taken)
