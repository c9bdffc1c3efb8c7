# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""require_imdsv2 under any setting of Ansible, and whatever fails: each host has changed all of its instances or none, or says how to undo it."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.failures import MODES, SETTINGS, leaving, sabotage, tasks_of, write_play
from ansible_collections.keyless.ec2.tests.integration.support.groups import Groups
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL

ROLE = "require_imdsv2"
OLD = 20  # days
FATAL = {"any_errors_fatal": True, "max_fail_percentage": 0}
BEFORE, DONE = ["optional"] * 3, ["required"] * 3
STOPPED = f"keyless.ec2.{ROLE} : Stop the rollout"
SICK = "- ansible.builtin.fail:\n    msg: Sick\n  when: inventory_hostname == 'b' and require_imdsv2_batch.number == 2\n"
LEAVES = "- ansible.builtin.file:\n    path: '{{ lookup(\"ansible.builtin.env\", \"KEYLESS_AWAY\") }}'\n    state: touch\n    mode: '0600'\n"
LEAVES += "  delegate_to: localhost\n  when: inventory_hostname == 'b' and require_imdsv2_batch.number == %d\n"


class Estate:
    """Hosts of a play that each change two instances, one after the other, and then a launch template."""

    def __init__(self, aws, controller, folder, hosts):
        aws.reset()
        self._groups = Groups(aws)
        self.templates = {host: self._groups.template(None, MetadataOptions={"HttpTokens": "optional"}) for host in hosts}
        self._aws, self._controller, self._folder = aws, controller, folder
        ids = aws.run_instances_earlier(OLD, 2 * len(hosts))
        self.ids = {host: ids[2 * number : 2 * number + 2] for number, host in enumerate(hosts)}

    def run(self, health="", environment=None, own=None, limit="all", **keywords):
        """Runs a play with these tasks as its health check."""
        (self._folder / "health.yml").write_text(health or "[]\n", encoding="utf-8")
        rows = {host: {**self._variables(host), **(own or {}).get(host, {})} for host in self.ids}
        inventory = self._folder / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": rows, "vars": LOCAL}}), encoding="utf-8")
        playbook = write_play(self._folder / "play.yml", ROLE, **keywords)
        return self._controller.run("-i", str(inventory), "--limit", limit, playbook, **(environment or {}))

    def _variables(self, host):
        first = self.ids[host][0]
        variables = {
            "instance_ids": self.ids[host],
            "launch_templates": [self.templates[host]],
            "batches": 1,
            "wait_timeout": 60,
            "undo_file": str(self.file(host)),
            "health_check": str(self._folder / "health.yml"),
        }
        proof = {"instance_id": first, "verify_endpoint": f"{self._aws.endpoint}/imds/{first}"}
        return {**proof, **{f"{ROLE}_{name}": value for name, value in variables.items()}}

    def file(self, host):
        """Its undo manifest."""
        return self._folder / f"{host}.json"

    def tokens(self, host):
        template = self.templates[host]
        launched = self._groups.versions(template)[self._groups.default(template)]["MetadataOptions"]["HttpTokens"]
        return [*(self._aws.metadata_options(each)["HttpTokens"] for each in self.ids[host]), launched]

    def state(self):
        return [self.tokens(host) for host in self.ids]


@pytest.fixture(name="estate")
def _estate(aws, controller, tmp_path):
    return Estate(aws, controller, tmp_path, "abc")


@pytest.fixture(name="two_hosts")
def _two_hosts(aws, controller, tmp_path):
    return Estate(aws, controller, tmp_path, "ab")


def check_undo(estate, host, message):
    """The message says that the host's changes remain, and names the file that undoes them."""
    assert "Some changes could not be rolled back." in message and f"-e require_imdsv2_manifest={estate.file(host)}" in message


def test_each_host_rolls_back_for_itself_although_errors_are_fatal(aws, controller, tmp_path):
    """The second batch of two hosts is unhealthy, and the rollback of one of them fails.  The last one goes away before its second batch."""
    estate, away = Estate(aws, controller, tmp_path, "abcd"), tmp_path / "away"
    leaves, connection = leaving(away)
    health = SICK.replace("== 'b'", "in ['b', 'c']") + LEAVES.replace("'b'", "'d'") % 1
    environment = {**leaves, **sabotage("before", f"keyless.ec2.{ROLE} : Roll back", "c")}
    run = estate.run(health, environment, own={"d": connection}, **FATAL)
    assert run.returncode != 0 and "ansible_failed_task" not in run.output and "The host has gone away." in run.output
    check_rolled_back(run)
    assert estate.tokens("a") == DONE and estate.tokens("b") == BEFORE
    assert estate.tokens("c") not in (BEFORE, DONE)
    for host in "cd":
        check_undo(estate, host, run.of(STOPPED, host)["msg"])
    away.unlink()
    estate.run(limit="d").succeeded()
    assert estate.tokens("d") == DONE


