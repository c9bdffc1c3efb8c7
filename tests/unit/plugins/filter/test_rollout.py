# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.rollout: each of its steps, with what the tasks of the roles pass to it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.rollout import STEPS, FilterModule
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._rollout.rollouts import HERE, WEB, failed, result, row

ROLES = Path(__file__).resolve().parents[4] / "roles"
ONE, TWO = "i-00000000000000001", "i-00000000000000002"
NOTHING = {"attach_instance_ids": "", "attach_filters": {}, "attach_attachments": {}, "attach_auto_scaling_groups": ""}
VARIABLES = {
    **NOTHING,
    "check_mode": False,
    "names": ["attach_instance_ids", "attach_batches"],
    "attach_instance_profile": "web",
    "attach_allow_empty": "false",
    "attach_max_concurrency": 10,
    "attach_not_found_timeout": 60,
    "attach_instance_ids": f"{ONE}\n{TWO}",
    "attach_auto_scaling_group_filters": {},
    "attach_launch_templates": "",
    "attach_manifest": "",
    "attach_batches": "1, 100%",
    "attach_max_failures": "",
    "attach_verify": "true",
    "attach_health_check": "",
    "attach_undo_file": "",
    "attach_region": "",
    "attach_wait_timeout": "10",
}
IMDSV2 = {
    "check_mode": False,
    "names": [],
    "require_imdsv2_instance_ids": [ONE],
    "require_imdsv2_filters": "",
    "require_imdsv2_auto_scaling_groups": "",
    "require_imdsv2_launch_templates": "",
    "require_imdsv2_manifest": "",
    "require_imdsv2_batches": 1,
    "require_imdsv2_max_failures": 0,
    "require_imdsv2_verify": True,
    "require_imdsv2_health_check": "",
    "require_imdsv2_undo_file": "",
    "require_imdsv2_region": "",
    "require_imdsv2_wait_timeout": 300,
    "require_imdsv2_max_concurrency": 8,
    "require_imdsv2_unused_days": 14,
    "require_imdsv2_hop_limit": None,
}


def rollout(facts, step, *others):
    return FilterModule().filters()["rollout"](facts, step, *others)


def request(**variables):
    return rollout({**VARIABLES, **variables}, "request", "/play")


def hostvars(*instance_ids):
    return {f"host-{each[-1]}": {"instance_id": each, "secret": "x"} for each in instance_ids}


def answer(instance_id, profile=WEB):
    """What a host says of itself."""
    return {"identity": {"instance_id": instance_id, "instance_profile_arn": profile}, "problems": [], "msg": f"It has {profile}."}


def test_an_unknown_step_is_an_error():
    with pytest.raises(AnsibleFilterError, match="keyless.ec2.rollout: there is no step 'nothing'"):
        rollout({}, "nothing")


def test_the_variables_are_converted():
    """Surveys give everything as text."""
    found = request()
    assert (found["error"], found["tasks"]) == ("", "in_batches.yml")
    assert found["instances"] == {"instance_ids": [ONE, TWO]} and found["launch"] == {}
    assert (found["batch_sizes"], found["max_failures"], found["verify"], found["retries"]) == (["1", "100%"], 0, True, 2)
    assert not found["check_mode"]


@pytest.mark.parametrize(
    "variables, member, expected",
    [
        ({"check_mode": True}, "check_mode", True),
        ({"attach_batches": 5}, "batch_sizes", ["5"]),
        ({"attach_batches": [" 1 ", 2]}, "batch_sizes", ["1", "2"]),
        ({"attach_max_failures": "3"}, "max_failures", 3),
        ({"attach_verify": "false"}, "verify", False),
        ({"attach_region": "eu-west-1"}, "region", "eu-west-1"),
        ({"attach_region": None}, "region", ""),
        ({"attach_undo_file": "~/undo.json"}, "undo_file", os.path.expanduser("~/undo.json")),
        ({"attach_undo_file": None}, "undo_file", ""),
        ({"attach_health_check": "healthy.yml"}, "health_check", "/play/healthy.yml"),
        ({"attach_instance_ids": [], "attach_allow_empty": "true"}, "instances", {"instance_ids": []}),
        ({"attach_manifest": {}, "attach_instance_ids": [ONE]}, "launch", {}),
    ],
)
def test_each_variable_counts(variables, member, expected):
    assert request(**variables)[member] == expected


@pytest.mark.parametrize(
    "variables, beginning",
    [
        ({"names": ["attach_instance_id"]}, "attach_instance_id: "),
        ({"names": ["attach_undo"]}, "attach_undo: is not a variable of this role. To undo what a manifest says"),
        ({"attach_instance_ids": []}, "attach_instance_ids: is [], which selects nothing."),
        ({"attach_max_concurrency": 0}, "attach_max_concurrency: "),
        ({"attach_manifest": "[]", "attach_instance_ids": ""}, "attach_manifest: "),
        ({"attach_batches": "0"}, "attach_batches: '0' is not a batch size."),
    ],
)
def test_wrong_variables_are_refused(variables, beginning):
    assert request(**variables)["error"].startswith(beginning)


