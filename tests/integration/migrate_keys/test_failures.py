# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under any setting of Ansible, and whatever fails or is killed, a host ends as it was before or completely migrated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support import controller
from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host, ids
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

SUPPORT = Path(controller.__file__).parent
ROLES = SUPPORT.parents[2] / "roles"
SETTINGS = {
    "any_errors_fatal": {"any_errors_fatal": True},
    "max_fail_percentage": {"max_fail_percentage": 0},
    "both": {"any_errors_fatal": True, "max_fail_percentage": 0},
    "serial": {"serial": 2, "any_errors_fatal": True},
    "free": {"strategy": "free"},
}


@pytest.fixture(name="play")
def _play(tmp_path):
    """The path of a playbook that uses the role in a play with these keywords."""

    def play(**keywords):
        path = tmp_path / "play.yml"
        role = {"role": "keyless.ec2.migrate_keys"}
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "roles": [role], **keywords}]), encoding="utf-8")
        return str(path)

    return play


@pytest.fixture(name="two_hosts")
def _two_hosts(aws, make_key, tmp_path, request):
    """Two hosts with another instance profile, and their states."""
    aws.make_profile("former")
    hosts = [Host(aws, tmp_path / name, name, [make_key(f"{name}-{abs(hash(request.node.name))}")]) for name in "ab"]
    for host in hosts:
        aws.ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "former"}, InstanceId=host.instance_id)
    return hosts, [host.snapshot() for host in hosts]


def is_migrated(host):
    return "home/app/.aws/credentials" not in host.names() and host.aws.profile_of(host.instance_id) == "app"


@pytest.mark.parametrize("setting", table(SETTINGS, ["both", "free"]))
def test_each_host_is_as_before_or_migrated(aws, make_key, migrate, play, tmp_path, setting):
    key = make_key(f"settings-{setting}")
    hosts = [Host(aws, tmp_path / name, name, [key]) for name in "abc"]
    before = [host.snapshot() for host in hosts]
    run = migrate(hosts, playbook=play(**SETTINGS[setting]), own={"b": {"migrate_keys_check": "false"}})
    assert run.returncode == 2
    assert hosts[1].snapshot() == before[1], run.output
    for host, state in zip(hosts, before):
        assert is_migrated(host) or host.snapshot() == state, run.output
    assert "As before: b" in run.output and "ansible_failed_task" not in run.output


@pytest.mark.exhaustive
def test_a_play_that_runs_once_migrates_the_first_host_and_deactivates_nothing(aws, make_key, status, migrate, play, tmp_path):
    """The other hosts were not searched, although Ansible copies the first one's result to them."""
    key = make_key("once")
    hosts = [Host(aws, tmp_path / name, name, [key]) for name in "ab"]
    before = hosts[1].snapshot()
    run = migrate(hosts, playbook=play(run_once=True), migrate_keys_deactivate=ids(key))
    assert is_migrated(hosts[0]) and hosts[1].snapshot() == before, run.output
    assert status(key) == "Active" and "these hosts of the play have not reported: b" in run.output


def names_of(file):
    """The names of the tasks in a file of the role that run something themselves."""

    def tasks(entries):
        for entry in entries:
            if "block" in entry:
                yield from tasks(entry["block"])
            elif not any(key.startswith(("ansible.builtin.include", "ansible.builtin.import")) for key in entry):
                yield entry["name"]

    return list(dict.fromkeys(tasks(yaml.safe_load((ROLES / file).read_text(encoding="utf-8")))))


TASKS = [f"keyless.ec2.migrate_keys : {name}" for name in names_of("migrate_keys/tasks/main.yml")[2:-1]]
TASKS += [f"keyless.ec2.verify : {name}" for name in [*names_of("verify/tasks/identity.yml"), *names_of("verify/tasks/check.yml")]]
RESCUE = [f"keyless.ec2.migrate_keys : {name}" for name in names_of("migrate_keys/tasks/put_back.yml")]
ATTACH = "keyless.ec2.migrate_keys : Attach the instance profile"
PUT_BACK = "keyless.ec2.migrate_keys : Put the files back"


def sabotage(mode, task, host="b"):
    return {"ANSIBLE_CALLBACKS_ENABLED": "record,sabotage", "KEYLESS_SABOTAGE": json.dumps({"mode": mode, "task": task, "host": host})}


@pytest.mark.parametrize(
    "mode, task", table([(mode, task) for task in [*TASKS, *RESCUE] for mode in ("before", "after")], [("after", ATTACH), ("before", PUT_BACK)])
)
def test_whatever_fails_the_host_is_as_before_or_the_next_run_puts_it_back(two_hosts, migrate, play, mode, task):
    (first, second), before = two_hosts
    variables = {"migrate_keys_on_conflict": "replace", "migrate_keys_restart": "true"}
    own = {"b": {"migrate_keys_check": "false"}} if task in RESCUE else {"b": {"migrate_keys_check": "true"}}
    run = migrate([first, second], playbook=play(any_errors_fatal=True), own=own, environment=sabotage(mode, task), **variables)
    assert is_migrated(first), run.output
    if is_migrated(second):
        assert task not in RESCUE
        return
    assert run.returncode == 2
    if second.snapshot() != before[1]:
        assert task in RESCUE, run.output
        assert "Not completely as before: b" in run.output or "No result: b" in run.output
        migrate([second], own={"b": {"migrate_keys_check": "false"}}, **variables)
    assert second.snapshot() == before[1]


@pytest.mark.parametrize("task", table(TASKS, [ATTACH]))
@pytest.mark.parametrize("ends_well", table([False, True], [False]))
def test_a_run_that_is_killed_after_any_task_is_undone_or_continued(two_hosts, migrate, task, ends_well):
    (first, _second), (before, _other) = two_hosts
    killed = migrate([first], environment=sabotage("kill", task), migrate_keys_on_conflict="replace", migrate_keys_restart="true")
    assert killed.returncode != 0
    run = migrate([first], migrate_keys_on_conflict="replace", migrate_keys_check="true" if ends_well else "false")
    assert run.returncode == (0 if ends_well else 2), run.output
    assert is_migrated(first) if ends_well else first.snapshot() == before, run.output


@pytest.mark.parametrize("end, state", table([("true", "No result: b"), ("false", "Not completely as before: b")], [("false", "Not completely as before: b")]))
def test_a_host_that_goes_away_is_put_back_by_the_next_run(two_hosts, migrate, play, tmp_path, end, state):
    (first, second), before = two_hosts
    away = tmp_path / "away"
    environment = {"ANSIBLE_CONNECTION_PLUGINS": str(SUPPORT / "connections"), "KEYLESS_AWAY": str(away)}
    leaves = {"migrate_keys_check": f"sh -c 'touch {away}; {end}'", "ansible_connection": "leaving"}
    run = migrate(
        [first, second],
        playbook=play(any_errors_fatal=True),
        own={"b": leaves},
        environment=environment,
        migrate_keys_on_conflict="replace",
    )
    assert run.returncode != 0 and is_migrated(first), run.output
    assert state in run.output
    assert first.aws.profile_of(second.instance_id) == "app", "its application has no keys"
    away.unlink()
    migrate([second], migrate_keys_on_conflict="replace", migrate_keys_check="false")
    assert second.snapshot() == before[1]
