# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role attach in batches: a bad canary stops the rollout, and its changes are rolled back."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.failures import MODES, leaving, sabotage, tasks_of

ASSOCIATE, REPLACE = "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"
PROGRESS = "keyless.ec2.attach : Show the progress"
PLAN = "keyless.ec2.attach : Check the plan"
ARTIFACT = "keyless.ec2.attach : Pass the undo manifest to the next job of the workflow"
STOPPED = "keyless.ec2.attach : Stop the rollout"
DONE = "keyless.ec2.attach : Set the results"
REPORT = "keyless.ec2.attach : Report the result"
BATCH_CHECK = "keyless.ec2.attach : Check the batch"
NOBODY = "i-0123456789abcdef9"
# That the role prints; each costs every user time and a line
TASKS, TASKS_PER_BATCH = 18, 7


@pytest.fixture(name="rollout")
def _rollout(controller, groups):  # pylint: disable=unused-argument  # the profiles come with the groups
    def rollout(*arguments, environment=None, **variables):
        given = with_prefix({"instance_profile": "web", **variables})
        return controller.run(*arguments, "keyless.ec2.attach", variables=given, **(environment or {}))

    return rollout


def profiles(aws, ids):
    return [aws.profile_of(each) for each in ids]


def messages(run, task=PROGRESS):
    return [each["result"].get("msg") for each in run.results if each["task"] == task and each["status"] == "ok"]


def artifact(run):
    (stats,) = [each["result"]["ansible_stats"] for each in run.results if each["task"] == ARTIFACT and each["status"] == "ok"]
    assert (stats["per_host"], stats["aggregate"]) == (False, True)
    return json.loads(stats["data"]["attach_undo_manifest"])


def test_members_and_selected_instances_are_changed_in_batches_and_groups_come_last(aws, groups, rollout, tmp_path):
    """All variables are text, as from a survey.  Check mode comes first, and a second run at the end."""
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
    assert messages(check, PLAN) == [
        [f"Batch 1 of 3: {members[0]}", f"Batch 2 of 3: {members[1]}, {sorted(alone)[0]}", f"Batch 3 of 3: {sorted(alone)[1]}"]
    ]
    run = rollout(**variables).succeeded()
    assert messages(check, REPORT) == ["2 to attach, 2 to replace, 1 group to update."]
    assert messages(run, REPORT) == ["2 attached, 2 replaced, 1 group updated."]
    assert len(run.results) <= TASKS + 3 * TASKS_PER_BATCH
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


def test_an_unhealthy_canary_is_rolled_back_and_nothing_else_is_changed(aws, groups, rollout, tmp_path):
    name = groups.group(groups.template(), size=3)
    members = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
    source, file = groups.shown(name)["LaunchTemplate"], tmp_path / "undo of today.json"
    check = tmp_path / "healthy.yml"
    check.write_text("- ansible.builtin.fail:\n    msg: '{{ attach_batch | to_json }} is unhealthy'\n", encoding="utf-8")
    run = rollout(auto_scaling_groups=[name], batches=[1, "50%"], health_check=str(check), undo_file=str(file))
    assert run.returncode == 2
    assert [(call["operation"], call["parameters"].get("IamInstanceProfile", {}).get("Arn", "").rsplit("/")[-1]) for call in run.writes] == [
        (REPLACE, "web"),
        (REPLACE, "old"),
    ]
    assert profiles(aws, members) == ["old"] * 3 and groups.shown(name)["LaunchTemplate"] == source
    message = run.of(STOPPED)["msg"]
    batch = {"number": 1, "of": 3, "instance_ids": members[:1]}
    assert message.startswith("Batch 1 of 3 failed, and the rollout was stopped.") and f"{json.dumps(batch)} is unhealthy." in message
    assert "All changes were rolled back. 1 instance replaced." in message and message.endswith(f"The undo manifest is in this file:\n{file}")
    assert run.of(DONE)["ansible_facts"]["attach_undo_manifest"] == {}


def test_groups_are_rolled_back_with_the_instances(aws, groups, rollout):
    name = groups.group(groups.template())
    (member,) = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
    aws.fail("UpdateAutoScalingGroup", "AccessDenied", count=1)
    run = rollout(auto_scaling_groups=[name], batches=1, verify="no")
    message = run.of(STOPPED)["msg"]
    assert message.startswith("The update of groups and launch templates failed") and "Allow autoscaling:UpdateAutoScalingGroup" in message
    assert "CreateLaunchTemplateVersion" in [call["operation"] for call in run.writes]
    assert profiles(aws, [member]) == ["old"] and groups.replace_one(name) == "old"