def test_a_relative_manifest_begins_where_the_user_is(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    manifest = {**HERE, "instances": {ONE: None}}
    (tmp_path / "undo.json").write_text(json.dumps({"attach_undo": manifest}), encoding="utf-8")
    (tmp_path / "undo.json").chmod(0o600)
    monkeypatch.setenv("PWD", str(tmp_path))
    found = request(attach_instance_ids="", attach_manifest="undo.json")
    assert (found["error"], found["launch"], found["tasks"]) == ("", {"undo": manifest}, "at_once.yml")
    monkeypatch.delenv("PWD")
    assert request(attach_instance_ids="", attach_manifest="undo.json")["error"].startswith("attach_manifest: /play/undo.json: No such file")


def test_what_groups_change_is_not_changed_again():
    changed, same = ({"name": name, "changed": name == "a"} for name in "ab")
    launch = {"instances": [row(ONE), row(TWO, "unchanged")], "auto_scaling_groups": [changed, same], "fleets": [{"name": "f", "changed": True}]}
    assert rollout(launch, "changed_members") == [ONE]
    assert rollout(launch, "changed_later") == ["a", "f"]
    assert rollout({}, "changed_members") == rollout({}, "changed_later") == []


@pytest.mark.parametrize("launch, kept", [({}, [ONE]), ({"failed": True, "msg": "No."}, []), ({"counts": {"fleets": {"failed": 1}}}, [])])
def test_a_result_from_an_earlier_run_is_not_undone(launch, kept):
    assert list(rollout(launch, "undo", result(row(ONE))).get("instances", {})) == kept
    assert rollout(launch, "undo") == {}


def test_errors_of_launch_sources_and_the_last_line():
    assert rollout({"failed": True, "msg": "No."}, "launch_error", "attach") == "No."
    assert rollout({"msg": "Fine."}, "launch_error", "attach") == ""
    of_one = result(row(ONE), failed(TWO))
    assert rollout(request(attach_batches=""), "closing", {}, of_one, False)["error"]
    assert not rollout(request(), "closing", {}, of_one, False)["error"]
    assert "would" in rollout(request(), "closing", {}, of_one, "yes")["msg"].lower()


def test_errors_of_modules_name_the_variables_of_the_role():
    refused = {"failed": True, "msg": "instance_profile: there is no instance profile 'wbe'."}
    named = f"attach_{refused['msg']}"
    assert rollout(refused, "launch_error", "attach") == named
    assert rollout(request(attach_batches=""), "closing", {}, refused, False)["error"] == named
    assert rollout(request(), "plan", {}, refused, hostvars(ONE))["error"] == named
    assert rollout(request(), "plan", refused, {}, hostvars(ONE))["error"] == named


def test_a_manifest_becomes_text_without_templates():
    assert rollout({"instances": {"{{ x }}": None}}, "manifest_text") == '{"instances": {"{\\u007b x }}": null}}'


def test_only_the_needed_variables_of_the_hosts_are_kept():
    [host] = rollout(request(), "hosts", hostvars(ONE)).values()
    assert host == {"name": "host-1", "endpoint": None, "connection": "ssh", "python": "auto"}


@pytest.mark.parametrize("variables", [{"attach_verify": "false"}, {"attach_batches": ""}])
def test_no_host_is_asked_without_batches_or_verification(variables):
    assert rollout(request(**variables), "hosts", None) is None


def test_a_rollout_from_the_plan_to_the_rollback():
    plan = rollout(request(attach_max_failures="1"), "plan", {}, result(row(ONE), row(TWO)), hostvars(ONE))
    assert (plan["error"], plan["selections"], list(plan["hosts"])) == ("", [{"instance_ids": [ONE]}, {"instance_ids": [TWO]}], [ONE])
    assert plan["undo"]["instances"] == {ONE: None, TWO: None}
    first, second = plan["batches"]
    assert rollout(plan, "batch_line", {}, first).startswith("Batch 1 of 2: 1 instance; 0 of 2 done, 0 failed, ")
    assert rollout(plan, "rollback", {}, False) == {}

    so_far = rollout(plan, "progress", rollout(plan, "start", {}, first), result(row(ONE)))
    [check] = so_far["checks"]
    assert rollout(check, "is_verified", answer(ONE)) and not rollout(check, "is_verified", answer(ONE, None))
    assert rollout(so_far, "batch_check", {"results": [answer(ONE)]}) == {"error": "", "unverified": []}
    assert rollout(so_far, "batch_check", {"results": [answer(ONE, None)]})["error"].startswith("host-1: It has None.")

    so_far = rollout(plan, "progress", rollout(plan, "start", so_far, second), result(failed(TWO)))
    assert rollout(so_far, "batch_check", {})["error"] == ""
    assert rollout(plan, "rollback", so_far, False)["instances"] == {ONE: None, TWO: None}
    assert rollout(plan, "results", so_far, False)["msg"] == ""
    why = {"task": "Run the health check", "result": {"msg": "Down"}, "rollback": {"msg": "2 restored.", "counts": {"failed": 0}}}
    ended = rollout(plan, "results", so_far, False, why)
    assert ended["undo_manifest"] == {}
    assert "Run the health check: Down.\nAll changes were rolled back. 2 restored." in ended["msg"]
    not_started = rollout(plan, "results", {}, False, why)
    assert not_started["msg"].startswith("The first batch failed") and "Nothing had been changed." in not_started["msg"]


def test_hosts_that_would_be_cut_off_are_left_as_they_are():
    before, after = {"http_tokens": "optional"}, {"http_tokens": "required"}
    row = {"instance_id": ONE, "changed": True, "action": "modified", "before": before, "after": after, "msg": "m", "auto_scaling_group": None}
    planned = {"instances": [row], "undo": {**HERE, "instances": {ONE: before}}}
    asked = rollout(IMDSV2, "request", "/play", "require_imdsv2")
    known = rollout(asked, "hosts", hostvars(ONE))
    assert [each["name"] for each in rollout(known, "hosts_before", planned)] == ["host-1"] and rollout(None, "hosts_before", planned) == []

    def plan(hop_limit, code="hop_limit_too_small", hosts=known):
        problem = {"code": code, "message": "Cut off."}
        answers = {"results": [{"identity": {"instance_id": ONE}, "problems": [problem]}]} if hosts else {}
        return rollout(asked, "plan_after", planned, {"hosts": hosts, "answers": answers, "hop_limit": hop_limit, "launched": {}})

    assert (plan("")["batches"], plan("")["undo"], plan("")["lines"]) == ([], {}, [f"Skipped: {ONE}: Cut off."])
    assert [each["instance_ids"] for each in plan("2")["batches"]] == [[ONE]]
    assert plan("1")["batches"] == plan(2, "sdk_too_old")["batches"] == []
    assert plan("", hosts=None)["lines"] == [f"Batch 1 of 1: {ONE}"]


def test_groups_and_templates_are_planned_after_the_hosts_and_undone_with_the_instances():
    """The group whose instance would be cut off is left out, and still has a row."""
    before, after = {"http_tokens": "optional"}, {"http_tokens": "required"}
    row = {"instance_id": ONE, "changed": True, "action": "modified", "before": before, "after": after, "msg": "m", "auto_scaling_group": "web"}
    planned = {"instances": [row], "undo": {**HERE, "instances": {ONE: before}}, "counts": {"failed": 0}}
    given = {"require_imdsv2_auto_scaling_groups": "web\nother", "require_imdsv2_launch_templates": ["t"]}
    asked = rollout({**IMDSV2, **given}, "request", "/play", "require_imdsv2")
    known = rollout(asked, "hosts", hostvars(ONE))

    def facts(code, **more):
        problem = {"code": code, "message": "Cut off."}
        answers = {"results": [{"identity": {"instance_id": ONE}, "problems": [problem]}]}
        return {"hosts": known, "answers": answers, "hop_limit": 2, **more}

    assert rollout(asked, "sources_after", planned, facts("none")) == {"auto_scaling_groups": ["web", "other"], "launch_templates": ["t"]}
    assert rollout(asked, "sources_after", planned, facts("sdk_too_old")) == {"auto_scaling_groups": ["other"], "launch_templates": ["t"]}
    group = {"name": "other", "changed": True, "action": "updated", "msg": "m"}
    undo = {**HERE, "auto_scaling_groups": {"other": {"version": "1"}}, "instances": {}}
    launched = {"auto_scaling_groups": [group], "launch_templates": [], "fleets": [], "instances": [], "undo": undo, "counts": {"failed": 0}}
    plan = rollout(asked, "plan_after", planned, facts("sdk_too_old", launched=launched))
    assert (plan["error"], plan["sources"]) == ("", {"auto_scaling_groups": ["other"], "launch_templates": ["t"]})
    assert [(row["name"], row["action"]) for row in plan["result"]["auto_scaling_groups"]] == [("other", "updated"), ("web", "skipped")]
    assert plan["undo"] == {**HERE, "auto_scaling_groups": {"other": {"version": "1"}}} and plan["result"]["changed"]
    assert rollout(plan, "rollback", {}, True) == plan["undo"] and rollout(plan, "rollback", {}, False) == {}
    done = rollout(plan, "results", {}, True, None, launched)["result"]
    assert [row["name"] for row in done["auto_scaling_groups"]] == ["other", "web"] and done["changed"]
    assert rollout(plan, "results", {}, False, None, launched)["result"]["auto_scaling_groups"] == plan["left"]
    failing = {**launched, "auto_scaling_groups": [{**group, "action": "failed"}], "msg": "1 group failed."}
    assert rollout(asked, "plan_after", planned, facts("none", launched=failing))["error"] == "1 group failed."
    assert rollout(failing, "launch_error", "require_imdsv2") == "1 group failed." and rollout(launched, "launch_error", "require_imdsv2") == ""


def test_each_step_is_used_by_a_role():
    """A step that no task names could be removed."""
    tasks = "".join(path.read_text(encoding="utf-8") for path in ROLES.glob("*/[tv]a*/*.yml"))
    assert [step for step in STEPS if f"keyless.ec2.rollout('{step}'" not in tasks] == []
