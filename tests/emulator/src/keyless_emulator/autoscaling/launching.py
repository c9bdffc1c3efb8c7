# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches a group's instances from its launch template, by the rules of RunInstances."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, InstanceState
from moto.ec2.exceptions import EC2ClientError

from ..ec2.launching import launch_one
from .activities import failed, launched
from .members import WARMED
from .sources import Source, sources_of


def launch(group: Any, count: int, tags: dict[str, str], warm: bool = False) -> bool:
    """Launches this many instances, or records why it can't. As on AWS, no call fails because a group can't launch."""
    try:
        for source, is_spot in _choices(group, count):
            _launch_one(group, source, is_spot, tags, warm)
    except EC2ClientError as error:
        failed(group, error.message)
        return False
    return True


def _choices(group: Any, count: int) -> Iterator[tuple[Source, bool]]:
    """Returns what the next instances are launched from: On-Demand Instances from the first override, Spot Instances from each in turn."""
    sources = sources_of(group)
    spot = cycle(sources)
    lacking = _on_demand_wanted(group, count) - sum(not is_spot(state) for state in group.active_instances())
    for index in range(count):
        yield (sources[0], False) if index < lacking else (next(spot), True)


def _on_demand_wanted(group: Any, count: int) -> int:
    distribution = (group.mixed_instances_policy or {}).get("InstancesDistribution") or {}
    total = len(group.active_instances()) + count
    base = int(distribution.get("OnDemandBaseCapacity") or 0)
    percentage = distribution.get("OnDemandPercentageAboveBaseCapacity")
    percentage = 100 if percentage is None else int(percentage)
    return total if total <= base else base + math.ceil((total - base) * percentage / 100)


def is_spot(state: Any) -> bool:
    """Tells whether a member is a Spot Instance."""
    return state.instance.lifecycle == "spot"


def _launch_one(group: Any, source: Source, spot: bool, tags: dict[str, str], warm: bool) -> None:
    instance = launch_one(
        group.ec2_backend,
        source,
        spot,
        {**tags, ASG_NAME_TAG: group.name},
        placement=group.availability_zones[0],
        subnet_id=group.vpc_zone_identifier.split(",")[0] if group.vpc_zone_identifier else None,
    )
    instance.autoscaling_group = group
    member = InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
    if warm:
        member.lifecycle_state = WARMED
    group.instance_states.append(member)
    launched(group, instance.id)