@pytest.mark.usefixtures("groups")
def test_too_many_failures_are_rolled_back(aws, controller, tmp_path):
    """A first run finds a file that is not a manifest, and changes neither it nor AWS."""
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
    assert aws.clear_faults() == []
    (refused,) = (each["result"]["msg"] for each in run.results if each["task"] == PLAN and each["status"] == "failed")
    message = run.of(STOPPED)["msg"]
    assert refused.startswith(f"attach_undo_file: {other} already exists and is not an undo manifest") and other.read_text(encoding="utf-8") == "[]"
    assert [call["operation"] for call in run.writes] == [*[ASSOCIATE] * 3, "DisassociateIamInstanceProfile"]
    assert profiles(aws, ids) == [None] * 3
    assert message.startswith("Batch 3 of 3 failed") and "2 failed, but attach_max_failures is 1: " in message
    assert all(f"{each}: " in message for each in ids[1:]) and message.endswith("The undo manifest is the artifact attach_undo_manifest.")
    assert artifact(run) == {**HERE, "instances": dict.fromkeys(ids)}


@pytest.mark.exhaustive
def test_a_large_batch_that_fails_makes_little_output(aws, rollout):
    ids = aws.run_instances(48)
    aws.fail(ASSOCIATE, "UnauthorizedOperation", count=47, after=1)
    run = rollout(instance_ids=ids, batches="100%", verify=False)
    message = run.of(STOPPED)["msg"]
    assert "47 failed, but attach_max_failures is 0: " in message and "; and 44 more." in message
    assert profiles(aws, ids) == [None] * 48 and len(run.output) < 15_000, run.output


def use_of(variables):
    return {"ansible.builtin.include_role": {"name": "keyless.ec2.attach"}, "vars": variables}


def test_a_killed_run_leaves_its_manifest_and_can_be_repeated(aws, groups, controller, rollout, tmp_path):
    """The manifest keeps the original state, whatever a later run finds."""
    template = groups.template()
    name = groups.group(template, "$Default", size=2)
    file = tmp_path / "undo.json"
    variables = {"auto_scaling_groups": name, "batches": "1", "undo_file": str(file), "region": REGION}
    before = state_of(aws, groups, name, template)

    def kill(key):
        """After both members and the template's new version, before it becomes the default."""
        aws.kill_after(3, key)
        killed = controller.play([dying({"attach_instance_profile": "web", **with_prefix(variables)})], AWS_ACCESS_KEY_ID=key)
        aws.clear_faults()
        message = killed.of(STOPPED)["msg"]
        assert "Some changes could not be rolled back." in message
        assert f"by hand:\nansible-playbook keyless.ec2.attach -e attach_region={REGION} -e attach_manifest={file}" in message
        assert groups.profiles(name) == ["web", "web"]
        return json.loads(file.read_text(encoding="utf-8"))

    first = kill("AKIAKILLEDROLLOUT0001")
    rollout(**variables).succeeded()
    assert state_of(aws, groups, name, template) == (["web", "web"], "web")
    assert json.loads(file.read_text(encoding="utf-8")) == first
    controller.run("keyless.ec2.attach", "-e", f"attach_manifest={file}").succeeded()
    assert state_of(aws, groups, name, template) == before


def with_prefix(variables):
    return {f"attach_{name}": value for name, value in variables.items()}


def dying(variables):
    """A use of the role without retries."""
    once = {"group/keyless.ec2.aws": {"aws_config": {"retries": {"total_max_attempts": 1}}}}
    return {"block": [use_of(variables)], "module_defaults": once}


def state_of(aws, groups, name, template):
    """The instance profiles of a group's members, and that of the next one."""
    launched = groups.versions(template)[groups.default(template)]["IamInstanceProfile"]["Name"]
    return groups.profiles(name), launched.rsplit("/", 1)[-1]


@pytest.fixture(name="hosts")
def _hosts(aws, tmp_path):
    """Four instances: two are reachable hosts, one is an unreachable host, and one is not in the inventory."""
    ids = aws.run_instances(4)

    def hosts(second):
        """The arguments with an inventory in which the second host answers for that instance."""
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


