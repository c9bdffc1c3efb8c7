# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the roles launch and launch_group, called with values as surveys and the command line give them."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.filter.launch_group_plan import FilterModule as GroupFilter
from ansible_collections.keyless.ec2.plugins.filter.launch_plan import FilterModule as LaunchFilter
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import group, role_variables, template

ROLE = {"create": False, "names": [None, ""], "result": {}}
RESULTS = {"template_info": {}, "group_info": {}, "attached": {}, "template": {}, "group": {}, "check_mode": False}


def planned(results=RESULTS, **variables):  # pylint: disable=dangerous-default-value  # nobody changes it
    return GroupFilter().filters()["launch_group_plan"](role_variables(**variables), ROLE, results)


def test_lists_and_tags_can_be_texts():
    plan = planned(purchase="mixed", instance_types="t3.small, t3a.small", subnet_ids="", availability_zones="b\na", tags="team: web", min_size="2")
    assert plan["errors"] == []
    assert plan["group"]["mixed_instances_policy"]["instance_types"] == ["t3.small", "t3a.small"]
    assert (plan["group"]["availability_zones"], plan["group"]["min_size"]) == (["a", "b"], 2)
    assert plan["group"]["tags"] == [{"Name": "workers", "team": "web"}]


def test_nothing_is_planned_with_invalid_variables():
    assert list(planned(name="x")) == ["errors"] and len(planned(name="x", profile=None)["errors"]) == 2


def test_the_existing_group_is_that_of_the_results():
    found = {"group_info": {"results": [group()]}, "template_info": {"launch_templates": [template({})]}}
    assert planned({**RESULTS, **found})["attach"] is True
    for missing in ({"results": []}, {}):
        assert planned({**RESULTS, "group_info": missing})["attach"] is False


def test_the_number_of_instances_can_be_a_text():
    plan = LaunchFilter().filters()["launch_plan"]
    results = {"instance_info": {}, "template_info": {}, "launched": {}}
    assert plan({"count": "3", "spot": False, "profile": "web"}, ROLE, results)["missing"] == 3
