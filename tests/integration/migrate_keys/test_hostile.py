# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of a host can't have the keys of others deactivated."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL, Host, exports, ids

# Any user can write it next to the id of somebody else's key.
FORGED = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c"


def test_one_run_with_many_keys(aws, make_key, status, migrate, tmp_path):
    """Each key stays active for another reason, except for two that are deactivated."""
    names = ("by-id", "by-user", "unnamed", "shared", "stuck", "bad", "run", "id-only", "id-of-user", "id-aside", "id-hidden", "forged")
    keys = {name: make_key(name) for name in names}
    gone = [keys[name] for name in ("by-id", "by-user", "unnamed", "shared", "run")]
    well, failing = Host(aws, tmp_path / "a", "a", gone), Host(aws, tmp_path / "b", "b", [keys["bad"], keys["shared"]])
    for name, path in (("id-only", "x.env"), ("id-of-user", "y.env"), ("id-aside", "z.env.keyless-aside"), ("id-hidden", ".z.env.keyless-aside")):
        well.write(f"home/app/{name}/{path}", f"AWS_ACCESS_KEY_ID={keys[name]['AccessKeyId']}\n", 0o644)
    well.write("home/app/forged/x.env", exports({**keys["forged"], "SecretAccessKey": FORGED}), 0o644)
    well.write(
        "etc/cron.d/copy", f"0 0 * * * app curl https://{keys['stuck']['AccessKeyId']}:{keys['stuck']['SecretAccessKey']}@example.com/\n", 0o644
    )
    before = failing.snapshot()
    users = ("by-user", "id-of-user")
    named = [*users, *ids(*(keys[name] for name in keys if name not in (*users, "unnamed", "forged")))]

    own = {"b": {"migrate_keys_check": "false"}}
    run_key = keys["run"]["AccessKeyId"]
    run = migrate([well, failing], own=own, environment={"AWS_ACCESS_KEY_ID": run_key}, migrate_keys_deactivate=named)
    assert run.returncode == 2
    assert "The host keeps its keys, and everything is as it was before" in run.output
    assert failing.snapshot() == before
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in well.names()

    assert [name for name in keys if status(keys[name]) == "Inactive"] == ["by-id", "by-user"], run.output
    operations = {call["operation"] for call in aws.writes(run_key)}
    assert operations == {"AssociateIamInstanceProfile", "DisassociateIamInstanceProfile", "UpdateAccessKey"}, "none is deleted"
    assert "this run calls AWS with it" in run.output
    for name in named[1:]:
        is_explained = re.search(rf"{name}: \w", run.output) is not None
        assert is_explained == (name != keys["by-id"]["AccessKeyId"]), name
    assert [name for name in keys if keys[name]["SecretAccessKey"] in run.output] == []


REFUSED = {
    "names no key": [True, "true", ["all"]],
    "neither the id of a long-term access key": [["arn:aws:iam::123456789012:user/x"], ["ASIAQ3EGTZ2ZK7Q4RVWX"], ["a b"]],
}


def test_requests_that_name_no_key_are_refused_before_anything_is_changed(aws, make_key, status, migrate, tmp_path):
    key = make_key("refused")
    given = [(reason, value) for reason, values in REFUSED.items() for value in values]
    hosts = [Host(aws, tmp_path / f"h{number}", f"h{number}", [key]) for number, _each in enumerate(given)]
    before = [host.snapshot() for host in hosts]
    run = migrate(hosts, own={host.name: {"migrate_keys_deactivate": value} for host, (_reason, value) in zip(hosts, given)})
    assert run.returncode == 2
    for host, (reason, value) in zip(hosts, given):
        (failed,) = [json.dumps(each["result"]) for each in run.results if (each["host"], each["status"]) == (host.name, "failed")]
        assert reason in failed, value
        assert (key["AccessKeyId"] in failed) == (reason == "names no key"), "what could be named is listed"
    assert [host.snapshot() for host in hosts] == before
    assert run.writes == []
    assert status(key) == "Active"


@pytest.fixture(name="end")
def _end(controller, tmp_path):
    """Runs the end of the role, which reports and deactivates, on hosts with the keys that were set aside there, and those that were left."""

    def end(hosts: dict[str, tuple[list[dict], list[dict]]], *arguments: str, **variables):
        rows = {name: {"result": {**result(*keys), "host": name}, "__migrate_keys_instance": instance(name)} for name, keys in hosts.items()}
        inventory, playbook = tmp_path / "inventory.yml", tmp_path / "end.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": rows, "vars": LOCAL}}, sort_keys=False), encoding="utf-8")
        steps = [
            {"ansible.builtin.set_fact": {"migrate_keys_result": "{{ result }}"}},
            {"ansible.builtin.include_role": {"name": "keyless.ec2.migrate_keys", "tasks_from": "report"}},
        ]
        playbook.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "serial": 1, "tasks": steps}]), encoding="utf-8")
        return controller.run("-i", str(inventory), str(playbook), *arguments, variables=variables)

    def instance(name: str) -> dict:
        return {"identity": {"instance_id": f"i-{name}", "region": REGION}}

    def result(set_aside: list[dict], left: list[dict]) -> dict:
        rows = {key["AccessKeyId"]: location(key) for key in (*set_aside, *left)}
        moved = [key["AccessKeyId"] for key in set_aside]
        return {"credentials": list(rows.values()), "left": [location(key) for key in left], "moved": moved, "incomplete": [], "failure": None}

    def location(key: dict) -> dict:
        return {"path": f"/{key['UserName']}", "line": 1, "kind": "other", "access_key_id": key["AccessKeyId"], "has_secret": True}

    return end


