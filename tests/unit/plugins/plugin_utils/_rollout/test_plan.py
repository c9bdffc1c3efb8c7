# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.plan: batches, what each of them selects, and why a rollout can't start."""

from __future__ import annotations

import json

import pytest

from .rollouts import HERE, WEB, failed, plan, result, row

NO_PROFILE, NO_GROUP = ({"kind": each, "name": "web", "message": f"there is no {each}"} for each in ("profile", "group"))
LAUNCH_FAILED = {"failed": True, "msg": "no such group", "counts": {"instances": {"failed": 0}, "launch_templates": {"failed": 1}}}
MEMBER_FAILED = {
    "failed": True,
    "msg": "denied",
    "counts": {"instances": {"failed": 1}, "launch_templates": {"failed": 0}},
    "instances": [failed("i-9")],
}


def test_members_of_groups_come_first_and_only_changing_instances_are_in_batches():
    found = plan(row("i-2"), row("i-3", "unchanged"), row("i-1"), launch={"instances": [row("i-1")]}, sizes=("1", "100%"))
    assert found["batches"] == [{"number": 1, "of": 2, "instance_ids": ["i-1"]}, {"number": 2, "of": 2, "instance_ids": ["i-2"]}]
    assert found["selections"] == [{"instance_ids": ["i-1"]}, {"instance_ids": ["i-2"]}]
    assert found["lines"] == ["Batch 1 of 2: i-1", "Batch 2 of 2: i-2"]
    assert (found["error"], found["undo"]) == ("", {**HERE, "instances": {"i-1": None, "i-2": None}})


@pytest.mark.parametrize("without", ["sizes", "health_check", "undo_file"])
def test_before_a_health_check_the_plan_has_the_command_that_undoes_the_run(without):
    """Ansible gives the role no chance to roll back if the health check meets an unreachable host."""
    given = {"sizes": ("1",), "health_check": "/h.yml", "undo_file": "/undo.json", "region": "eu-central-1"}
    *_batches, sentence, command = plan(row("i-1"), **given)["lines"]
    assert sentence.startswith("If a host becomes unreachable in the health check") and sentence.endswith(":")
    assert command == "ansible-playbook keyless.ec2.attach -e attach_region=eu-central-1 -e attach_manifest=/undo.json"
    assert command not in plan(row("i-1"), **{**given, without: type(given[without])()})["lines"]


def test_attachments_are_divided_with_their_profiles():
    found = plan(row("i-1"), row("i-2", "detached", after=None), selection={"attach_attachments": {"i-1": "web", "i-2": None}})
    assert found["selections"] == [{"attachments": {"i-1": WEB}}, {"attachments": {"i-2": None}}]


def test_without_batches_there_are_none():
    found = plan(row("i-1"), failed("i-2"), sizes=(), undo_file="/undo.json")
    assert (found["batches"], found["lines"], found["error"]) == ([], [], "")


@pytest.mark.parametrize(
    ("launch", "instances", "variables", "error"),
    [
        ({}, result(failed("i-1")), {"max_failures": 1}, ""),
        (
            {},
            result(failed("i-1"), failed("i-2", "gone")),
            {"max_failures": 1},
            "Nothing was changed, because 2 instances would fail and attach_max_failures is 1: i-1: denied; i-2: gone",
        ),
        (
            {},
            result(failed("i-1"), failed("i-1")),
            {},
            "Nothing was changed, because 1 instance would fail and attach_max_failures is 0: i-1: denied",
        ),
        (LAUNCH_FAILED, result(), {}, "no such group"),
        ({"missing": [NO_PROFILE]}, result(missing=[NO_PROFILE, NO_GROUP]), {}, "there is no profile\nthere is no group"),
        ({}, result(missing=[NO_PROFILE]), {"sizes": ()}, "there is no profile"),
        ({}, result(missing=[NO_PROFILE]), {"check_mode": True}, ""),
        ({"failed": True, "msg": "refused"}, result(), {"sizes": ()}, "refused"),
        (MEMBER_FAILED, result(), {"max_failures": 1}, ""),
        ({}, {"failed": True, "msg": "refused"}, {"max_failures": 9}, "refused"),
        ({}, {"unreachable": True, "msg": "no route"}, {"max_failures": 9}, "no route"),
        ({"unreachable": True, "msg": "no route"}, result(), {"max_failures": 9}, "no route"),
        ({}, result(failed=True, msg="1 failed"), {}, ""),
    ],
)
def test_errors_that_stop_a_rollout_before_it_changes_anything(launch, instances, variables, error):
    assert plan(launch=launch, instances=instances, **variables)["error"] == error


def test_entries_of_an_earlier_manifest_stay():
    earlier = json.dumps({"attach_undo": {**HERE, "instances": {"i-1": "old", "i-9": None}}})
    found = plan(row("i-1"), row("i-2"), row("i-9", "unchanged"), earlier=earlier, undo_file="/undo.json")
    assert found["manifest"] == {**HERE, "instances": {"i-1": "old", "i-2": None, "i-9": None}}
    assert found["continues"] and not plan(row("i-1"), undo_file="/undo.json")["continues"]
    assert found["undo"] == {**HERE, "instances": {"i-1": None, "i-2": None}}


@pytest.mark.parametrize(
    ("kind", "name"),
    [("instances", "i-9"), ("auto_scaling_groups", "other"), ("launch_templates", "lt-9"), ("fleets", "fleet-9"), ("launch_configurations", "lc")],
)
def test_a_manifest_with_entries_that_the_run_does_not_see_is_refused(kind, name):
    """They may be of somebody else's making, and would be restored with the run's own."""
    launch = {"launch_templates": [{"name": "web", "before": {"launch_template_id": "lt-1"}}], "instances": [row("i-2")]}
    earlier = {**HERE, "instances": {"i-1": "old", "i-2": None}, "launch_templates": {"lt-1": {}}}
    assert plan(row("i-1"), launch=launch, earlier=json.dumps({"attach_undo": earlier}), undo_file="/undo.json")["error"] == ""
    forged = {**earlier, kind: {**earlier.get(kind, {}), name: "admin"}}
    error = plan(row("i-1"), launch=launch, earlier=json.dumps({"attach_undo": forged}), undo_file="/undo.json")["error"]
    assert error.startswith(f"attach_undo_file: /undo.json already exists and has entries for {name}, which this run does not select.")


def test_templates_of_overrides_are_seen_with_their_groups():
    launch = {"auto_scaling_groups": [{"name": "web", "before": {"launch_template_id": "lt-1"}}]}
    earlier = json.dumps({"attach_undo": {**HERE, "auto_scaling_groups": {"web": {}}, "launch_templates": {"lt-2": {}}}})
    assert plan(row("i-1"), launch=launch, earlier=earlier, undo_file="/undo.json")["error"] == ""


def test_the_manifest_of_another_account_or_region_is_not_overwritten():
    earlier = json.dumps({"attach_undo": {**HERE, "region": "us-east-1"}})
    found = plan(row("i-1"), earlier=earlier, undo_file="/undo.json")
    assert found["error"] == (
        "attach_undo_file: /undo.json already exists and has the undo manifest of the region us-east-1. Give another path, or move the file away."
    )


def test_a_file_that_is_not_a_manifest_matters_only_if_it_would_be_overwritten():
    error = "attach_undo_file: /undo.json already exists and is not an undo manifest of this role. Give another path, or move the file away."
    assert plan(row("i-1"), earlier="[]", undo_file="/undo.json")["error"] == error
    assert plan(row("i-1", "unchanged"), earlier="[]", undo_file="/undo.json")["error"] == ""
