# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role attach in batches: a bad canary reaches nothing else, and what was done is put back."""

from __future__ import annotations

import json
import re
import stat

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION

ASSOCIATE, REPLACE = "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"
SAY = "keyless.ec2.attach : Say how far it is"
HANDOVER = "keyless.ec2.attach : Hand it over to the next job of a workflow"
REFUSED = "keyless.ec2.attach : Say that it is no manifest"
STOPPED = "keyless.ec2.attach : Say that it was stopped"


@pytest.fixture(name="rollout")
def _rollout(controller, groups):  # pylint: disable=unused-argument  # the profiles come with the groups
    def rollout(*arguments, environment=None, **variables):
        given = with_prefix({"instance_profile": "web", **variables})
        return controller.run(*arguments, "keyless.ec2.attach", variables=given, **(environment or {}))

    return rollout


def profiles(aws, ids):
    return [aws.profile_of(each) for each in ids]


def messages(run, task=SAY):
    return [each["result"]["msg"] for each in run.results if each["task"] == task and each["status"] == "ok"]


def artifact(run):
    (stats,) = [each["result"]["ansible_stats"] for each in run.results if each["task"] == HANDOVER and each["status"] == "ok"]
    assert (stats["per_host"], stats["aggregate"]) == (False, False)
    return stats["data"]["attach_undo_manifest"]


def test_members_and_chosen_instances_go_in_batches_and_what_launches_comes_last(aws, groups, rollout, tmp_path):
    """Texts, as a survey sends them; check mode first, and once more at the end."""
    name = groups.group(groups.template(), size=2)
    members = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
    alone = aws.run_instances(2)
    file = tmp_path / "undo.json"
    variables = {
        "auto_scaling_groups": name,
        "filters": json.dumps({"instance-id": [*alone, members[0]]}),
        "batches": "1,50%",
        "max_failures": "0",
        "undo_file": str(file),
    }
    check = rollout("--check", "--diff", **variables).succeeded()
    assert check.writes == [] and check.changed and not file.exists()
    assert messages(check, "keyless.ec2.attach : Show the batches") == [
        [f"Batch 1 of 3: {members[0]}", f"Batch 2 of 3: {members[1]}, {sorted(alone)[0]}", f"Batch 3 of 3: {sorted(alone)[1]}"]
    ]
    run = rollout(**variables).succeeded()
    instances = [call["parameters"].get("InstanceId") for call in run.writes]
    assert [call["operation"] for call in run.writes[:1]] == [REPLACE]
    assert {call["operation"] for call in run.writes[1:3]} == {REPLACE, ASSOCIATE} and instances[3] == sorted(alone)[1]
    assert [call["operation"] for call in run.writes[4:]] == ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"]
    assert [re.sub(r"\d+ s$", "N s", each) for each in messages(run)] == [
        "Batch 1 of 3: 1 instance; 0 of 4 done, 0 failed, N s",
        "Batch 2 of 3: 2 instances; 1 of 4 done, 0 failed, N s",
        "Batch 3 of 3: 1 instance; 3 of 4 done, 0 failed, N s",
    ]
    assert profiles(aws, [*members, *alone]) == ["web"] * 4 and groups.replace_one(name) == "web"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert manifest == {"attach_undo": artifact(run)}
    assert set(manifest["attach_undo"]["instances"]) == {*members, *alone}
    again = rollout(**variables).succeeded()
    assert (again.writes, again.changed) == ([], False) and json.loads(file.read_text(encoding="utf-8")) == manifest


