# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach in typical use: many instances, filters, single failures, undo."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, REGION

UNKNOWN = "i-0123456789abcdef0"


@pytest.fixture(scope="module", name="profiles", autouse=True)
def _profiles(aws):
    """Name → ARN."""
    return {name: aws.make_profile(name) for name in ("web", "old")}


@pytest.mark.parametrize("count", [100])
def test_attaching_takes_few_calls(aws, controller, count):
    ids = aws.run_instances(count)
    attached = controller.module("instance_profile_attach", instance_ids=ids, instance_profile="web").succeeded()
    assert attached.last["counts"]["associated"] == count
    assert attached.last["msg"] == f"{count} attached."
    assert {aws.profile_of(each) for each in ids} == {"web"}
    assert len(attached.calls) <= count + 6
    again = controller.module("instance_profile_attach", instance_ids=ids, instance_profile="web").succeeded()
    assert (again.last["changed"], again.last["counts"]["unchanged"]) == (False, count)
    assert len(again.calls) <= 4


def test_filters_skip_terminated_instances(aws, controller):
    living = sorted(aws.run_instances(2, name="filtered"))
    gone = aws.run_instances(1, name="filtered")
    aws.ec2.terminate_instances(InstanceIds=gone)
    aws.run_instances(1, name="another")
    filters = {"tag:Name": "filtered"}
    run = controller.module("instance_profile_attach", filters=filters, instance_profile="web").succeeded()
    assert {row["instance_id"]: row["action"] for row in run.last["instances"]} == {
        **dict.fromkeys(living, "associated"),
        gone[0]: "skipped",
    }
    assert [row["instance_id"] for row in run.last["instances"]] == sorted([*living, *gone])


def test_filters_without_a_match_are_reported(controller):
    run = controller.module("instance_profile_attach", filters={"tag:Name": "nobody"}, instance_profile="web").succeeded()
    assert (run.last["instances"], run.last["changed"]) == ([], False)
    assert "No instance" in run.last["msg"]


def test_an_undo_is_refused_in_another_region_and_used_in_its_own(aws, controller, profiles):
    (instance,) = aws.run_instances(profile="old")
    undo = controller.module("instance_profile_attach", instance_ids=[instance], instance_profile="web").succeeded().last["undo"]
    for module in ("instance_profile_attach", "launch_profile_attach"):
        for options, says in (
            ({"undo": undo, "region": "us-east-1"}, "region eu-central-1"),
            ({"undo": {**undo, "account": "2" * 12}}, "account 2222"),
        ):
            run = controller.module(module, **options)
            assert run.returncode and run.writes == [] and f"undo: is of the {says}" in run.last["msg"]
    back = controller.play([{"keyless.ec2.instance_profile_attach": {"undo": undo}}], AWS_REGION="").succeeded()
    assert back.last["undo"]["region"] == REGION and aws.profile_of(instance) == "old"


def test_undo_restores_the_former_profiles(aws, controller, profiles):
    bare, old = aws.run_instances()[0], aws.run_instances(profile="old")[0]
    asked = {"instance_ids": [bare, old], "instance_profile": "web"}
    undo = controller.module("instance_profile_attach", **asked).succeeded().last["undo"]
    assert undo == {**HERE, "instances": {bare: None, old: profiles["old"]}}
    back = controller.module("instance_profile_attach", undo=undo).succeeded()
    assert [row["action"] for row in back.last["instances"]] == ["detached", "replaced"]
    assert (aws.profile_of(bare), aws.profile_of(old)) == (None, "old")
    assert back.last["undo"] == {**HERE, "instances": {bare: profiles["web"], old: profiles["web"]}}