def test_a_batch_is_good_if_its_hosts_have_the_profile(aws, rollout, hosts):
    """One instance may fail, here one that does not exist."""
    ids, inventory = hosts
    asked = {"instance_ids": [NOBODY, *ids], "batches": "100%", "wait_timeout": "1", "not_found_timeout": "0"}
    refused = rollout(*inventory(ids[1]), **asked)
    assert refused.writes == []
    assert f"1 instance would fail and attach_max_failures is 0: {NOBODY}: " in refused.output
    run = rollout(*inventory(ids[1]), max_failures="1", **asked).succeeded()
    assert profiles(aws, ids) == ["web"] * 4
    assert re.match("Batch 1 of 1: 4 instances; 0 of 4 done, 1 failed, ", *messages(run))
    assert messages(run, BATCH_CHECK) == [[f"Not verified: {ids[3]} (not in the inventory).", f"Not verified: {ids[2]} (host away is unreachable)."]]
    assert [row["action"] for row in run.of(DONE)["ansible_facts"]["attach_result"]["instances"]] == ["failed", *["associated"] * 4]


def test_a_host_without_the_profile_rolls_back_its_batch(aws, rollout, hosts):
    ids, inventory = hosts
    (other,) = aws.run_instances(1)
    run = rollout(*inventory(other), instance_ids=ids, batches="100%", wait_timeout="1")
    assert run.returncode == 2 and profiles(aws, ids) == [None] * 4
    message = run.of(STOPPED)["msg"]
    assert message.startswith("Batch 1 of 1 failed") and "second: " in message and "first: " not in message and "4 instances detached." in message


@pytest.mark.exhaustive
def test_the_health_check_of_the_readme_rolls_back_if_a_host_cannot_be_reached(aws, rollout, tmp_path):
    readme = (Path(__file__).resolve().parents[2] / "roles" / "attach" / "README.md").read_text(encoding="utf-8")
    (example,) = [each for each in re.findall("```yaml\n(.*?)```", readme, re.DOTALL) if "ignore_unreachable" in each]
    check, inventory, file = tmp_path / "healthy.yml", tmp_path / "inventory.yml", tmp_path / "undo.json"
    check.write_text(example, encoding="utf-8")
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"web1": {"ansible_host": "127.0.0.1", "ansible_port": 1}}}}), encoding="utf-8")
    ids = aws.run_instances(2)
    run = rollout("-i", str(inventory), instance_ids=ids, batches=1, verify=False, health_check=str(check), undo_file=str(file))
    assert run.returncode == 2 and profiles(aws, ids) == [None, None], run.output
    assert "Batch 1 of 2 failed" in run.of(STOPPED)["msg"] and "All changes were rolled back." in run.of(STOPPED)["msg"]
    assert any(f"attach_manifest={file}" in line for line in messages(run, PLAN)[0])


# The instance of the first host is unhealthy, and the third host goes away after its first batch.
HEALTH = """\
- ansible.builtin.fail:
    msg: unhealthy
  when: inventory_hostname == 'a'
- ansible.builtin.file:
    path: "{{ lookup('ansible.builtin.env', 'KEYLESS_AWAY') }}"
    state: touch
    mode: "0600"
  delegate_to: localhost
  when: inventory_hostname == 'c'
"""


@pytest.fixture(name="hosts_of_a_play")
def _hosts_of_a_play(aws, controller, groups, tmp_path):  # pylint: disable=unused-argument  # the profiles come with the groups
    """Runs a play with these keywords, in which three hosts change one, one and two instances; returns the run, and the ids of each."""

    def hosts_of_a_play(environment=None, **keywords):
        one, other, *two = aws.run_instances(4)
        ids = {"a": [one], "b": [other], "c": two}
        check, away = tmp_path / "healthy.yml", tmp_path / "away"
        check.write_text(HEALTH, encoding="utf-8")
        leaves, connection = leaving(away)
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        hosts = {name: {**local, "attach_instance_ids": each, "attach_undo_file": str(tmp_path / f"{name}.json")} for name, each in ids.items()}
        hosts["c"].update(connection)
        inventory, playbook = tmp_path / "inventory.yml", tmp_path / "play.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
        playbook.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": ["keyless.ec2.attach"], **keywords}]), encoding="utf-8")
        variables = with_prefix({"instance_profile": "web", "batches": 1, "verify": False, "health_check": str(check)})
        run = controller.run("-i", str(inventory), str(playbook), variables=variables, **leaves, **(environment or {}))
        assert run.returncode != 0 and "ansible_failed_task" not in run.output and profiles(aws, ids["a"]) == [None], run.output
        return run, ids

    return hosts_of_a_play


