# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the roles launch and launch_group, called with values as surveys and the command line give them."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.filter.launch_group_plan import FilterModule as GroupFilter
from ansible_collections.keyless.ec2.plugins.filter.launch_plan import FilterModule as LaunchFilter
from ansible_collections.keyless.ec2.plugins.module_utils._aws import unknown_regions
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import group, role_variables, template

ROLE = {"create": False, "names": [None, ""], "result": {}}
RESULTS = {"template_info": {}, "group_info": {}, "attached": {}, "template": {}, "group": {}, "check_mode": False}


def planned(results=RESULTS, **variables):  # pylint: disable=dangerous-default-value  # nobody changes it
    return GroupFilter().filters()["launch_group_plan"]({"names": [], "wait_timeout": 600, **role_variables(**variables)}, ROLE, results)


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


LAUNCH = {
    "name": "web",
    "count": "3",
    "spot": False,
    "profile": "web",
    "image_id": "resolve:ssm:/a",
    "subnet_id": None,
    "security_groups": [],
    "user_data": None,
    "tags": {},
    "hop_limit": "1",
    "on_conflict": "fail",
    "wait_timeout": 600,
    "check_mode": False,
    "names": ["launch_name"],
}


def launch_plan(**variables):
    results = {"instance_info": {}, "template_info": {}, "launched": {}}
    return LaunchFilter().filters()["launch_plan"]({**LAUNCH, **variables}, ROLE, results)


def test_the_number_of_instances_can_be_a_text():
    assert (launch_plan()["missing"], launch_plan()["errors"]) == (3, [])


def test_in_check_mode_the_instance_profile_need_not_exist():
    assert launch_plan(check_mode=True)["options"]["iam_instance_profile"] is None
    assert launch_plan()["options"]["iam_instance_profile"] == launch_plan(check_mode=True)["profile"] == "web"


def test_all_invalid_variables_of_launch_are_reported_at_once():
    found = launch_plan(
        name="",
        count=-1,
        profile="a b",
        image_id="ami",
        subnet_id="a",
        security_groups="None",
        user_data="a" * 16385,
        tags="team web",
        hop_limit=65,
        wait_timeout=0,
        names=["launch_tag", "launch_group_x"],
    )["errors"]
    names = ("tag", "name", "count", "image_id", "instance_profile", "subnet_id", "security_groups", "user_data", "tags")
    assert [each.partition(":")[0] for each in found] == [f"launch_{each}" for each in (*names, "http_put_response_hop_limit", "wait_timeout")]
    assert launch_plan(profile=None)["errors"][0].startswith("launch_instance_profile: is missing. ")


def test_all_invalid_variables_of_launch_group_are_reported_at_once():
    found = planned(
        name="x",
        image_id="ami",
        profile="a b",
        security_groups="null",
        user_data="a" * 16385,
        tags="team web",
        health_check_grace_period=-1,
        http_put_response_hop_limit=0,
        wait_timeout=0,
        min_size=-1,
        names=["launch_group_nam"],
    )["errors"]
    names = ("nam", "image_id", "instance_profile", "security_groups", "user_data", "tags", "health_check_grace_period")
    others = ("http_put_response_hop_limit", "wait_timeout", "name", "desired_capacity")
    assert [each.partition(":")[0] for each in found] == [f"launch_group_{each}" for each in (*names, *others)]


@pytest.mark.parametrize("name", ["*", "we?", "we\\b", "a\n*"])
def test_a_name_that_ec2_takes_for_a_pattern_is_refused(name):
    """The role would attach its profile to every instance that matches."""
    (error,) = launch_plan(name=name)["errors"]
    assert error == f"launch_name: {name!r} is not valid. Use a name without *, ? and \\."


@pytest.mark.parametrize("given, wrong", [(["sg-1"], ""), (["sg-1", "web"], "web"), ("web, db", "web, db")])
def test_a_group_takes_security_groups_by_id_only(given, wrong):
    errors = planned(name="workers", security_groups=given).get("errors", [])
    expected = [f"launch_group_security_groups: {wrong} is not the id of a security group. Give ids, for example sg-0123456789abcdef0."]
    assert errors == (expected if wrong else [])


def test_a_misspelled_variable_that_is_required_is_named_with_the_right_one():
    found = launch_plan(name="", names=["launch_nmae", "launch_name"])["errors"]
    assert found[0].startswith("launch_nmae: is not a variable of the role launch. Did you mean launch_name?")
    assert found[1:] == ["launch_name: is missing or empty. Set it, or check where its value comes from."]


@pytest.mark.parametrize(
    ("region", "msg", "end"),
    [
        ("eu-centrl-1", "Could not connect to the endpoint URL: x", " botocore does not know the region eu-centrl-1. Did you mean eu-central-1"),
        ("eu-central-1", "Could not connect to the endpoint URL: x", ""),
        ("eu-centrl-1", "No such image.", ""),
        (None, "Could not connect to the endpoint URL: x", ""),
    ],
)
def test_a_region_that_is_misspelled_gets_the_nearest_name(region, msg, end):
    failure = {"task": "Find the existing instances", "result": {"msg": msg}}
    results = {"instance_info": {}, "template_info": {}, "launched": {}}
    variables = {**LAUNCH, "region": region}
    message = LaunchFilter().filters()["launch_plan"](variables, ROLE, results, failure)["failure"]
    assert message.startswith(msg) and (end in message if end else "botocore" not in message)


def test_a_failure_is_reported_if_ansible_itself_has_no_botocore(monkeypatch):
    monkeypatch.delattr(unknown_regions, "get_session")
    unknown_regions.known_regions.cache_clear()
    failure = {"task": "Find the existing instances", "result": {"msg": "No such region."}}
    results = {"instance_info": {}, "template_info": {}, "launched": {}}
    assert LaunchFilter().filters()["launch_plan"]({**LAUNCH, "region": "eu-centrl-1"}, ROLE, results, failure) == {"failure": "No such region."}