@pytest.mark.exhaustive
@pytest.mark.parametrize("keywords", SETTINGS)
def test_the_other_hosts_are_changed_completely_or_not_at_all(estate, keywords):
    the_unhealthy_host_rolls_back(estate, keywords)
    estate.run(**keywords).succeeded()
    assert estate.state() == [DONE] * 3


def the_unhealthy_host_rolls_back(estate, keywords):
    """The second batch of the second host is unhealthy."""
    run = estate.run(SICK, **keywords)
    assert run.returncode == 2 and "ansible_failed_task" not in run.output
    check_rolled_back(run)
    assert estate.tokens("b") == BEFORE and estate.tokens("a") == DONE and estate.tokens("c") in (BEFORE, DONE)


# Names of tasks of a batch as Ansible prints them
def check_rolled_back(run):
    message = run.of(STOPPED, "b")["msg"]
    assert "Batch 2 of 2 failed" in message and "Sick" in message and "All changes were rolled back." in message


FILES = ("main", "plan", "instances", "batch", "launch_sources", "next_instances", "in_batches", "roll_back")
NAMES = [name for file in FILES for name in tasks_of(ROLE, file)]
STEP = "{{ __require_imdsv2_step }}"
STEPS = {"instances": ("plan", "batch 1 of 2", "batch 2 of 2"), "next instances": ("plan", "all")}


def steps_of(name):
    return next((steps for what, steps in STEPS.items() if STEP in name and what in name), ("",))


TASKS = [name.replace(STEP, step) for name in NAMES for step in steps_of(name)]
# Without a rollback, and with one whose own tasks fail
CASES = [(mode, task.split(" : ")[1], health) for task in TASKS for mode in MODES for health in ("healthy", "sick")]


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode, task, health", CASES)
def test_whatever_fails_the_host_is_as_before_or_done_or_says_how_to_undo_it(two_hosts, mode, task, health):
    """On the first host; the others go on."""
    unhealthy = SICK.replace("'b'", "'a'") if health == "sick" else ""
    run = two_hosts.run(unhealthy, sabotage(mode, f"keyless.ec2.{ROLE} : {task}", "a"), **FATAL)
    assert "ansible_failed_task" not in run.output
    assert all(tokens in (BEFORE, DONE) for tokens in two_hosts.state()[1:])
    if run.returncode == 0:  # a task that had nothing to do, or may fail
        assert two_hosts.state() == [DONE] * 2
        return
    assert run.returncode == 2
    if two_hosts.tokens("a") not in (BEFORE, DONE):
        check_undo(two_hosts, "a", run.of(STOPPED, "a")["msg"])


@pytest.mark.exhaustive
def test_a_play_that_runs_once_changes_the_instances_of_the_first_host_only(estate):
    estate.run(run_once=True).succeeded()
    assert estate.state() == [DONE, BEFORE, BEFORE]


@pytest.mark.exhaustive
def test_a_play_that_runs_once_is_rolled_back(estate):
    run = estate.run(SICK.replace("'b'", "'a'"), run_once=True)
    assert run.returncode == 2 and estate.state() == [BEFORE] * 3
    assert "All changes were rolled back." in run.of(STOPPED, "a")["msg"]


# At the end of a batch
@pytest.mark.exhaustive
@pytest.mark.parametrize("batch", [0, 1, 2])
def test_a_host_that_goes_away_says_how_to_undo_its_changes(two_hosts, tmp_path, batch):
    """Before the plan, before the second batch, or before the rollback of the second batch."""
    away = tmp_path / "away"
    environment, connection = leaving(away)
    if not batch:
        away.touch()
    gone = two_hosts.run(LEAVES % batch + (SICK if batch == 2 else ""), environment, own={"b": connection}, **FATAL)
    assert gone.returncode != 0 and "The host has gone away." in gone.output
    assert two_hosts.tokens("a") in (BEFORE, DONE)
    if batch:
        check_undo(two_hosts, "b", gone.of(STOPPED, "b")["msg"])
    else:
        assert two_hosts.tokens("b") == BEFORE
    away.unlink()
    two_hosts.run().succeeded()
    assert two_hosts.state() == [DONE] * 2
