# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the group differs, and the options with which it is written."""

from __future__ import annotations

import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.group import group_differences, group_options, maximum, tag_differences
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import NEW, SOURCE, existing, policy, variables


def test_an_equal_group_has_no_differences():
    assert group_differences(variables(), existing()) == {} and tag_differences(variables(), existing()) == {}


@pytest.mark.parametrize(
    "given, names",
    [
        ({"min_size": 0}, ["min_size"]),
        ({"min_size": "1"}, []),
        ({"max_size": 4}, ["max_size"]),
        ({"min_size": 2}, ["min_size", "max_size"]),
        ({"desired_capacity": 1}, []),
        ({"desired_capacity": 2}, ["max_size", "desired_capacity"]),
        ({"availability_zones": ["a"]}, ["availability_zones"]),
        ({"availability_zones": ["c", "b"]}, []),
        ({"subnet_ids": ["subnet-2", "subnet-1"]}, []),
        ({"subnet_ids": ["subnet-1"]}, ["subnets"]),
        ({"target_group_arns": ["t"]}, ["target_group_arns"]),
        ({"health_check_type": "ELB"}, ["health_check_type"]),
        ({"health_check_grace_period": 0}, ["health_check_grace_period"]),
        ({"purchase": "spot"}, ["has_policy", "instances_distribution"]),
        ({"purchase": "mixed", "instance_types": ["a"]}, ["has_policy", "instances_distribution", "instance_types"]),
    ],
)
@pytest.mark.parametrize("subnets", ["subnet-1,subnet-2", ["subnet-1", "subnet-2"]])
def test_what_differs(given, names, subnets):
    found = existing(availability_zones=["c", "b"], vpc_zone_identifier=subnets)
    assert list(group_differences(variables(**given), found)) == names


@pytest.mark.parametrize(
    "purchase, found, differs",
    [
        ("mixed", {"on_demand_base_capacity": 0, "on_demand_percentage_above_base_capacity": 50}, False),
        ("mixed", {"on_demand_base_capacity": 1, "on_demand_percentage_above_base_capacity": 50}, True),
        ("spot", {"on_demand_base_capacity": 0, "on_demand_percentage_above_base_capacity": 0}, False),
        ("spot", {"on_demand_base_capacity": 0, "on_demand_percentage_above_base_capacity": 50}, True),
    ],
)
def test_the_distribution_of_on_demand_and_spot_instances(purchase, found, differs):
    mixed = policy(spot_allocation_strategy="price-capacity-optimized", spot_instance_pools=2, **found)
    there = existing(launch_template=None, mixed_instances_policy=mixed)
    assert list(group_differences(variables(purchase=purchase), there)) == (["instances_distribution"] if differs else [])
    assert "has_policy" in group_differences(variables(), there)


def test_tags():
    tags = [{"key": "Name", "value": "workers", "propagate_at_launch": True}, {"key": "team", "value": "web", "propagate_at_launch": False}]
    assert tag_differences(variables(tags={"team": "web"}), existing(tags=tags)) == {"team": "web"}
    assert tag_differences(variables(tags={"a": 1}), existing(tags=[*tags, {"key": "a", "value": "1", "propagate_at_launch": True}])) == {}


def test_a_new_group_gets_what_the_variables_say_and_defaults():
    assert group_options(variables(), NEW, 1) == {
        "version": "1",
        "min_size": 1,
        "max_size": 1,
        "desired_capacity": 1,
        "health_check_type": "EC2",
        "health_check_period": 300,
        "tags": [{"Name": "workers"}],
        "suspend_processes": [],
        "metrics_collection": False,
        "wait_for_instances": True,
    }
    assert group_options(variables(wait=False), NEW, 1)["wait_for_instances"] is False


def test_an_existing_group_keeps_what_has_no_variable():
    kept = {"health_check_type": "ELB", "health_check_grace_period": 42, "default_cooldown": 60, "termination_policies": ["OldestInstance"]}
    listed = {"enabled_metrics": [{"metric": "m"}], "suspended_processes": [{"process_name": "p"}]}
    assert group_options(variables(), existing(**kept, **listed), 3) == {
        "version": "3",
        "min_size": 1,
        "max_size": 1,
        "health_check_type": "ELB",
        "health_check_period": 42,
        "default_cooldown": 60,
        "termination_policies": ["OldestInstance"],
        "suspend_processes": ["p"],
        "metrics_collection": True,
        "metrics_list": ["m"],
        "wait_for_instances": False,
    }


@pytest.mark.parametrize("version, written", [("1", "3"), ("$Latest", "$Latest"), ("$Default", "$Default")])
def test_an_alias_stays(version, written):
    assert group_options(variables(), existing(launch_template={**SOURCE, "version": version}), 3)["version"] == written


@pytest.mark.parametrize(
    "types, overrides, expected",
    [(["a", "b"], [{"instance_type": "c"}], ["a", "b"]), ([], [{"instance_type": "c"}], ["c"]), ([], [], ["t3.micro"])],
)
def test_the_types_of_a_mixed_instances_policy(types, overrides, expected):
    found = existing(launch_template=None, mixed_instances_policy=policy(*overrides, spot_instance_pools=2, spot_max_price="1"))
    made = group_options(variables(purchase="spot", instance_types=types), found, 1)["mixed_instances_policy"]
    assert made["instance_types"] == expected
    assert made["instances_distribution"] == {
        "on_demand_base_capacity": 0,
        "on_demand_percentage_above_base_capacity": 0,
        "spot_allocation_strategy": "price-capacity-optimized",
        "spot_max_price": "1",
    }
    pools = group_options(variables(purchase="spot", spot_allocation_strategy="lowest-price"), found, 1)["mixed_instances_policy"]
    assert pools["instances_distribution"]["spot_instance_pools"] == 2


SIZES = st.integers(0, 20)


@given_by(SIZES, st.none() | SIZES, st.none() | SIZES, SIZES, SIZES)
def test_the_capacity_changes_only_as_far_as_the_sizes_require(min_size, max_size, desired, current, current_max):
    given = variables(min_size=min_size, max_size=max_size, desired_capacity=desired)
    found = existing(desired_capacity=current, max_size=current_max)
    if given.errors():
        return
    largest = maximum(given, found)
    after = group_options(given, found, 1).get("desired_capacity", current)
    assert min_size <= after <= largest
    assert after == desired if desired is not None else abs(after - current) == max(min_size - current, current - largest, 0)
