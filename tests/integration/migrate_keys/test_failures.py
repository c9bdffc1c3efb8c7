# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under any setting of Ansible, and whatever fails or is killed, a host ends as it was before or completely migrated."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.failures import MODES, SETTINGS, leaving, sabotage, tasks_of, write_play
from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host, ids


@pytest.fixture(scope="module", autouse=True)
def _former_profile(aws):
    aws.make_profile("former")


@pytest.fixture(name="play")
def _play(tmp_path):
    """The path of a playbook that uses the role in a play with these keywords."""

    def play(**keywords):
        return write_play(tmp_path / "play.yml", "migrate_keys", **keywords)

    return play


@pytest.fixture(name="two_hosts")
def _two_hosts(aws, make_key, tmp_path, request):
    """Two hosts with another instance profile, and their states."""
    number = abs(hash(request.node.name))
    hosts = [Host(aws, tmp_path / name, name, [make_key(f"{name}-{number}")]) for name in "ab"]
    for host in hosts:
        aws.ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "former"}, InstanceId=host.instance_id)
    return hosts, [host.snapshot() for host in hosts]


ASIDE = "home/app/.aws/.keyless.credentials.keyless-aside"


def is_migrated(host):
    file = host.root / "home/app/.aws/credentials"
    has_key = file.exists() and "aws_secret_access_key" in file.read_text(encoding="utf-8")
    return not has_key and host.aws.profile_of(host.instance_id) == "app"


@pytest.fixture(name="fails_on_b")
def _fails_on_b(aws, make_key, migrate, play, tmp_path):
    """Checks a run on three hosts, of which the second fails at its last step, with these settings of the play."""

    def fails_on_b(**keywords):
        key = make_key("-".join(keywords))
        hosts = [Host(aws, tmp_path / name, name, [key]) for name in "abc"]
        before = [host.snapshot() for host in hosts]
        run = migrate(hosts, playbook=play(**keywords), own={"b": {"migrate_keys_check": "false"}})
        assert run.returncode == 2
        assert hosts[1].snapshot() == before[1], run.output
        for host, state in zip(hosts, before):
            assert is_migrated(host) or host.snapshot() == state, run.output
        assert "As before: b" in run.output and "ansible_failed_task" not in run.output

    return fails_on_b


@pytest.mark.exhaustive
@pytest.mark.parametrize("keywords", SETTINGS, ids="-".join)
def test_each_host_is_as_before_or_migrated_with_other_settings(fails_on_b, keywords):
    fails_on_b(**keywords)


@pytest.mark.exhaustive
def test_a_play_that_runs_once_migrates_the_first_host_and_deactivates_nothing(aws, make_key, status, migrate, play, tmp_path):
    """The other hosts were not searched, although Ansible copies the first one's result to them."""
    key = make_key("once")
    hosts = [Host(aws, tmp_path / name, name, [key]) for name in "ab"]
    before = hosts[1].snapshot()
    run = migrate(hosts, playbook=play(run_once=True), migrate_keys_deactivate=ids(key))
    assert is_migrated(hosts[0]) and hosts[1].snapshot() == before, run.output
    assert status(key) == "Active" and "these hosts of the play have not reported: b" in run.output


ATTACH = "keyless.ec2.migrate_keys : Attach the instance profile"
FAILED = "keyless.ec2.migrate_keys : Fail if the host was put back, or a key could not be deactivated"
# Each fails at another step: variables of the host, and what its message says
FAILING = {
    "unknown-profile": ({"profile": "nobody"}, "there is no instance profile 'nobody'"),
    "restart": ({"migrate_keys_restart": "false"}, "the application does not start again"),
    # Its metadata service answers only as long as it has its keys.
    "role": ({"migrate_keys_endpoint": "{{ 'http://127.0.0.1:1' if aside is exists else working }}"}, "metadata"),
    "check": ({"migrate_keys_check": "false"}, "Check the application"),
}


