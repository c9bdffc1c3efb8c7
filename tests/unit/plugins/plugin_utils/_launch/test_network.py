# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which subnets and security groups are read, and which do not exist."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.network import Network

SUBNETS = {"subnets": [{"subnet_id": "subnet-1", "vpc_id": "vpc-1"}]}
GROUPS = {"security_groups": [{"group_id": "sg-1", "group_name": "web"}]}


def network(subnets=(), groups=(), found_subnets=None, found_groups=None):
    return Network("launch", "launch_subnet_id", subnets, groups, found_subnets or {}, found_groups or {})


def planned(*given, check_mode=False):
    return network(*given).plan(check_mode)


@pytest.mark.parametrize(
    ("subnets", "groups", "found", "filters"),
    [
        ([], ["sg-1"], {}, {"group-id": ["sg-1"]}),
        ([], ["web"], {}, {"group-name": ["web"]}),
        ([], ["web", "sg-1"], {}, {}),
        (["subnet-1"], ["web", "sg-1"], SUBNETS, {"vpc-id": ["vpc-1"]}),
        (["subnet-1"], ["web"], SUBNETS, {"group-name": ["web"], "vpc-id": ["vpc-1"]}),
    ],
)
def test_no_more_groups_are_read_than_needed(subnets, groups, found, filters):
    plan = planned(subnets, groups, found)
    assert (plan["needed"], plan["has_groups"], plan["group_filters"]) == (True, True, filters)


def test_nothing_is_read_if_nothing_is_given_or_launched():
    assert not planned()["needed"] and not network(["subnet-1"]).plan(False, needed=False)["needed"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ((["subnet-1"], ["sg-1", "web"], SUBNETS, GROUPS), ""),
        ((["subnet-1"], ["web"]), ""),  # before they are read
        ((["subnet-1"], ["web"], {"skipped": True}, {"skipped": True}), ""),
        (
            (["subnet-2"], ["nope", "sg-2"], {"subnets": []}, GROUPS),
            "launch_subnet_id: subnet-2 does not exist. Check the spelling, and launch_region.\n"
            "launch_security_groups: nope, sg-2 do not exist. Check the spelling, and launch_region.",
        ),
        (
            (["subnet-1"], ["nope"], SUBNETS, GROUPS),
            "launch_security_groups: nope does not exist in vpc-1. Check the spelling, and launch_region.",
        ),
    ],
)
def test_all_that_is_missing_is_named_at_once(given, error):
    assert planned(*given)["error"] == error


def test_check_mode_plans_as_if_an_earlier_task_had_created_it():
    given = network(["subnet-2"], ["web", "nope"], {"subnets": []}, GROUPS)
    plan = given.plan(True)
    assert plan["error"] == ""
    assert plan["notes"] == [
        "The subnet subnet-2 does not exist; planned as if an earlier task had created it.",
        "The security group nope does not exist; planned as if an earlier task had created it.",
    ]
    assert (given.existing_subnet(), given.existing_groups()) == (None, ["web"])
