# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid variables of the role launch_group."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import variables


@pytest.mark.parametrize(
    "given, error",
    [
        ({"profile": None}, "launch_group_instance_profile: is missing"),
        ({"profile": ""}, "launch_group_instance_profile: is missing"),
        ({"name": "two words"}, "launch_group_name: 'two words' is not a valid name"),
        ({"name": "ab"}, "launch_group_name: 'ab'"),
        ({"name": "abc\n"}, "launch_group_name: "),
        ({"name": "a" * 129}, "launch_group_name: "),
        ({"min_size": -1}, "launch_group_desired_capacity: must be between"),
        ({"min_size": 3, "max_size": 2}, "The minimum is 3, the maximum 2, and the desired capacity not set."),
        ({"min_size": "3", "desired_capacity": "2"}, "The minimum is 3, the maximum not set, and the desired capacity 2."),
        ({"max_size": 2, "desired_capacity": 3}, "launch_group_desired_capacity: must be between"),
        ({"on_demand_percentage": 101}, "They are 101 and 0."),
        ({"on_demand_percentage": -1}, "They are -1 and 0."),
        ({"on_demand_base_capacity": -1}, "They are 50 and -1."),
        ({"instance_types": ["t3.small"]}, "launch_group_instance_types: requires launch_group_purchase spot or mixed"),
        ({"subnet_ids": ["subnet-1"], "availability_zones": ["a"]}, "launch_group_availability_zones: can't be combined"),
        ({"health_check_type": "EC3"}, "launch_group_health_check_type: must be EC2 or ELB, not 'EC3'."),
    ],
)
def test_an_invalid_variable_is_named(given, error):
    (found,) = variables(**given).errors()
    assert error in found


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "abc"},
        {"name": "A-9_(.)/" * 16},
        {"min_size": 0, "max_size": 0, "desired_capacity": 0},
        {"min_size": 1, "desired_capacity": 2, "max_size": 2},
        {"min_size": "2", "max_size": "10"},
        {"on_demand_percentage": 0},
        {"on_demand_percentage": 100},
        {"purchase": "spot", "instance_types": ["t3.small"]},
        {"subnet_ids": ["subnet-1"]},
        {"availability_zones": ["a"]},
        {"health_check_type": "ELB"},
        {"health_check_type": ""},
    ],
)
def test_valid_variables(given):
    assert variables(**given).errors() == []


def test_every_error_is_reported():
    assert len(variables(name="x", profile=None, min_size=-1).errors()) == 3


def test_the_profile_is_that_of_the_role_unless_it_is_given():
    role = RoleProfile(True, (None, "role"))
    assert (variables(role, profile=None).profile, variables(role).profile) == ("role", "web")
    assert variables(RoleProfile(False, (None, "role")), profile=None).profile is None


def test_lists_are_sorted_and_tags_include_the_name():
    found = variables(subnet_ids=["b", "a"], instance_types=["b", "a"], purchase="spot", tags={"team": "web"})
    assert (found.subnet_ids, found.instance_types) == (["a", "b"], ["b", "a"])
    assert found.tags == {"Name": "workers", "team": "web"} and variables(tags={"Name": "x"}).tags == {"Name": "x"}
