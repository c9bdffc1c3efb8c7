# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group refuses, writes and returns."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.existing import ExistingGroup
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.failure import result_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.plan import Results, plan
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import (
    DATA,
    LATE,
    NEW,
    SOURCE,
    existing,
    group,
    policy,
    template,
    variables,
    written,
)

ATTACHED = {"changed": True, "auto_scaling_groups": [{"after": {"version": "2", "instance_profile": "web"}}]}


def planned(found, results=Results(), role=RoleProfile(), **given):
    return plan(variables(role, **given), found, results)


def test_a_new_group():
    found = planned(NEW)
    assert (found["refusal"], found["attach"]) == (None, False) and found["template"] and found["group"]
    assert found["result"] == {
        "name": "workers",
        "launch_template_id": None,
        "version": None,
        "instance_profile": "web",
        "instance_ids": [],
        "changed": False,
        "failure": None,
    }


@pytest.mark.parametrize(
    "data, given, foreign",
    [
        ({}, {}, None),
        ({"image_id": "ami-2", "iam_instance_profile": {"name": "x"}}, {}, None),
        ({"user_data": "ZQ=="}, {"user_data": "e"}, None),
        ({"security_group_ids": [], "key_name": ""}, {}, None),
        ({"user_data": "ZQ=="}, {}, "user_data"),
        ({"key_name": "theirs", "network_interfaces": [{}]}, {}, "key_name, network_interfaces"),
    ],
)
def test_a_template_of_somebody_else_is_not_used_for_a_new_group(data, given, foreign):
    refusal = planned(ExistingGroup({}, template({**DATA, **data})), **given)["refusal"]
    if foreign is None:
        assert refusal is None, "a run that was killed left it"
    else:
        assert f"exists without the group, and has {foreign}, which the role has not set, so somebody else may have created it." in refusal


def test_an_equal_group_is_left_alone():
    found = planned(existing())
    assert (found["refusal"], found["attach"], found["template"], found["group"]) == (None, True, None, None)
    assert (found["result"]["version"], found["result"]["instance_ids"], found["result"]["launch_template_id"]) == ("1", ["i-1"], "lt-1")


@pytest.mark.parametrize(
    "found, given, results, says",
    [
        (NEW, {}, Results(check_mode=True), "1 launch template to create, 1 group to create."),
        (NEW, {}, Results(), "1 launch template created, 1 group created."),
        (existing(), {}, Results(), "1 launch template unchanged, 1 group unchanged."),
        (existing(), {"instance_type": "t3.large"}, Results(template={"changed": True}), "1 launch template updated, 1 group updated."),
        (existing(), {"max_size": 9}, Results(check_mode=True), "1 launch template unchanged, 1 group to update."),
        (existing(), {}, Results({"changed": True, "msg": "1 group updated."}), "1 launch template unchanged, 1 group unchanged. 1 group updated."),
    ],
)
def test_the_last_line_says_what_was_written(found, given, results, says):
    assert planned(found, results, **given)["summary"] == says


BEFORE, SAME, AFTER = "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.900000+00:00", "2026-01-01T00:00:01Z"


@pytest.mark.parametrize(
    "profiles, created, is_own",
    [(None, BEFORE, True), ([BEFORE], AFTER, True), ([SAME], BEFORE, True), ([AFTER], BEFORE, False), ([], AFTER, False), ([BEFORE], None, False)],
)
@pytest.mark.parametrize("on_conflict", ["fail", "skip", "replace"])
def test_a_group_that_was_made_for_a_deleted_profile_of_the_name_is_not_the_roles(profiles, created, is_own, on_conflict):
    """Whoever has made it with a profile of their own chooses what it runs, and it launches with whatever profile gets the name next."""
    found = existing()
    versions = [{**each, "create_time": created} for each in found.template["versions"]]
    results = Results(profile={} if profiles is None else {"iam_instance_profiles": [{"create_date": each} for each in profiles]})
    plan_ = planned(ExistingGroup(found.group, {**found.template, "versions": versions}), results, on_conflict=on_conflict)
    assert plan_["reads_profile"] is (on_conflict != "replace")
    is_refused = "older than the instance profile web, so it was written for another one of that name" in (plan_["refusal"] or "")
    assert is_refused is (not is_own and on_conflict != "replace")


def test_the_profile_is_read_only_if_a_group_may_have_it():
    assert [planned(each)["reads_profile"] for each in (NEW, existing())] == [False, True]
    assert planned(existing(), profile="other")["reads_profile"] is False


def test_a_profile_that_check_mode_did_not_create_is_not_attached():
    assert planned(existing(), role=RoleProfile(True, ("web",)))["attach"] is False


