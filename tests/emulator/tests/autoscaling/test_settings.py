# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group's sizes, cooldown, termination policies and metrics, and invalid mixed instances policies."""

from __future__ import annotations

from typing import Any

import pytest

SPOT = {"MarketType": "spot"}


def policy_of(groups: Any, template: str | None = None, **distribution: Any) -> dict[str, Any]:
    specification = {"LaunchTemplateId": template or groups.template, "Version": "1"}
    return {"LaunchTemplate": {"LaunchTemplateSpecification": specification}, "InstancesDistribution": distribution}


@pytest.mark.parametrize(
    "sizes, says",
    [
        ({"MaxSize": 2, "DesiredCapacity": 3}, "Desired capacity:3 must be between the specified min size:0 and max size:2"),
        ({"MinSize": 5, "MaxSize": 3}, "Max bound, 3, must be greater than or equal to min bound, 5"),
    ],
)
def test_sizes_are_in_order(groups: Any, refused: Any, sizes: dict[str, int], says: str) -> None:
    groups.create()
    with refused("ValidationError", says):
        groups.update(**sizes)
    common = {"AvailabilityZones": ["eu-west-1a"], "LaunchTemplate": {"LaunchTemplateId": groups.template}}
    with refused("ValidationError", says):
        groups.client.create_auto_scaling_group(AutoScalingGroupName="h", **{"MinSize": 0, **common, **sizes})


def test_a_change_sets_the_cooldown_and_the_termination_policies(groups: Any) -> None:
    groups.create()
    groups.update(DefaultCooldown=60, TerminationPolicies=["OldestInstance"])
    groups.update(MaxSize=5)
    assert (groups.show()["DefaultCooldown"], groups.show()["TerminationPolicies"]) == (60, ["OldestInstance"])


def test_metrics_are_added_to_enabled_ones_and_can_be_disabled(groups: Any) -> None:
    groups.create()
    for metrics in (["GroupMinSize"], ["GroupMaxSize", "WarmPoolMinSize"]):
        groups.client.enable_metrics_collection(AutoScalingGroupName="g", Granularity="1Minute", Metrics=metrics)
    assert len(groups.show()["EnabledMetrics"]) == 3
    groups.client.disable_metrics_collection(AutoScalingGroupName="g", Metrics=["GroupMinSize", "GroupMaxSize"])
    assert [each["Metric"] for each in groups.show()["EnabledMetrics"]] == ["WarmPoolMinSize"]


def test_a_policy_shows_the_template_that_the_group_does_not(groups: Any) -> None:
    groups.create(MixedInstancesPolicy=policy_of(groups))
    assert "LaunchTemplate" not in groups.show()
    specification = groups.show()["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert specification["LaunchTemplateName"] == "template"


@pytest.mark.parametrize(
    "distribution",
    [
        {"SpotAllocationStrategy": "cheapest"},
        {"OnDemandPercentageAboveBaseCapacity": 101},
        {"OnDemandBaseCapacity": -1},
        {"SpotAllocationStrategy": "capacity-optimized", "SpotInstancePools": 2},
    ],
)
def test_an_invalid_distribution_is_refused(groups: Any, refused: Any, distribution: dict[str, Any]) -> None:
    with refused("ValidationError"):
        groups.create(MixedInstancesPolicy=policy_of(groups, **distribution))


def test_the_number_of_overrides_is_limited(groups: Any, refused: Any) -> None:
    policy = policy_of(groups)
    policy["LaunchTemplate"]["Overrides"] = [{"InstanceType": "t3.micro"}] * 41
    with refused("ValidationError", "40"):
        groups.create(MixedInstancesPolicy=policy)


def test_a_policy_has_no_template_of_spot_instances(groups: Any, refused: Any) -> None:
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "InstanceMarketOptions": SPOT}
    made = groups.aws.ec2.create_launch_template(LaunchTemplateName="spot", LaunchTemplateData=data)
    with refused("InvalidQueryParameter", "Incompatible launch template"):
        groups.create(MixedInstancesPolicy=policy_of(groups, made["LaunchTemplate"]["LaunchTemplateId"]))


@pytest.mark.parametrize("desired, instances, more, fewer", [(1, 1, 2, 1), (3, 3, 5, 1)])
def test_the_desired_capacity_is_launched_however_it_is_shared(groups: Any, desired: int, instances: int, more: int, fewer: int) -> None:
    policy = policy_of(groups, OnDemandPercentageAboveBaseCapacity=50)
    policy["LaunchTemplate"]["Overrides"] = [{"InstanceType": "t3.small"}]
    groups.create(size=desired, MixedInstancesPolicy=policy)
    assert len(groups.show()["Instances"]) == instances
    for capacity in (more, fewer):
        groups.update(DesiredCapacity=capacity)
        shown = groups.show()
        assert (shown["DesiredCapacity"], len(shown["Instances"])) == (capacity, capacity)


def test_an_instance_with_a_weight_counts_as_several(groups: Any) -> None:
    policy = policy_of(groups, OnDemandPercentageAboveBaseCapacity=50)
    policy["LaunchTemplate"]["Overrides"] = [{"InstanceType": "t3.small", "WeightedCapacity": "2"}]
    groups.create(size=3, MixedInstancesPolicy=policy)
    assert len(groups.show()["Instances"]) == 2