def test_a_canary_that_is_not_healthy_is_put_back_and_nothing_else_was_touched(aws, groups, rollout, tmp_path):
    name = groups.group(groups.template(), size=3)
    members = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
    source, file = groups.shown(name)["LaunchTemplate"], tmp_path / "undo.json"
    check = tmp_path / "healthy.yml"
    check.write_text("- ansible.builtin.fail:\n    msg: '{{ attach_batch | to_json }} is not well'\n", encoding="utf-8")
    run = rollout(auto_scaling_groups=[name], batches=[1, "50%"], health_check=str(check), undo_file=str(file))
    assert run.returncode == 2
    assert [(call["operation"], call["parameters"].get("IamInstanceProfile", {}).get("Arn", "").rsplit("/")[-1]) for call in run.writes] == [
        (REPLACE, "web"),
        (REPLACE, "old"),
    ]
    assert profiles(aws, members) == ["old"] * 3 and groups.shown(name)["LaunchTemplate"] == source
    told = run.of(STOPPED)["msg"]
    batch = {"number": 1, "of": 3, "instance_ids": members[:1]}
    assert told.startswith("Batch 1 of 3 failed, and nothing more was done.") and f"{json.dumps(batch)} is not well" in told
    assert "What was changed is put back. instances: 1 replaced." in told and told.endswith(f"The manifest is in {file}")
    assert run.of(DONE)["ansible_facts"]["attach_undo_manifest"] == {}


def test_what_launches_is_put_back_with_the_instances(aws, groups, rollout):
    name = groups.group(groups.template())
    (member,) = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
    aws.fail("UpdateAutoScalingGroup", "AccessDenied", count=1)
    run = rollout(auto_scaling_groups=[name], batches=1, verify="no")
    told = run.of(STOPPED)["msg"]
    assert told.startswith("What comes after the last batch failed") and "Allow autoscaling:UpdateAutoScalingGroup" in told
    assert "CreateLaunchTemplateVersion" in [call["operation"] for call in run.writes]
    assert profiles(aws, [member]) == ["old"] and groups.replace_one(name) == "old"


@pytest.mark.usefixtures("groups")
def test_more_failures_than_allowed_put_back_what_was_done(aws, controller, tmp_path):
    """Before it, a file that is no manifest is left as it is, and nothing is changed."""
    ids = aws.run_instances(3)
    other = tmp_path / "other.json"
    other.write_text("[]", encoding="utf-8")
    variables = {"attach_attachments": dict.fromkeys(ids, "web"), "attach_batches": 1, "attach_max_failures": "1"}
    uses = [
        {"block": [use_of({**variables, "attach_undo_file": str(other)})], "rescue": [{"ansible.builtin.debug": {}}]},
        use_of(variables),
    ]
    aws.fail(ASSOCIATE, "UnauthorizedOperation", count=2, after=1)
    run = controller.play(uses)
    assert aws.fail_no_more() == []
    refused, told = (run.of(task)["msg"] for task in (REFUSED, STOPPED))
    assert refused.startswith(f"attach_undo_file: there is a file {other}, and it is no manifest") and other.read_text(encoding="utf-8") == "[]"
    assert [call["operation"] for call in run.writes] == [*[ASSOCIATE] * 3, "DisassociateIamInstanceProfile"]
    assert profiles(aws, ids) == [None] * 3
    assert told.startswith("Batch 3 of 3 failed") and "2 failed, and attach_max_failures is 1: " in told
    assert all(f"{each}: " in told for each in ids[1:]) and told.endswith("The manifest is the artifact attach_undo_manifest")
    assert artifact(run) == {"instances": dict.fromkeys(ids)}


def use_of(variables):
    return {"ansible.builtin.include_role": {"name": "keyless.ec2.attach"}, "vars": variables}


