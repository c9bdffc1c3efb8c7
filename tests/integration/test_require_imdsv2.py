# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role require_imdsv2: batches, proof on the hosts, rollback and undo."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE

OLD = 20  # days
OPEN = {"HttpTokens": "optional"}
CREATE, MOVE, MODIFY = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "ModifyInstanceMetadataOptions"
NAME = "keyless.ec2.require_imdsv2"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@pytest.fixture(name="fleet")
def _fleet(aws, tmp_path):
    """Three instances whose hosts are in an inventory, of which the last one still uses IMDSv1; and one that is in none."""
    aws.reset()
    ids = aws.run_instances_earlier(OLD, 4)
    aws.use_imdsv1(ids[2], days_ago=1, requests=5)
    hosts = {f"host{number}": {**LOCAL, "instance_id": each, "verify_endpoint": f"{aws.endpoint}/imds/{each}"} for number, each in enumerate(ids[:3])}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    return ids


@pytest.fixture(name="require")
def _require(controller, tmp_path):
    def require(*arguments, **variables):
        given = {f"require_imdsv2_{name}": value for name, value in variables.items()}
        return controller.run("-i", str(tmp_path / "hosts.yml"), *arguments, NAME, variables=given)

    return require


def tokens(aws, ids):
    return [aws.metadata_options(each)["HttpTokens"] for each in ids]


def said(run, task):
    return json.dumps([each["result"].get("msg") for each in run.results if each["task"] == f"{NAME} : {task}" and each["status"] != "skipped"])


def test_all_but_what_uses_imdsv1_is_closed_and_reopened(aws, groups, require, fleet, tmp_path):
    """Check mode first, then two batches with proof, groups and templates, a second run that changes nothing, and the undo from the file."""
    file = tmp_path / "undo.json"
    template, alone, busy = (groups.template(None, MetadataOptions=OPEN) for _number in range(3))
    name, used = groups.group(template, size=0), groups.group(busy)
    sources = {"auto_scaling_groups": [name, used], "launch_templates": [alone]}
    variables = {"instance_ids": fleet, **sources, "batches": [1, "100%"], "undo_file": str(file), "wait_timeout": 5}
    planned = require("--check", **variables).succeeded()
    assert planned.writes == [] and not file.exists()
    assert f"Batch 1 of 2: {fleet[0]}" in said(planned, "Check the plan")
    run = require(**variables).succeeded()
    assert tokens(aws, fleet) == ["required", "required", "optional", "required"]
    made = [(call["operation"], call["parameters"].get("InstanceId")) for call in run.writes]
    assert made[0] == (MODIFY, fleet[0]) and [each for each, _instance in made[:3]] == [MODIFY] * 3
    assert sorted(each for each, _instance in made[3:]) == [CREATE, CREATE, MOVE, "UpdateAutoScalingGroup"], "they come last"
    result = run.of(f"{NAME} : Set the results")["ansible_facts"]["require_imdsv2_result"]
    rows = {row["instance_id"]: row for row in result["instances"]}
    assert (rows[fleet[2]]["action"], rows[fleet[2]]["imdsv1_calls"]) == ("skipped", 5)
    assert [(row["name"], row["reason"]) for row in result["auto_scaling_groups"]] == [(name, None), (used, "use_unknown")]
    line = "3 {0}, 1 skipped (1 in use), 1 group {1}, 1 group skipped (1 use unknown), 1 template {1}."
    assert line.format("to change", "to update") in said(planned, "Report the result")
    assert line.format("changed", "updated") in said(run, "Report the result")
    assert f"{fleet[3]} (not in the inventory" in said(run, "Check the plan") and f"Not verified: {fleet[3]}" in said(run, "Check the batch")
    # One request without a token for each host that was proven
    assert [aws.requests_without_token(each) for each in fleet] == [1, 1, 5, 0]
    assert launched(groups, template, alone, busy) == ["required", "required", "optional"]
    manifest = json.loads(file.read_text(encoding="utf-8"))["require_imdsv2_undo"]
    assert manifest["instances"] == dict.fromkeys([fleet[0], fleet[1], fleet[3]], {"http_tokens": "optional"})
    assert {key: manifest[key] for key in HERE} == HERE and set(manifest["auto_scaling_groups"]) == {name}
    again = require(**variables).succeeded()
    assert (again.writes, again.changed) == ([], False)
    undone = require("-e", f"require_imdsv2_manifest={file}").succeeded()
    assert tokens(aws, fleet) == ["optional"] * 4 and launched(groups, alone) == ["optional"]
    assert groups.shown(name)["LaunchTemplate"]["Version"] == "1" and "1 group updated" in said(undone, "Report the result")


def launched(groups, *templates):
    """The tokens in the newest versions."""
    return [groups.versions(each)[max(groups.versions(each))]["MetadataOptions"]["HttpTokens"] for each in templates]


def test_a_group_that_can_not_be_updated_rolls_everything_back(aws, groups, require, fleet):
    template = groups.template(None, MetadataOptions=OPEN)
    name = groups.group(template, size=0)
    aws.fail("UpdateAutoScalingGroup", "AccessDenied", count=1)
    run = require(instance_ids=fleet[:2], auto_scaling_groups=[name], verify=False)
    assert run.returncode and tokens(aws, fleet[:2]) == ["optional"] * 2 and groups.shown(name)["LaunchTemplate"]["Version"] == "1"
    message = said(run, "Stop the rollout")
    assert "The update of groups and launch templates failed" in message and "All changes were rolled back." in message


@pytest.mark.exhaustive
def test_the_hop_limit_is_raised_in_the_same_call(aws, require, fleet):
    run = require(instance_ids=fleet[:1], hop_limit=2).succeeded()
    options = aws.metadata_options(fleet[0])
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"], len(run.writes)) == ("required", 2, 1)


def test_a_canary_without_proof_is_rolled_back(aws, require, fleet, tmp_path):
    """Its host is another instance, which has IMDSv1."""
    hosts = yaml.safe_load((tmp_path / "hosts.yml").read_text(encoding="utf-8"))
    hosts["all"]["hosts"]["host0"]["verify_endpoint"] = f"{aws.endpoint}/imds/{fleet[3]}"
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
    run = require(instance_ids=fleet, batches=[1], wait_timeout=0)
    assert run.returncode and tokens(aws, fleet) == ["optional"] * 4
    message = said(run, "Stop the rollout")
    assert "Batch 1 of 3 failed" in message and "All changes were rolled back." in message and "require_imdsv2_undo_manifest" in message
    assert [call["parameters"]["HttpTokens"] for call in run.writes] == ["required", "optional"]


@pytest.mark.exhaustive
def test_an_unhealthy_batch_is_rolled_back(aws, require, fleet, tmp_path):
    (tmp_path / "health.yml").write_text("- ansible.builtin.fail:\n    msg: Sick {{ require_imdsv2_batch.number }}\n", encoding="utf-8")
    run = require(instance_ids=fleet[:2], batches=["100%"], verify=False, health_check=str(tmp_path / "health.yml"))
    assert run.returncode and "Sick 1" in said(run, "Stop the rollout") and tokens(aws, fleet) == ["optional"] * 4


def test_wrong_variables_are_refused_before_any_call(require, fleet):
    run = require(batches=["all"], instance_ids=fleet)
    assert run.returncode and run.calls == [] and "require_imdsv2_batches: 'all' is not a batch size" in run.output
    assert "Set at least one of require_imdsv2_instance_ids, require_imdsv2_filters, require_imdsv2_auto_scaling_groups, " in require().output