@pytest.mark.parametrize(
    "others, source",
    [
        ({"launch_template": {**SOURCE, "launch_template_name": "other"}}, "other"),
        ({"launch_template": None, "launch_configuration_name": "configured"}, "configured"),
        ({"launch_template": None}, "something else"),
    ],
)
def test_a_group_with_another_template_is_refused(others, source):
    refusal = planned(existing(**others))["refusal"]
    assert f"the group workers exists and launches from {source}." in refusal


BARE = {key: DATA[key] for key in DATA if key != "iam_instance_profile"}
OTHER = {**DATA, "iam_instance_profile": {"arn": "arn:aws:iam::123456789012:instance-profile/web/other"}}


@pytest.mark.parametrize(
    "found, says",
    [
        (existing(BARE), "does not launch with the instance profile web, but with none, so somebody else may have created it."),
        (existing(OTHER), "does not launch with the instance profile web, but with other, so somebody else may have created it."),
        (existing(BARE, DATA), "but with none"),
        (existing(DATA, BARE, launch_template={**SOURCE, "version": "$Latest"}), "but with none"),
        (existing(DATA, launch_template={**SOURCE, "version": "2"}), "but with none"),
        (ExistingGroup(group(), {}), "but with none"),
        (existing(DATA, BARE), None),
        (existing({**DATA, "iam_instance_profile": {"name": "WEB"}}), None),
        (existing({**DATA, "iam_instance_profile": {"arn": "arn:aws:iam::123456789012:instance-profile/path/web"}}), None),
    ],
)
def test_a_group_of_somebody_else_gets_no_instance_profile(found, says):
    """Somebody can create the group first, with user data of their own; what the role creates has the profile from the beginning."""
    refusal = planned(found)["refusal"]
    assert (says in refusal and "set launch_group_on_conflict to replace" in refusal) if says else refusal is None
    assert planned(found, role=RoleProfile(True, ("web",)))["refusal"] == refusal, "also before the role exists"
    replacing = planned(found, on_conflict="replace")
    assert (replacing["refusal"], replacing["attach"]) == (None, True)


@pytest.mark.parametrize("on_conflict", ["fail", "replace", "skip"])
def test_a_template_that_was_created_under_the_name_of_the_groups_own_is_refused(on_conflict):
    """The group's own was deleted, and somebody else has created one with the name since."""
    found = existing(launch_template={**SOURCE, "launch_template_id": "lt-0"})
    refusal = planned(found, on_conflict=on_conflict)["refusal"]
    assert "does not launch from the launch template workers, but from a former one of that name, lt-0." in refusal


@pytest.mark.parametrize("data, kept", [(BARE, None), (OTHER, "other")])
def test_a_group_that_is_skipped_keeps_its_instance_profile(data, kept):
    found = planned(existing(data), on_conflict="skip", min_size=0)
    assert (found["refusal"], found["attach"], found["template"]) == (None, False, None) and found["group"]
    assert found["result"]["instance_profile"] == kept
    assert found["summary"].endswith(f"1 group updated. The group keeps its instance profile: {kept or 'none'}.")
    assert planned(existing(), on_conflict="skip")["attach"]


def test_a_group_that_amazon_aws_would_damage_is_refused_only_if_it_has_to_change():
    of_group = {"purchase": "spot"}
    mixed = policy(
        {"instance_type": "a", "weighted_capacity": "2"},
        on_demand_base_capacity=0,
        on_demand_percentage_above_base_capacity=0,
        spot_allocation_strategy="price-capacity-optimized",
    )
    found = existing(launch_template=None, mixed_instances_policy=mixed)
    assert planned(found, **of_group)["refusal"] is None
    refusal = planned(found, min_size=0, image_id="ami-2", tags={"team": "web"}, **of_group)["refusal"]
    assert "has overrides with weighted_capacity, which" in refusal
    assert refusal.endswith("These settings differ: min_size, tag team, image_id.")


def test_a_new_version_does_not_update_a_group_that_follows_an_alias():
    results = Results(template=written(2, {**DATA, "image_id": "ami-2"}))
    for version, updated in (("1", "2"), ("$Latest", None), ("$Default", None)):
        found = existing(launch_template={**SOURCE, "version": version})
        made = planned(found, results, image_id="ami-2")
        assert (made["group"] and made["group"]["version"]) == updated
        assert made["result"]["version"] == "2" and made["result"]["changed"]