def test_a_failed_instance_does_not_stop_the_others(aws, controller):
    good, gone = aws.run_instances(2)
    aws.ec2.terminate_instances(InstanceIds=[gone])
    run = controller.task("instance_profile_attach", instance_ids=[UNKNOWN, gone, good], instance_profile="web", not_found_timeout=0)
    assert run.returncode != 0
    assert [(row["action"], row["reason"]) for row in run.last["instances"]] == [
        ("failed", "not_found"),
        ("failed", "terminated"),
        ("associated", None),
    ]
    assert run.last["changed"] is True
    assert run.last["msg"].startswith("1 attached, 2 failed. ")
    assert UNKNOWN in run.last["msg"]
    assert aws.profile_of(good) == "web"


def test_a_conflict_can_be_a_failure(aws, controller):
    (instance,) = aws.run_instances(profile="old")
    run = controller.module("instance_profile_attach", instance_ids=[instance], instance_profile="web", on_conflict="fail")
    assert run.returncode != 0
    assert run.writes == []
    assert run.last["instances"][0]["reason"] == "conflict"
    assert "another instance profile, old" in run.last["msg"]


@pytest.mark.parametrize(
    "profiles_of_role, says",
    [
        (("front", "web-2"), "The role shop-2 exists, and is in the instance profile front and in web-2. Give instance_profile=front."),
        ((), "The role shop-0 exists, but is in no instance profile. Run keyless.ec2.iam_ec2_role with name=shop-0, which creates one."),
    ],
)
def test_the_name_of_a_role_leads_to_its_profile(aws, controller, profiles_of_role, says):
    role = f"shop-{len(profiles_of_role)}"
    aws.make_role(role)
    for name in profiles_of_role:
        aws.iam.create_instance_profile(InstanceProfileName=name)
        aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    (instance,) = aws.run_instances()
    for module, selected in (("instance_profile_attach", {"instance_ids": [instance]}), ("launch_profile_attach", {"launch_templates": ["x"]})):
        run = controller.module(module, instance_profile=role, **selected)
        assert run.last["msg"] == f"instance_profile: there is no instance profile '{role}' in account 123456789012. {says}"
        assert run.writes == []


def test_a_profile_can_be_given_by_arn(aws, controller, profiles):
    (instance,) = aws.run_instances()
    controller.module("instance_profile_attach", instance_id=instance, name=profiles["web"]).succeeded()
    assert aws.profile_of(instance) == "web"


@pytest.mark.parametrize(
    "name, says",
    [
        ("wbe", "there is no instance profile 'wbe' in account 123456789012"),
        ("empty", "the instance profile 'empty' has no role"),
        ("arn:aws:iam::210987654321:instance-profile/web", "belongs to account 210987654321, and the credentials to account 123456789012"),
    ],
)
def test_unusable_profiles_are_refused_before_any_write(aws, controller, name, says):
    if name == "empty":
        aws.iam.create_instance_profile(InstanceProfileName="empty")
    (instance,) = aws.run_instances()
    run = controller.module("instance_profile_attach", instance_ids=[instance], instance_profile=name)
    assert run.returncode != 0
    assert run.writes == []
    assert run.last["msg"].startswith("instance_profile: ")
    assert says in run.last["msg"]


@pytest.mark.parametrize(
    "options, says",
    [
        ({"instance_profile": "web"}, "one of the following is required: instance_ids, filters, attachments"),
        ({"instance_ids": [UNKNOWN]}, "instance_profile: is missing"),
        ({"instance_ids": ["web-1"], "instance_profile": "web"}, "'web-1' is not an instance id"),
        ({"filters": {}, "instance_profile": "web"}, "filters: is empty"),
        ({"instance_ids": [UNKNOWN], "filters": {"tag:a": "b"}, "instance_profile": "web"}, "mutually exclusive"),
    ],
)
def test_invalid_options_fail_without_a_call(controller, options, says):
    run = controller.module("instance_profile_attach", **options)
    assert run.returncode != 0
    assert says in run.last["msg"]
    assert run.calls == []


def test_without_instances_there_are_no_calls(controller):
    run = controller.module("instance_profile_attach", instance_ids=[], state="absent").succeeded()
    assert (run.last["changed"], run.calls) == (False, [])