def test_a_killed_run_leaves_the_way_back_and_can_be_run_again(aws, groups, controller, rollout, tmp_path):
    """What was there first stays in the manifest, whatever a later run finds."""
    template = groups.template()
    name = groups.group(template, "$Default", size=2)
    file = tmp_path / "undo.json"
    variables = {"auto_scaling_groups": name, "batches": "1", "undo_file": str(file), "region": REGION}
    before = state_of(aws, groups, name, template)

    def kill(key):
        """After both members and the template's new version, before that is launched from."""
        aws.kill_after(3, key)
        killed = controller.play([dying({"attach_instance_profile": "web", **with_prefix(variables)})], AWS_ACCESS_KEY_ID=key)
        aws.fail_no_more()
        told = killed.of(STOPPED)["msg"]
        assert (
            "It could not all be put back." in told and f"by hand: ansible-playbook keyless.ec2.attach -e attach_region={REGION} -e @{file}" in told
        )
        assert groups.profiles(name) == ["web", "web"]
        return json.loads(file.read_text(encoding="utf-8"))

    first = kill("AKIAKILLEDROLLOUT0001")
    controller.module("launch_profile_attach", undo=first["attach_undo"]).succeeded()
    assert state_of(aws, groups, name, template) == before
    assert kill("AKIAKILLEDROLLOUT0002") == first
    rollout(**variables).succeeded()
    assert state_of(aws, groups, name, template) == (["web", "web"], "web")
    assert json.loads(file.read_text(encoding="utf-8")) == first
    controller.run("keyless.ec2.attach", "-e", f"@{file}").succeeded()
    assert state_of(aws, groups, name, template) == before


def with_prefix(variables):
    return {f"attach_{name}": value for name, value in variables.items()}


def dying(variables):
    """A use of the role that does not try again."""
    once = {"group/keyless.ec2.aws": {"aws_config": {"retries": {"total_max_attempts": 1}}}}
    return {"block": [use_of(variables)], "module_defaults": once}


def state_of(aws, groups, name, template):
    """What the members of a group have, and what the next one would have."""
    launched = groups.versions(template)[groups.default(template)]["IamInstanceProfile"]["Name"]
    return groups.profiles(name), launched.rsplit("/", 1)[-1]


@pytest.fixture(name="hosts")
def _hosts(aws, tmp_path):
    """Four instances: two are hosts that can be asked, one can't be reached, and one is in no inventory; the options for both."""
    ids = aws.run_instances(4)

    def hosts(second):
        """The second host is asked about that instance."""
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        rows = {
            "first": {**local, "instance_id": ids[0], "verify_endpoint": f"{aws.endpoint}/imds/{ids[0]}"},
            "second": {**local, "ec2_instance_id": ids[1], "verify_endpoint": f"{aws.endpoint}/imds/{second}"},
            "away": {"instance_id": ids[2], "ansible_host": "127.0.0.1", "ansible_port": 1},
        }
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": rows}}), encoding="utf-8")
        return "-i", str(inventory)

    return ids, hosts


def test_a_batch_is_good_when_its_hosts_prove_it(aws, rollout, hosts):
    """And one instance may fail, such as one that is not there."""
    ids, inventory = hosts
    asked = {"instance_ids": [NOBODY, *ids], "batches": "100%", "wait_timeout": "1", "not_found_timeout": "0"}
    refused = rollout(*inventory(ids[1]), **asked)
    assert refused.writes == []
    assert f"more instances would fail than attach_max_failures allows, which is 0: {NOBODY}: " in refused.output
    run = rollout(*inventory(ids[1]), max_failures="1", **asked).succeeded()
    assert profiles(aws, ids) == ["web"] * 4
    assert re.match("Batch 1 of 1: 4 instances; 0 of 4 done, 1 failed, ", *messages(run))
    assert messages(run, NO_PROOF) == [[f"No proof of {ids[3]}: not in the inventory.", f"No proof of {ids[2]}: there is no way to the host away"]]
    assert [row["action"] for row in run.of(DONE)["ansible_facts"]["attach_result"]["instances"]] == ["failed", *["associated"] * 4]


NOBODY = "i-0123456789abcdef9"
NO_PROOF = "keyless.ec2.attach : Tell of whom there is no proof"
DONE = "keyless.ec2.attach : Say what was done"


def test_a_host_that_does_not_prove_it_has_its_batch_put_back(aws, rollout, hosts):
    ids, inventory = hosts
    (other,) = aws.run_instances(1)
    run = rollout(*inventory(other), instance_ids=ids, batches="100%", wait_timeout="1")
    assert run.returncode == 2 and profiles(aws, ids) == [None] * 4
    told = run.of(STOPPED)["msg"]
    assert told.startswith("Batch 1 of 1 failed") and "second: " in told and "first: " not in told and "instances: 4 detached." in told
