# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group finds out about an existing group."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.existing import ExistingGroup
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import DATA, NEW, SOURCE, existing, group, policy, template

OTHER = {**DATA, "image_id": "ami-2"}
LAST = {**DATA, "image_id": "ami-3"}


@pytest.mark.parametrize("version, number, follows", [("2", 2, False), ("$Default", 1, True), ("$Latest", 3, True), (None, 1, True)])
def test_the_version_that_the_group_launches(version, number, follows):
    found = existing(DATA, OTHER, LAST, launch_template={**SOURCE, "version": version})
    assert (found.version, found.follows_alias) == (number, follows)
    assert found.data == (DATA, OTHER, LAST)[number - 1]


def test_a_new_group_launches_the_latest_version_of_a_template_of_its_name():
    found = ExistingGroup({}, template(DATA, OTHER))
    assert (found.is_new, found.version, found.data, found.follows_alias, found.default_version) == (True, 2, OTHER, False, 1)
    assert (NEW.is_new, NEW.version, NEW.data, NEW.follows_alias, NEW.default_version) == (True, 0, {}, False, 1)
    assert (NEW.launch_tags, NEW.metrics, NEW.suspended_processes, NEW.instance_ids, NEW.unsupported) == ({}, [], [], [], [])


@pytest.mark.parametrize("name", ["mixed_instances_policy", "mixed_instances_policy_full"])
def test_a_mixed_instances_policy_of_old_and_new_versions_of_amazon_aws(name):
    of_types = {"mixed_instances_policy": ["t3.small"]} if name.endswith("full") else {}
    found = existing(launch_template=None, **{**of_types, name: policy({"instance_type": "t3.small"}, on_demand_base_capacity=1)})
    assert (found.source, found.instance_types, found.distribution) == (SOURCE, ["t3.small"], {"on_demand_base_capacity": 1})


def test_what_new_instances_and_the_group_have():
    tags = [{"key": "a", "value": "b", "propagate_at_launch": True}, {"key": "c", "value": "d", "propagate_at_launch": False}]
    found = existing(tags=tags, enabled_metrics=[{"metric": "m"}], suspended_processes=[{"process_name": "p"}])
    assert (found.launch_tags, found.metrics, found.suspended_processes, found.instance_ids) == ({"a": "b"}, ["m"], ["p"], ["i-1"])


@pytest.mark.parametrize(
    "others, unsupported",
    [
        ({}, []),
        ({"health_check_type": "ELB"}, []),
        ({"health_check_type": "EBS"}, ["the health check EBS"]),
        ({"mixed_instances_policy": policy({"instance_type": "a"})}, []),
        (
            {"mixed_instances_policy": policy({"instance_type": "a", "weighted_capacity": "2"}, {"weighted_capacity": "1", "x": 1})},
            ["overrides with weighted_capacity", "overrides with x"],
        ),
    ],
)
def test_what_amazon_aws_would_remove(others, unsupported):
    assert ExistingGroup(group(**others), {}).unsupported == unsupported