def gone(run, aws, ids, tmp_path):
    """The host that went away says that its first batch is left, and how to undo it."""
    message = run.of(STOPPED, "c")["msg"]
    assert profiles(aws, ids["c"]) == ["web", None]
    assert "Batch 2 of 2 failed" in message and "Some changes could not be rolled back." in message
    assert f"-e attach_manifest={tmp_path / 'c.json'}" in message


def test_each_host_of_a_play_rolls_back_its_own_rollout_although_any_error_is_fatal(aws, hosts_of_a_play, tmp_path):
    run, ids = hosts_of_a_play(any_errors_fatal=True, max_fail_percentage=0)
    assert profiles(aws, ids["b"]) == ["web"] and "All changes were rolled back." in run.of(STOPPED, "a")["msg"]
    gone(run, aws, ids, tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("task", ["", "Set the results", "Roll back"])
@pytest.mark.parametrize("keywords", [{"strategy": "free"}, {"serial": 1}, {"serial": 2, "max_fail_percentage": 0}], ids=str)
def test_each_host_of_a_play_rolls_back_its_own_rollout_with_other_settings(aws, hosts_of_a_play, tmp_path, keywords, task):
    """Also if the task of the rescue after the rollback fails, or the rollback itself after it has worked."""
    run, ids = hosts_of_a_play(sabotage("after", f"keyless.ec2.attach : {task}", "a") if task else None, **keywords)
    if "serial" not in keywords:
        assert profiles(aws, ids["b"]) == ["web"]
        gone(run, aws, ids, tmp_path)
    assert profiles(aws, ids["b"]) in (["web"], [None]) and profiles(aws, ids["c"]) in (["web", None], [None, None])


# The tasks of a batch and of its end, with the names that they have then
BATCH = [name.replace("{{ __attach_step }}", "batch 1 of 1") for name in (*tasks_of("attach", "batch"), *tasks_of("attach", "instances"))]
BATCH += [name.replace("{{ __attach_step }}", "all") for name in tasks_of("attach", "launch_sources")]
ROLL_BACK = "keyless.ec2.attach : Roll back"


@pytest.fixture(name="fails_in_a_batch")
def _fails_in_a_batch(aws, groups, rollout):
    """Checks a run in which this task fails."""

    def fails_in_a_batch(mode, task):
        ids = aws.run_instances(1)
        name = groups.group(groups.template(), size=0)
        source = groups.shown(name)["LaunchTemplate"]
        selected = {"instance_ids": ids, "auto_scaling_groups": [name]}
        run = rollout(**selected, batches=1, verify=False, environment=sabotage(mode, task, "localhost"))
        if run.returncode == 0:  # a task that had nothing to do, or may fail
            assert profiles(aws, ids) == ["web"]
            return
        assert run.returncode == 2 and profiles(aws, ids) == [None] and groups.shown(name)["LaunchTemplate"] == source, run.output
        assert re.search("All changes were rolled back.|Nothing had been changed.", run.of(STOPPED)["msg"])

    return fails_in_a_batch


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("task", BATCH)
def test_a_batch_is_rolled_back_whatever_fails(fails_in_a_batch, mode, task):
    fails_in_a_batch(mode, task)


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", MODES)
def test_a_rollback_that_fails_names_the_command_that_undoes_the_changes(aws, controller, groups, rollout, tmp_path, mode):  # pylint: disable=unused-argument
    ids = aws.run_instances(1)
    check, file = tmp_path / "healthy.yml", tmp_path / "undo.json"
    check.write_text("- ansible.builtin.fail:\n    msg: unhealthy\n", encoding="utf-8")
    variables = {"instance_ids": ids, "batches": 1, "verify": False, "health_check": str(check), "undo_file": str(file)}
    run = rollout(**variables, environment=sabotage(mode, ROLL_BACK, "localhost"))
    assert run.returncode == 2
    # failed_when is what makes it fail afterwards, so it has worked.
    if mode == "before":
        message = run.of(STOPPED)["msg"]
        assert profiles(aws, ids) == ["web"] and "Some changes could not be rolled back." in message and f"={file}" in message
        controller.run("keyless.ec2.attach", "-e", f"attach_manifest={file}").succeeded()
    assert profiles(aws, ids) == [None], run.output
