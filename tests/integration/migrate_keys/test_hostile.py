# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody with an ordinary account on a host can do about the keys of others: nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host, exports, ids

pytestmark = pytest.mark.exhaustive
FORGED = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c"


def test_true_names_no_key_and_touches_nothing(aws, make_key, status, migrate, tmp_path):
    key = make_key("unnamed")
    host = Host(aws, tmp_path / "a", "a", [key])
    before = host.snapshot()
    for given in (True, "true", ["all"]):
        run = migrate([host], migrate_keys_deactivate=given)
        assert run.returncode == 2
        assert "names no key" in run.output
        assert key["AccessKeyId"] in run.output
        assert run.writes == []
    assert host.snapshot() == before
    assert status(key) == "Active"


@pytest.mark.parametrize("named", ["arn:aws:iam::123456789012:user/x", "ASIAQ3EGTZ2ZK7Q4RVWX", "a b"])
def test_what_is_neither_a_key_nor_a_user_is_refused(aws, make_key, migrate, tmp_path, named):
    host = Host(aws, tmp_path / "a", "a", [make_key(f"misnamed-{len(named)}")])
    before = host.snapshot()
    run = migrate([host], migrate_keys_deactivate=[named])
    assert run.returncode == 2
    assert "neither the id of a long-term access key" in run.output
    assert host.snapshot() == before


@pytest.mark.parametrize("planted", ["home/app/x.env", "home/app/x.env.keyless-aside", "home/app/.x.env.keyless-aside"])
def test_an_id_that_somebody_has_planted_is_not_deactivated(aws, make_key, status, migrate, tmp_path, planted):
    own, victims = make_key(f"own-{len(planted)}"), make_key(f"victim-{len(planted)}")
    host = Host(aws, tmp_path / "a", "a", [own])
    host.write(planted, f"AWS_ACCESS_KEY_ID={victims['AccessKeyId']}\n", 0o644)
    run = migrate([host], migrate_keys_deactivate=ids(own, victims)).succeeded()
    assert (status(own), status(victims)) == ("Inactive", "Active")
    assert f"{victims['AccessKeyId']}: " in run.output


def test_a_forged_secret_is_suggested_to_nobody_who_has_named_another(aws, make_key, status, migrate, tmp_path):
    own, victims = make_key("forger"), make_key("forged")
    host = Host(aws, tmp_path / "a", "a", [own])
    host.write("home/app/x.env", exports({**victims, "SecretAccessKey": FORGED}), 0o644)
    migrate([host], migrate_keys_deactivate=[own["UserName"]]).succeeded()
    assert (status(own), status(victims)) == ("Inactive", "Active")


def test_a_run_that_names_nothing_suggests_what_it_has_set_aside(aws, make_key, status, migrate, tmp_path):
    own, planted = make_key("suggested"), make_key("not-suggested")
    host = Host(aws, tmp_path / "a", "a", [own])
    host.write("home/app/x.env.keyless-aside", exports(planted), 0o644)
    run = migrate([host]).succeeded()
    (said,) = [line for line in run.output.splitlines() if "migrate_keys_deactivate" in line]
    assert own["AccessKeyId"] in said
    assert planted["AccessKeyId"] not in said
    assert status(own) == "Active"


def test_under_serial_no_batch_deactivates_what_a_later_one_holds(aws, make_key, status, migrate, tmp_path):
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


def test_under_a_limit_nothing_is_deactivated(aws, make_key, status, migrate, tmp_path):
    shared = make_key("limited")
    hosts = [Host(aws, tmp_path / name, name, [shared]) for name in ("a", "b")]
    run = migrate(hosts, "--limit", "a", migrate_keys_deactivate=ids(shared)).succeeded()
    assert "the run is limited to a" in run.output
    assert status(shared) == "Active"


def test_what_was_not_wholly_looked_at_keeps_all_keys_active(aws, make_key, status, migrate, tmp_path):
    key = make_key("incomplete")
    host = Host(aws, tmp_path / "a", "a", [key])
    host.write("home/app/.bashrc", "# \n" * 1000, 0o644)
    run = migrate([host], migrate_keys_max_file_size=2000, migrate_keys_deactivate=ids(key)).succeeded()
    assert status(key) == "Active"
    assert "not looked at" in run.output
    assert "could not be wholly looked at: a" in run.output
    left_out = migrate([host], migrate_keys_max_file_size=2000, migrate_keys_exclude=["/home/app/.bashrc"], migrate_keys_deactivate=ids(key))
    left_out.succeeded()
    assert status(key) == "Inactive"


def test_the_key_of_the_run_itself_stays_active(aws, make_key, status, controller, migrate, tmp_path):
    key = make_key("controllers")
    host = Host(aws, tmp_path / "a", "a", [key])
    own = {"a": {"ansible_host": "a"}}
    run = migrate([host], own=own, environment={"AWS_ACCESS_KEY_ID": key["AccessKeyId"]}, migrate_keys_deactivate=ids(key))
    run.succeeded()
    assert "this run itself calls AWS with it" in run.output
    assert status(key) == "Active"


def test_a_trimmed_unit_is_read_anew_before_the_restart(aws, make_key, migrate, tmp_path):
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
        "__migrate_keys_systemd": str(tools),
        "__migrate_keys_systemd_root": str(host.root),
        "environment": {"PATH": os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])},
    }
    check = migrate([host], "--check", **given).succeeded()
    assert "systemctl daemon-reload" in check.output
    assert not log.exists()
    migrate([host], **given).succeeded()
    assert log.read_text(encoding="utf-8").splitlines() == ["daemon-reload", "restart"]
