# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch launches, with which profile, and what it refuses."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.instances import SPOT_OPTIONS, SPOT_TEMPLATE, failure_message, plan
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.network import Network
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile

ANYWHERE = {"vpc_subnet_id": None, "security_groups": []}
GIVEN_NOTHING = Network("launch", "launch_subnet_id")
CREATED = {"instance_profile": {"arn": "arn"}}


def planned(
    count=2,
    spot=False,
    profile="web",
    role=RoleProfile(),
    found=(),
    templates=(),
    created=None,
    launched=None,
    attached=None,
    check_mode=False,
    network=GIVEN_NOTHING,
    on_conflict="fail",
    profiles=None,
):
    """The plan; ``found`` are ids of instances with the profile web, or instances."""
    instances = [each if isinstance(each, dict) else instance(each) for each in found]
    results = {
        "instance_info": {"instances": instances},
        "profile": {} if profiles is None else {"iam_instance_profiles": profiles},
        "template_info": {"launch_templates": list(templates)},
        "template": created or {},
        "launched": launched or {},
        "attached": attached or {},
    }
    return plan(count, spot, profile, role, results, network, on_conflict, check_mode)


def instance(instance_id, profile="web"):
    """An instance as amazon.aws.ec2_instance_info returns it."""
    arn = f"arn:aws:iam::123456789012:instance-profile/{profile}"
    return {"instance_id": instance_id, **({"iam_instance_profile": {"arn": arn, "id": "AIPA1"}} if profile else {})}


BARE, OTHER = instance("i-1", None), instance("i-2", "path/other")