def test_only_the_last_batch_deactivates_keys(end, make_key, status):
    alone, later = make_key("alone"), make_key("later")
    run = end({"a": ([alone, later], []), "b": ([], [later])}, migrate_keys_deactivate=ids(alone, later)).succeeded()
    assert (status(alone), status(later)) == ("Inactive", "Active")
    assert "these hosts of the play have not reported: b" in run.output
    assert [each["operation"] for each in run.writes] == ["UpdateAccessKey"]


def test_a_run_with_a_limit_deactivates_no_key(end, make_key, status):
    key = make_key("within-limit")
    run = end({"a": ([key], []), "b": ([], [])}, "--limit", "a,b", migrate_keys_deactivate=ids(key)).succeeded()
    assert "the run is limited to a,b" in run.output
    assert status(key) == "Active"
    assert run.writes == []


def test_if_one_key_cannot_be_deactivated_all_stay_active(aws, end, make_key, status):
    keys = [make_key("first-of-two"), make_key("second-of-two")]
    aws.fail("UpdateAccessKey", "AccessDenied", after=1)
    run = end({"a": (keys, [])}, migrate_keys_deactivate=ids(*keys))
    assert run.returncode == 2
    assert "their keys are as active as before" in run.output, run.output
    assert {status(key) for key in keys} == {"Active"}
    assert {each["operation"] for each in run.writes} == {"UpdateAccessKey"}, "none is deleted"


@pytest.mark.exhaustive
def test_a_run_that_names_no_key_suggests_those_that_it_set_aside(aws, make_key, status, migrate, tmp_path):
    own, planted = make_key("suggested"), make_key("not-suggested")
    host = Host(aws, tmp_path / "a", "a", [own])
    host.write("home/app/x.env.keyless-aside", exports(planted), 0o644)
    run = migrate([host]).succeeded()
    (suggestion,) = [line for line in run.output.splitlines() if "migrate_keys_deactivate" in line]
    assert own["AccessKeyId"] in suggestion
    assert planted["AccessKeyId"] not in suggestion
    assert status(own) == "Active"


@pytest.mark.exhaustive
def test_with_serial_no_batch_deactivates_a_key_that_a_later_one_has(aws, make_key, status, migrate, tmp_path):
    shared = make_key("serial")
    hosts = [Host(aws, tmp_path / name, name, [shared]) for name in ("a", "b", "c")]
    play = {"hosts": "all", "gather_facts": False, "serial": 1, "roles": ["keyless.ec2.migrate_keys"]}
    playbook = tmp_path / "serial.yml"
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    own = {"c": {"migrate_keys_check": "false"}}
    failed = migrate(hosts, own=own, playbook=str(playbook), migrate_keys_deactivate=ids(shared))
    assert failed.returncode == 2
    assert status(shared) == "Active"
    whole = migrate(hosts, playbook=str(playbook), migrate_keys_deactivate=ids(shared)).succeeded()
    assert status(shared) == "Inactive"
    # Only the last batch can know.
    assert [each["operation"] for each in whole.writes].count("UpdateAccessKey") == 1


@pytest.mark.exhaustive
def test_with_a_limit_no_key_is_deactivated(aws, make_key, status, migrate, tmp_path):
    shared = make_key("limited")
    hosts = [Host(aws, tmp_path / name, name, [shared]) for name in ("a", "b")]
    run = migrate(hosts, "--limit", "a", migrate_keys_deactivate=ids(shared)).succeeded()
    assert "the run is limited to a" in run.output
    assert status(shared) == "Active"


@pytest.mark.exhaustive
def test_an_incomplete_search_keeps_all_keys_active(aws, make_key, status, migrate, tmp_path):
    key = make_key("incomplete")
    host = Host(aws, tmp_path / "a", "a", [key])
    host.write("home/app/.bashrc", "# \n" * 1000 + "# AKIAQ3EGRI4BXKCWZN5T\n", 0o644)
    run = migrate([host], migrate_keys_max_file_size=2000, migrate_keys_deactivate=ids(key)).succeeded()
    assert status(key) == "Active"
    assert "not searched" in run.output
    assert "these hosts were not searched completely: a" in run.output
    left_out = migrate([host], migrate_keys_max_file_size=2000, migrate_keys_exclude=["/home/app/.bashrc"], migrate_keys_deactivate=ids(key))
    left_out.succeeded()
    assert status(key) == "Inactive"


@pytest.mark.exhaustive
def test_systemd_reloads_a_trimmed_unit_before_the_restart(aws, make_key, migrate, tmp_path):
    host = Host(aws, tmp_path / "a", "a", [make_key("unit")])
    key = make_key("in-unit")
    unit = f"[Service]\nEnvironment=AWS_ACCESS_KEY_ID={key['AccessKeyId']} AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}\nExecStart=/bin/app\n"
    host.write("etc/systemd/system/app.service", unit, 0o644)
    log, tools = tmp_path / "log", tmp_path / "tools"
    tools.mkdir()
    (tools / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {log}\n', encoding="utf-8")
    (tools / "systemctl").chmod(0o755)
    given = {
        "migrate_keys_restart": f"sh -c 'echo restart >> {log}'",
        "__migrate_keys_systemd_directory": str(tools),
        "__migrate_keys_systemd_root": str(host.root),
        "environment": {"PATH": os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])},
    }
    check = migrate([host], "--check", **given).succeeded()
    assert "systemctl daemon-reload" in check.output
    assert not log.exists()
    migrate([host], **given).succeeded()
    assert log.read_text(encoding="utf-8").splitlines() == ["daemon-reload", "restart"]
