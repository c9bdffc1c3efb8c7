# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixed instances policies: which ones AWS refuses, and where a group shows its launch template."""

from __future__ import annotations

import math
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import FakeAutoScalingGroup

from .sources import sources_of

SPOT_STRATEGIES = ("lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized")
MOST_OVERRIDES = 40
# AWS's message, as in kubernetes/kops#7066.
SPOT_TEMPLATE = (
    "Incompatible launch template: You cannot use a launch template that is set to request Spot Instances "
    "(InstanceMarketOptions) when you configure an Auto Scaling group with a mixed instances policy. "
    "Add a different launch template to the group and try again."
)


def patch_shown_template() -> None:
    """Shows the launch template only in the policy, if there is one, as in cloud-custodian#5001. moto shows it twice."""
    original = FakeAutoScalingGroup.launch_template.fget

    def launch_template(self: Any) -> Any:
        return None if self.mixed_instances_policy else original(self)

    FakeAutoScalingGroup.launch_template = property(launch_template)


def patch_capacity() -> None:
    """Launches the whole desired capacity. moto rounds the shares of On-Demand and Spot Instances down separately."""
    original = FakeAutoScalingGroup.set_desired_capacity

    def set_desired_capacity(self: Any, new_capacity: int | None) -> None:
        policy = self.mixed_instances_policy
        if not policy:
            original(self, new_capacity)
            return
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        lacking = missing_capacity(self)
        if lacking > 0:
            self.replace_autoscaling_group_instances(lacking, self.get_propagated_tags())
            return
        capacity, self.mixed_instances_policy = self.desired_capacity, None
        try:
            original(self, len(self.active_instances()) + lacking)
        finally:
            self.desired_capacity, self.mixed_instances_policy = capacity, policy

    FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity


def missing_capacity(group: Any) -> int:
    """Returns how many instances are missing, or a negative number if there are too many. The weights are those of the first override."""
    overrides = ((group.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or [{}]
    weight = int(overrides[0].get("WeightedCapacity") or 1)
    return math.ceil((group.desired_capacity or 0) / weight) - len(group.active_instances())


def check_policy(group: Any) -> None:
    """Raises AWS's error if the group's policy is invalid."""
    policy = group.mixed_instances_policy
    if not policy:
        return
    _check_distribution(policy.get("InstancesDistribution") or {})
    if len(policy["LaunchTemplate"].get("Overrides") or ()) > MOST_OVERRIDES:
        raise AutoscalingClientError("ValidationError", f"Overrides can have at most {MOST_OVERRIDES} entries.")
    if any(source.data.get("InstanceMarketOptions") for source in sources_of(group)):
        raise AutoscalingClientError("InvalidQueryParameter", SPOT_TEMPLATE)


def _check_distribution(distribution: dict[str, Any]) -> None:
    strategy = distribution.get("SpotAllocationStrategy", SPOT_STRATEGIES[0])
    if strategy not in SPOT_STRATEGIES:
        raise AutoscalingClientError("ValidationError", f"Invalid Spot allocation strategy: {strategy}")
    if "SpotInstancePools" in distribution and strategy != SPOT_STRATEGIES[0]:
        text = "SpotInstancePools is only available with the lowest-price allocation strategy."
        raise AutoscalingClientError("ValidationError", text)
    percentage = int(distribution.get("OnDemandPercentageAboveBaseCapacity") or 0)
    base = int(distribution.get("OnDemandBaseCapacity") or 0)
    if not 0 <= percentage <= 100 or base < 0:
        raise AutoscalingClientError("ValidationError", f"Invalid On-Demand capacity: {base}, {percentage} percent above")