@pytest.mark.parametrize(
    "found, profile, others",
    [
        ([], "web", None),
        (["i-1"], "web", None),
        (["i-1"], "WEB", None),
        (["i-1"], "arn:aws:iam::123456789012:instance-profile/web", None),
        ([instance("i-1", "path/web")], "web", None),
        ([{**BARE, "iam_instance_profile": None}], "web", "does not have the instance profile web: i-1 (none)"),
        ([BARE, "i-3", OTHER], "web", "do not have the instance profile web: i-1 (none), i-2 (other)"),
        ([instance("i-1", "web/other")], "web", "does not have the instance profile web: i-1 (other)"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_the_profile_shows_whose_an_instance_is(found, profile, others, check_mode):
    """Anybody who may set tags can give an instance the name; the role's own have the profile from their launch on."""
    refusal = planned(found=found, profile=profile, check_mode=check_mode)["refusal"]
    assert (refusal is None) if others is None else f" {others}." in refusal
    assert planned(found=found, profile=profile, on_conflict="replace")["refusal"] is None


NOW, FORMER = {"instance_profile_name": "web", "instance_profile_id": "AIPA2"}, {"instance_profile_name": "web", "instance_profile_id": "AIPA1"}


@pytest.mark.parametrize("profiles, is_own", [(None, True), ([FORMER], True), ([NOW], False), ([], False)])
@pytest.mark.parametrize("role", [RoleProfile(), RoleProfile(True, (None, "web"), {})])
def test_an_instance_with_a_deleted_profile_of_the_name_is_not_the_roles(profiles, is_own, role):
    """Whoever has launched it with a profile of their own would have the new one associated, and with it the role."""
    refusal = planned(found=["i-1"], profiles=profiles, role=role)["refusal"]
    assert (refusal is None) if is_own else "does not have the instance profile web: i-1 (a deleted web)." in refusal
    skipped = planned(found=["i-1"], profiles=profiles, role=role, on_conflict="skip")
    assert skipped["attach_ids"] == (["i-1"] if is_own else [])


def test_an_instance_that_is_not_the_roles_is_refused_before_its_role_exists():
    assert planned(found=[BARE], role=RoleProfile(True, (None, "web"), {}))["refusal"]


@pytest.mark.parametrize(
    "on_conflict, ids, says",
    [
        ("replace", ["i-1", "i-2", "i-3", "i-4"], "1 instance launched, 3 instances unchanged."),
        ("skip", ["i-3", "i-4"], "1 instance launched, 1 instance unchanged, 2 instances skipped (2 without this instance profile)."),
    ],
)
def test_only_instances_of_the_role_get_the_profile_unless_others_are_to_have_it(on_conflict, ids, says):
    plan_ = planned(count=4, found=[BARE, OTHER, "i-3"], launched={"instance_ids": ["i-4"]}, on_conflict=on_conflict)
    assert (plan_["attach_ids"], plan_["missing"], plan_["refusal"]) == (ids, 1, None)
    assert plan_["instance_ids"] == ["i-1", "i-2", "i-3", "i-4"]
    assert plan_["summary"] == says


@pytest.mark.parametrize(
    "facts, says",
    [
        ({"check_mode": True}, "2 instances to launch."),
        ({"check_mode": True, "found": ["i-1"]}, "1 instance to launch, 1 instance unchanged."),
        ({"found": ["i-1"], "launched": {"instance_ids": ["i-2"]}}, "1 instance launched, 1 instance unchanged."),
        ({"found": ["i-1", "i-2"], "attached": {"changed": False, "msg": "2 unchanged."}}, "2 instances unchanged."),
        ({"found": ["i-1", "i-2"], "attached": {"changed": True, "msg": "1 replaced."}}, "2 instances unchanged. 1 replaced."),
        ({"count": 0}, "No instances."),
    ],
)
def test_the_last_line_says_what_was_launched(facts, says):
    assert planned(**facts)["summary"] == says


@pytest.mark.parametrize(
    "profile, role, name, is_planned",
    [
        ("web", RoleProfile(), "web", False),
        (None, RoleProfile(), None, False),
        ("", RoleProfile(False, ("profile", "role")), None, False),
        (None, RoleProfile(True, ("profile", "role"), CREATED), "profile", False),
        (None, RoleProfile(True, (None, "role"), CREATED), "role", False),
        (None, RoleProfile(True, ("", "")), None, True),
        ("web", RoleProfile(True, (None, "role"), {"instance_profile": {}}), "web", True),
        ("web", RoleProfile(True, (None, "role"), {}), "web", True),
    ],
)
def test_the_instance_profile(profile, role, name, is_planned):
    found = planned(profile=profile, role=role, found=["i-1"])
    assert (found["profile"], found["attach"]) == (name, not is_planned)
    assert found["options"]["iam_instance_profile"] == (None if is_planned else name)


@pytest.mark.parametrize("found, missing", [([], 2), (["i-1"], 1), (["i-1", "i-2"], 0), (["i-1", "i-2", "i-3"], 0)])
def test_only_missing_instances_are_launched(found, missing):
    decided = planned(found=found, spot=True)
    assert (decided["missing"], decided["needs_template"], decided["instance_ids"]) == (missing, missing > 0, found)
    assert planned(found=found)["needs_template"] is False


def test_launched_instances_come_after_those_that_existed():
    assert planned(found=["i-1"], launched={"instance_ids": ["i-2", "i-1"]})["instance_ids"] == ["i-1", "i-2"]


def test_spot_instances_need_a_template_and_a_network_interface():
    assert planned(spot=True)["options"] == {
        "iam_instance_profile": "web",
        "launch_template": {"name": SPOT_TEMPLATE, "version": "1"},  # what check mode did not create
        "network_interfaces": [{"device_index": 0}],
        **ANYWHERE,
    }
    assert planned()["options"] == {"iam_instance_profile": "web", "launch_template": None, "network_interfaces": None, **ANYWHERE}


OWN = {"version_number": 1, "launch_template_data": {"instance_market_options": SPOT_OPTIONS}}
DEFAULTS = {"market_type": "spot", "spot_options": {"spot_instance_type": "one-time", "instance_interruption_behavior": "terminate"}}


@pytest.mark.parametrize(
    "versions, is_own",
    [
        ([OWN], True),
        ([OWN, {"version_number": 2, "launch_template_data": {"user_data": "x"}}], True),
        ([{**OWN, "launch_template_data": {"instance_market_options": DEFAULTS}}], True),
        ([{**OWN, "launch_template_data": {**OWN["launch_template_data"], "user_data": "x"}}], False),
        ([{**OWN, "launch_template_data": {"instance_market_options": {"market_type": "capacity-block"}}}], False),
        ([{**OWN, "launch_template_data": {}}], False),
        ([{**OWN, "version_number": 2}], False),
    ],
)
def test_a_template_of_another_origin_is_refused(versions, is_own):
    template = {"launch_template_id": "lt-1", "versions": versions}
    found = planned(templates=[template], spot=True)
    assert found["options"]["launch_template"] == {"id": "lt-1", "version": "1"}, "whoever may create templates could replace the one of that name"
    assert found["has_template"] and (found["template_error"] is None) is is_own
    assert is_own or found["template_error"].startswith(f"launch_spot: the launch template {SPOT_TEMPLATE} exists")
    created = planned(created={"changed": True, "template": {"launch_template_id": "lt-2"}, "versions": versions}, spot=True)
    assert created["options"]["launch_template"] == {"id": "lt-2", "version": "1"}
    assert (created["template_error"] is None) is is_own, "somebody else can create it after it was missing"


def test_without_a_template_there_is_nothing_to_refuse():
    assert (planned()["has_template"], planned()["template_error"]) == (False, None)


@pytest.mark.parametrize(
    "message, failed, retry",
    [
        ("Invalid IAM Instance Profile name", True, True),
        ("IAM Instance Profile web has no associated IAM Roles", True, True),
        ("Denied", True, False),
        ("Invalid IAM Instance Profile name", False, False),
    ],
)
def test_launching_is_repeated_while_ec2_does_not_see_the_profile(message, failed, retry):
    assert planned(launched={"failed": failed, "msg": message})["retry"] is retry


def test_what_is_missing_of_the_network_is_not_used():
    network = Network("launch", "launch_subnet_id", ["subnet-2"], ["web"], {"subnets": []}, {"security_groups": []})
    options = planned(network=network, check_mode=True)["options"]
    assert (options["vpc_subnet_id"], options["security_groups"]) == (None, [])
    assert planned(found=["i-1", "i-2"], network=network)["network"]["needed"] is False


def test_without_instances_nothing_is_attached():
    assert not planned(check_mode=True)["attach"] and planned(launched={"instance_ids": ["i-1"]})["attach"]


@pytest.mark.parametrize(
    ("given", "is_read"),
    [
        ({}, True),
        ({"found": ["i-1"]}, True),
        ({"found": ["i-1", "i-2"]}, True),
        ({"found": ["i-1", "i-2"], "on_conflict": "skip", "check_mode": True}, True),
        ({"found": ["i-1", "i-2"], "on_conflict": "replace"}, False),
        ({"found": ["i-1"], "role": RoleProfile(create=True, names=["web"])}, True),
        ({"role": RoleProfile(create=True, names=["web"])}, False),
        ({"check_mode": True}, False),
    ],
)
def test_the_instance_profile_is_read_before_something_is_launched_with_it_and_to_know_whose_instances_are(given, is_read):
    assert planned(**given)["checks_profile"] is is_read


def test_an_instance_profile_that_does_not_exist_is_refused_by_the_name_of_the_variable():
    refused = "launch_instance_profile: there is no instance profile 'wbe'. Check the spelling, or create it: set launch_create_role to true and "
    assert planned(profile="wbe", profiles=[])["profile_error"] == f"{refused}ec2_role_name to the name of the role."
    assert planned()["profile_error"] is planned(profiles=[{"instance_profile_name": "web"}])["profile_error"] is None
    assert planned(profiles=[], check_mode=True)["profile_error"] is planned(profiles=[], role=RoleProfile(True, ("web",)))["profile_error"] is None


@pytest.mark.parametrize("task", ["Read the instance profile", "Refuse an instance profile that does not exist"])
def test_nothing_was_done_if_the_instance_profile_is_refused(task):
    assert failure_message("web", RoleProfile(), {}, task, {"msg": "no"}) == "no"
