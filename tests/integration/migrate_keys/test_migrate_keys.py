# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook migrate_keys, on hosts that are folders with an emulated metadata service each."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.failures import sabotage
from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host, exports, ids
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

OF_USAGE = {"GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails", "LookupEvents"}
DEPLOY = "[profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = default\n"


def test_hosts_are_migrated_once_and_check_mode_touches_nothing(aws, make_key, status, migrate, tmp_path):
    shared, first, second = make_key("shared"), make_key("first"), make_key("second")
    hosts = [Host(aws, tmp_path / "a", "a", [first, shared]), Host(aws, tmp_path / "b", "b", [second, shared])]
    for host in hosts:
        host.write("home/app/.aws/config", DEPLOY, 0o600)
    before = [host.snapshot() for host in hosts]

    named = ids(shared, first, second)
    check = migrate(hosts, "--check", "--diff", "-vvvv", migrate_keys_deactivate=named, migrate_keys_usage="warn").succeeded()
    assert [host.snapshot() for host in hosts] == before
    assert check.writes == [] and {each["operation"] for each in check.calls} >= OF_USAGE
    assert {status(key) for key in (shared, first, second)} == {"Active"}

    real = migrate(hosts, "--diff", "-vvvv", migrate_keys_deactivate=named).succeeded()
    for host in hosts:
        assert host.names() == {
            "home/app/.aws/config",
            "home/app/.aws/credentials",
            "home/app/.aws/.keyless.credentials.keyless-aside",
            "etc/profile.d/keys0.sh",
            "etc/profile.d/.keyless.keys0.sh.keyless-aside",
        }
        assert (host.root / "home/app/.aws/credentials").read_text(encoding="utf-8") == "[default]\n"
        assert (host.root / "etc/profile.d/keys0.sh").read_text(encoding="utf-8") == "umask 022\n"
        assert aws.profile_of(host.instance_id) == "app"
    assert {status(key) for key in (shared, first, second)} == {"Inactive"}
    assert not OF_USAGE & {each["operation"] for each in real.calls}, "its use is ignored"
    for run in (check, real):
        assert "In profile deploy, replace source_profile with credential_source = Ec2InstanceMetadata." in run.output
        assert "Not searched on a, b: /home (In homes, only known locations" in run.output
        for key in (shared, first, second):
            assert key["SecretAccessKey"] not in run.output
            assert key["AccessKeyId"] in run.output
            assert key["UserName"] in run.output

    again = migrate(hosts, migrate_keys_deactivate=named).succeeded()
    assert not again.changed
    assert again.writes == []


@pytest.mark.exhaustive
def test_no_key_is_deactivated_if_a_host_is_unreachable(aws, make_key, status, migrate, tmp_path):
    key = make_key("lost")
    hosts = [Host(aws, tmp_path / "a", "a", [key]), Host(aws, tmp_path / "b", "b", [make_key("unknown")])]
    own = {"b": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}}
    run = migrate(hosts, own=own, migrate_keys_deactivate=ids(key))
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in hosts[0].names()
    assert status(key) == "Active"
    assert "these hosts of the play have not reported: b" in run.output


@pytest.fixture(name="interrupted")
def _interrupted(aws, make_key, migrate, tmp_path):
    """A host on which a run was killed after it had moved the files, its keys, and its files before that run."""
    keys = make_key(f"killed-{tmp_path.name}"), make_key(f"killed-too-{tmp_path.name}")
    host = Host(aws, tmp_path / "a", "a", list(keys))
    before = host.snapshot()["files"]
    killed = migrate([host], environment=sabotage("kill", "keyless.ec2.migrate_keys : Set the files aside"))
    assert killed.returncode != 0
    assert host.snapshot()["files"] != before
    return host, keys, before


@pytest.mark.parametrize("ends_well", table([True, False], [True]))
def test_a_run_that_was_killed_is_continued_or_undone(interrupted, status, migrate, ends_well):
    host, keys, before = interrupted
    check = "true" if ends_well else "false"
    run = migrate([host], migrate_keys_check=check, migrate_keys_deactivate=ids(*keys))
    assert run.returncode == (0 if ends_well else 2), run.output
    assert (host.snapshot()["files"] == before) is not ends_well
    assert {status(key) for key in keys} == {"Inactive" if ends_well else "Active"}