def test_each_host_is_as_before_or_migrated_although_any_error_is_fatal(aws, make_key, status, migrate, play, tmp_path):
    """A run on one of them was killed after its first change, and one goes away and is put back by the next run."""
    key, away = make_key("failing"), tmp_path / "gone"
    hosts = {name: Host(aws, tmp_path / name, name, [key]) for name in (*FAILING, "away", "fine")}
    for host in hosts.values():
        aws.ec2.associate_iam_instance_profile(IamInstanceProfile={"Name": "former"}, InstanceId=host.instance_id)
    before = {name: host.snapshot() for name, host in hosts.items()}
    former = {"migrate_keys_on_conflict": "replace", "migrate_keys_former_profiles": ["former"]}
    assert migrate([hosts["restart"]], environment=sabotage("kill", ATTACH, "restart"), **former).returncode != 0
    environment, connection = leaving(away)
    own = {name: {"profile": "app", **variables} for name, (variables, _says) in FAILING.items()}
    own["role"].update(working=hosts["role"].variables["migrate_keys_endpoint"], aside=str(hosts["role"].root / ASIDE))
    own["away"] = {"profile": "app", "migrate_keys_check": f"sh -c 'touch {away}; false'", **connection}
    own["fine"] = {"profile": "app"}
    options = {**former, "migrate_keys_instance_profile": "{{ profile }}", "migrate_keys_wait_timeout": 1, "migrate_keys_deactivate": ids(key)}
    fatal = play(any_errors_fatal=True, max_fail_percentage=0)
    run = migrate(list(hosts.values()), own=own, playbook=fatal, environment=environment, **options)
    assert run.returncode != 0 and "ansible_failed_task" not in run.output and is_migrated(hosts["fine"]), run.output
    for name, (_variables, says) in FAILING.items():
        message = run.of(FAILED, name)["msg"]
        assert "The host keeps its keys" in message and says in message, run.output
        assert hosts[name].snapshot() == before[name], name
    assert "As before: unknown-profile, restart, role, check." in run.output and "Not completely as before: away." in run.output
    assert aws.profile_of(hosts["away"].instance_id) == "app", "its application has no keys"
    assert status(key) == "Active"
    away.unlink()
    assert migrate([hosts["away"]], migrate_keys_check="false", **former).returncode == 2
    assert hosts["away"].snapshot() == before["away"]


TASKS = tasks_of("migrate_keys")[3:]  # those after the check of the variables
TASKS += [*tasks_of("verify", "identity"), *tasks_of("verify", "check")]
RESCUE = tasks_of("migrate_keys", "put_back")


@pytest.mark.exhaustive
@pytest.mark.parametrize("task", [*TASKS, *RESCUE])
@pytest.mark.parametrize("mode", MODES)
def test_whatever_fails_the_host_is_as_before_or_the_next_run_puts_it_back(two_hosts, migrate, play, mode, task):
    (first, second), before = two_hosts
    variables = {"migrate_keys_on_conflict": "replace", "migrate_keys_former_profiles": ["former"], "migrate_keys_restart": "true"}
    own = {"b": {"migrate_keys_check": "false"}} if task in RESCUE else {"b": {"migrate_keys_check": "true"}}
    run = migrate([first, second], playbook=play(any_errors_fatal=True), own=own, environment=sabotage(mode, task), **variables)
    assert is_migrated(first), run.output
    if is_migrated(second) and task not in RESCUE:
        return
    assert run.returncode == 2
    if second.snapshot() != before[1]:
        assert task in RESCUE, run.output
        assert "Not completely as before: b" in run.output or "No result: b" in run.output
        migrate([second], own={"b": {"migrate_keys_check": "false"}}, **variables)
    assert second.snapshot() == before[1]


@pytest.fixture(name="is_killed")
def _is_killed(two_hosts, migrate):
    """Checks that a run after one that was killed after this task migrates the host, or puts it back."""

    def is_killed(task, ends_well):
        (host, _second), (before, _other) = two_hosts
        killed = migrate([host], environment=sabotage("kill", task), migrate_keys_on_conflict="replace", migrate_keys_restart="true")
        assert killed.returncode != 0
        named = {"migrate_keys_on_conflict": "replace", "migrate_keys_former_profiles": ["former"]}
        run = migrate([host], migrate_keys_check="true" if ends_well else "false", **named)
        assert run.returncode == (0 if ends_well else 2), run.output
        # Without its rollback file, the host is migrated, and what a later run does not change it does not put back.
        is_done = task.endswith((" : Delete the rollback file", " : Return the result"))
        assert is_migrated(host) if ends_well or is_done else host.snapshot() == before, run.output

    return is_killed


@pytest.mark.exhaustive
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("ends_well", [False, True])
def test_a_run_that_is_killed_after_any_task_is_undone_or_continued(is_killed, task, ends_well):
    is_killed(task, ends_well)


@pytest.fixture(name="goes_away")
def _goes_away(two_hosts, migrate, play, tmp_path):
    """Checks a run in which a host goes away during its check, which ends like this, and the next one."""

    def goes_away(end, state):
        (first, second), before = two_hosts
        away = tmp_path / "away"
        environment, connection = leaving(away)
        own = {"b": {"migrate_keys_check": f"sh -c 'touch {away}; {end}'", **connection}}
        fatal = play(any_errors_fatal=True)
        run = migrate([first, second], playbook=fatal, own=own, environment=environment, migrate_keys_on_conflict="replace")
        assert run.returncode != 0 and is_migrated(first), run.output
        assert state in run.output
        assert first.aws.profile_of(second.instance_id) == "app", "its application has no keys"
        away.unlink()
        migrate([second], migrate_keys_on_conflict="replace", migrate_keys_former_profiles=["former"], migrate_keys_check="false")
        assert second.snapshot() == before[1]

    return goes_away


@pytest.mark.exhaustive
@pytest.mark.parametrize("end, state", [("true", "No result: b"), ("false", "Not completely as before: b")])
def test_a_host_that_goes_away_is_put_back_by_the_next_run(goes_away, end, state):
    goes_away(end, state)
