# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which the Auto Scaling group is created or updated.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.differing import differing

from .existing import ExistingGroup
from .variables import GroupVariables

GRACE_PERIOD = 300  # seconds, the default of AWS


def maximum(variables: GroupVariables, existing: ExistingGroup) -> int:
    """The maximum size: by default the largest of the other sizes and the current maximum."""
    if variables.max_size is not None:
        return variables.max_size
    return max(variables.min_size, variables.desired_capacity or 0, existing.group.get("max_size") or 0)


def group_differences(variables: GroupVariables, existing: ExistingGroup) -> dict[str, Any]:
    """The settings of the group that differ, without tags and the launch template."""
    subnets = existing.group.get("vpc_zone_identifier") or []
    found = {
        **existing.group,
        "has_policy": bool(existing.policy),
        "instances_distribution": existing.distribution,
        "instance_types": existing.instance_types,
        "availability_zones": sorted(existing.group.get("availability_zones") or []),
        "subnets": sorted(subnets.split(",") if isinstance(subnets, str) else subnets),
        "target_group_arns": sorted(existing.group.get("target_group_arns") or []),
    }
    return differing(_wanted(variables, existing), found)


def _wanted(variables: GroupVariables, existing: ExistingGroup) -> dict[str, Any]:
    return {
        "has_policy": variables.purchase != "on_demand",
        "instances_distribution": _distribution(variables),
        "instance_types": variables.instance_types or None,
        "min_size": variables.min_size,
        "max_size": maximum(variables, existing),
        "desired_capacity": variables.desired_capacity,
        "availability_zones": variables.availability_zones or None,
        "subnets": variables.subnet_ids or None,
        "target_group_arns": variables.target_group_arns or None,
        "health_check_type": variables.health_check_type or None,
        "health_check_grace_period": variables.health_check_grace_period,
    }


def _distribution(variables: GroupVariables) -> dict[str, Any]:
    if variables.purchase == "on_demand":
        return {}
    is_mixed = variables.purchase == "mixed"
    return {
        "on_demand_base_capacity": variables.on_demand_base_capacity if is_mixed else 0,
        "on_demand_percentage_above_base_capacity": variables.on_demand_percentage if is_mixed else 0,
        "spot_allocation_strategy": variables.spot_allocation_strategy,
    }


def tag_differences(variables: GroupVariables, existing: ExistingGroup) -> dict[str, Any]:
    """The tags that are missing or have another value."""
    return differing(variables.tags, existing.launch_tags)


def group_options(variables: GroupVariables, existing: ExistingGroup, new_version: int) -> dict[str, Any]:
    """The options of amazon.aws.autoscaling_group, without those that it can omit.

    The module resets every setting that it is not given, so it gets the current ones.
    """
    group = existing.group
    options = {
        "version": existing.version_name if existing.follows_alias else str(new_version),
        "mixed_instances_policy": _policy(variables, existing) if variables.purchase != "on_demand" else None,
        "min_size": variables.min_size,
        "max_size": maximum(variables, existing),
        "desired_capacity": _desired_capacity(variables, existing),
        "availability_zones": variables.availability_zones or None,
        "vpc_zone_identifier": variables.subnet_ids or None,
        "target_group_arns": variables.target_group_arns or None,
        "health_check_type": variables.health_check_type or group.get("health_check_type") or "EC2",
        "health_check_period": _grace_period(variables, group),
        "tags": [tags] if (tags := tag_differences(variables, existing)) else None,
        "default_cooldown": group.get("default_cooldown"),
        "termination_policies": group.get("termination_policies") or None,
        "suspend_processes": existing.suspended_processes,
        "metrics_collection": bool(existing.metrics),
        "metrics_list": existing.metrics or None,
        "wait_for_instances": variables.wait and existing.is_new,
    }
    return {key: each for key, each in options.items() if each is not None}


def _policy(variables: GroupVariables, existing: ExistingGroup) -> dict[str, Any]:
    distribution = {**existing.distribution, **_distribution(variables)}
    if variables.spot_allocation_strategy != "lowest-price":
        distribution.pop("spot_instance_pools", None)
    types = variables.instance_types or existing.instance_types or [variables.instance_type]
    return {"instance_types": types, "instances_distribution": distribution}


def _desired_capacity(variables: GroupVariables, existing: ExistingGroup) -> Optional[int]:
    """The capacity if it has to change: the given one, or the nearest that the sizes allow, so that scaling keeps control."""
    current = existing.group.get("desired_capacity")
    wanted = variables.desired_capacity
    if wanted is None:
        wanted = min(max(current or 0, variables.min_size), maximum(variables, existing))
    return wanted if wanted != current else None


def _grace_period(variables: GroupVariables, group: Mapping[str, Any]) -> int:
    given = variables.health_check_grace_period
    return group.get("health_check_grace_period", GRACE_PERIOD) if given is None else given