def test_all_writes_name_the_template_by_its_id_and_the_group_its_version_by_number():
    """Whoever may create templates could delete one and create another one of its name."""
    new = planned(NEW)
    assert new["template"]["template_name"] == "workers" and "template_id" not in new["template"]
    assert new["group"]["launch_template_name"] == "workers", "what check mode did not create"
    created = planned(NEW, Results(template=written(1, DATA, "lt-9")))["group"]
    assert (created["launch_template_id"], created["version"]) == ("lt-9", "1") and "launch_template_name" not in created
    found = planned(existing({**DATA, "image_id": "ami-0"}), min_size=0)
    assert (found["template"]["template_id"], found["group"]["launch_template_id"]) == ("lt-1", "lt-1")
    assert not {"template_name", "launch_template_name"} & {*found["template"], *found["group"]}


MINE, THEIRS = {**DATA, "image_id": "ami-2"}, {**DATA, "image_id": "ami-2", "user_data": "ZQ=="}


@pytest.mark.parametrize(
    "found, result, differ",
    [
        (existing(), written(2, MINE), None),
        (existing({**DATA, "monitoring": {"enabled": True}}), written(2, {**MINE, "monitoring": {"enabled": True}}), None),
        (existing(DATA, DATA), written(3, {**MINE, "security_group_ids": []}), None),
        (NEW, written(1, MINE), None),
        (existing(), written(2, THEIRS), "user_data"),
        (existing({**DATA, "user_data": "b3du"}), written(2, MINE), "user_data"),
        (existing(), written(3, {**MINE, "iam_instance_profile": {"name": "admin"}}), "iam_instance_profile"),
        (existing(), written(2, DATA), "image_id"),
        (existing(), {**written(2, MINE), "versions": []}, "iam_instance_profile, image_id, instance_type, metadata_options"),
        (NEW, written(1, THEIRS), "user_data"),  # the template was created by somebody else, and the module found nothing to change
        (NEW, written(2, {**MINE, "network_interfaces": [{}]}), "network_interfaces"),
    ],
)
def test_a_group_gets_no_version_that_the_run_has_not_written(found, result, differ):
    results = Results(template=result)
    made = planned(found, results, image_id="ami-2")
    assert (made["fails"], made["group"] is None) == (bool(differ), bool(differ))
    said = result_after_failure(variables(image_id="ami-2"), found, results, "Set the result", {"msg": "evaluated to 'True'"})["failure"]
    assert (f"These settings differ: {differ}." in said) is bool(differ)
    assert planned(found, Results(template={"changed": True}, check_mode=True), image_id="ami-2")["fails"] is False


def test_the_new_version_is_based_on_the_one_that_attaching_made():
    found = existing({**DATA, "image_id": "ami-0"})
    assert planned(found)["template"]["source_version"] == "1"
    made = planned(found, Results(attached=ATTACHED))
    assert (made["template"]["source_version"], made["result"]["version"], made["result"]["changed"]) == ("2", "2", True)
    assert planned(found, Results(attached=ATTACHED, check_mode=True))["template"]["source_version"] == "1"
    assert planned(found, Results(attached={"auto_scaling_groups": []}))["template"]["source_version"] == "1"


def test_the_result_has_what_the_tasks_returned():
    results = Results(
        attached={"auto_scaling_groups": [{"after": {"version": "2", "instance_profile": "old"}}]},
        template=written(3, DATA, "lt-2"),
        group={"changed": True, "instances": ["i-7"]},
    )
    assert planned(existing(), results)["result"] == {
        "name": "workers",
        "launch_template_id": "lt-2",
        "version": "3",
        "instance_profile": "old",
        "instance_ids": ["i-7"],
        "changed": True,
        "failure": None,
    }


def test_a_template_without_a_group_is_used_again():
    found = planned(ExistingGroup({}, template(DATA)))
    assert (found["template"], found["group"]["version"], found["attach"]) == (None, "1", False)


def test_in_check_mode_the_instance_profile_of_the_template_need_not_exist():
    missing = {"failed": True, "msg": "Could not find IAM instance profile web"}
    found = planned(NEW, Results(template=missing, check_mode=True))
    assert found["fails"] is False
    assert found["template_warning"] == "The instance profile web does not exist; planned as if an earlier task had created it."
    for others in (Results(template={**missing, "msg": "Denied"}, check_mode=True), Results(template=missing)):
        assert (planned(NEW, others)["fails"], planned(NEW, others)["template_warning"]) == (True, "")


@pytest.mark.parametrize(
    "result, retry",
    [({}, False), ({"failed": True, "msg": LATE}, True), ({"failed": True, "msg": "Denied"}, False), ({"failed": False, "msg": LATE}, False)],
)
def test_an_update_is_repeated_while_ec2_does_not_see_the_profile(result, retry):
    assert planned(NEW, Results(group=result))["retry_group"] is retry


def test_a_group_without_members_of_the_plan():
    assert planned(ExistingGroup(group(instances=None, tags=None), template(DATA)))["result"]["instance_ids"] == []