@pytest.mark.exhaustive
def test_a_run_that_was_killed_is_undone_by_one_that_fails_before_it_moves_any_file(interrupted, migrate):
    host, _keys, before = interrupted
    assert migrate([host], migrate_keys_expected_role="another", migrate_keys_wait_timeout=1).returncode == 2
    assert host.snapshot()["files"] == before


def test_a_later_run_that_fails_puts_back_only_what_it_has_set_aside(aws, make_key, migrate, tmp_path):
    host = Host(aws, tmp_path / "a", "a", [make_key("earlier")])
    migrate([host]).succeeded()
    host.write("etc/profile.d/later.sh", exports(make_key("later")), 0o644)
    before = host.snapshot()["files"]
    assert migrate([host], migrate_keys_check="false").returncode == 2
    assert host.snapshot()["files"] == before


@pytest.mark.exhaustive
def test_a_later_use_of_the_role_in_a_play_that_fails_puts_back_only_what_it_has_set_aside(aws, make_key, migrate, tmp_path):
    host = Host(aws, tmp_path / "a", "a", [make_key("used-twice")])
    role = {"ansible.builtin.include_role": {"name": "keyless.ec2.migrate_keys"}}
    failing = {**role, "vars": {"migrate_keys_expected_role": "another", "migrate_keys_wait_timeout": 1}}
    playbook = tmp_path / "twice.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [role, failing]}]), encoding="utf-8")
    run = migrate([host], playbook=str(playbook))
    assert run.returncode == 2
    assert "keys, and everything is as it was before" in run.output
    assert host.names() == {"home/app/.aws/credentials", "home/app/.aws/.keyless.credentials.keyless-aside"}
    assert aws.profile_of(host.instance_id) == "app"


@pytest.mark.exhaustive
def test_keys_that_cannot_all_be_deactivated_stay_active(aws, make_key, status, migrate, tmp_path):
    keys = [make_key("one-of-two"), make_key("two-of-two")]
    host = Host(aws, tmp_path / "a", "a", keys)
    aws.fail("UpdateAccessKey", "AccessDenied", after=1)
    run = migrate([host], migrate_keys_deactivate=ids(*keys))
    assert run.returncode == 2
    assert "their keys are as active as before" in run.output, run.output
    assert {status(key) for key in keys} == {"Active"}
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in host.names()


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "code, reason",
    [("AccessDenied", "the task lacks the permission iam:GetAccessKeyLastUsed"), ("InvalidClientTokenId", "IAM does not say whose keys they are")],
)
def test_hosts_are_migrated_even_if_the_owners_of_keys_are_unknown(aws, make_key, status, migrate, tmp_path, code, reason):
    key = make_key(f"secretive-{code}")
    host = Host(aws, tmp_path / "a", "a", [key])
    aws.fail("GetAccessKeyLastUsed", code, count=None)
    run = migrate([host], migrate_keys_deactivate=ids(key)).succeeded()
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in host.names()
    assert reason in run.output
    assert key["AccessKeyId"] in json.dumps([each["result"] for each in run.results])
    assert status(key) == "Active"


@pytest.mark.exhaustive
def test_a_key_that_cannot_be_removed_is_left_and_reported(aws, make_key, status, migrate, tmp_path):
    key = make_key("stuck")
    host = Host(aws, tmp_path / "a", "a", [key])
    host.write("etc/cron.d/copy", f"0 0 * * * app curl https://{key['AccessKeyId']}:{key['SecretAccessKey']}@example.com/\n", 0o644)
    run = migrate([host], migrate_keys_deactivate=ids(key)).succeeded()
    assert "etc/cron.d/copy" in host.names()
    assert status(key) == "Active"
    assert "  left  " in run.output and "  set aside  " in run.output and "Line 1 is in a URL. Remove the key by hand" in run.output
    assert key["SecretAccessKey"] not in run.output


@pytest.mark.exhaustive
def test_a_host_that_is_not_an_instance_fails(aws, make_key, migrate, tmp_path):
    host = Host(aws, tmp_path / "a", "a", [make_key("nowhere")])
    before = host.snapshot()
    run = migrate([host], own={"a": {"migrate_keys_endpoint": "http://127.0.0.1:1"}})
    assert run.returncode == 2
    assert host.snapshot() == before
    assert run.writes == []
