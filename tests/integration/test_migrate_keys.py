# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way off static keys, as a user goes it: the playbook, on hosts that are folders with an emulated metadata service each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.tables import table

PLAYBOOK = "keyless.ec2.migrate_keys"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Host:
    """A folder that stands for an instance's file system, with keys in several of its files."""

    def __init__(self, aws, root: Path, name: str, keys: list[dict]) -> None:
        self.aws, self.root, self.name = aws, root, name
        (self.instance_id,) = aws.run_instances()
        own, *others = keys
        self.write("etc/passwd", "app:x:1000:1000::/home/app:/bin/sh\n", 0o644)
        self.write("home/app/.aws/credentials", ini(own), 0o600)
        for number, key in enumerate(others):
            self.write(f"etc/profile.d/keys{number}.sh", f"umask 022\n{exports(key)}", 0o644)

    def write(self, path: str, text: str, mode: int) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    @property
    def variables(self) -> dict:
        return {
            "migrate_keys_root": str(self.root),
            "migrate_keys_endpoint": f"{self.aws.endpoint}/imds/{self.instance_id}",
        }

    def snapshot(self) -> dict:
        """All that can be known of its files, and the profile of its instance."""
        files = sorted(path for path in self.root.rglob("*") if path.is_file())
        facts = {str(path.relative_to(self.root)): (path.read_bytes(), *stats(path)) for path in files}
        return {"files": facts, "profile": self.aws.profile_of(self.instance_id)}

    def names(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()} - {"etc/passwd"}


def stats(path: Path) -> tuple:
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, found.st_ino


def ini(key: dict) -> str:
    return f"[default]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"


def exports(key: dict) -> str:
    return f"export AWS_ACCESS_KEY_ID={key['AccessKeyId']}\nexport AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}\n"


@pytest.fixture(scope="module", autouse=True)
def _profile(aws):
    aws.make_profile("app")


@pytest.fixture(autouse=True)
def _kind_again(aws):
    yield
    aws.be_kind()


@pytest.fixture(name="make_key")
def _make_key(aws):
    def make(user: str) -> dict:
        aws.iam.create_user(UserName=user)
        return aws.iam.create_access_key(UserName=user)["AccessKey"]

    return make


@pytest.fixture(name="status")
def _status(aws):
    def status(key: dict) -> str:
        (found,) = aws.iam.list_access_keys(UserName=key["UserName"])["AccessKeyMetadata"]
        return found["Status"]

    return status


@pytest.fixture(name="migrate")
def _migrate(controller, tmp_path):
    """The playbook on these hosts; ``own`` are variables of single hosts."""

    def migrate(hosts: list[Host], *arguments: str, own: dict | None = None, **variables):
        rows = {host.name: {**host.variables, **(own or {}).get(host.name, {})} for host in hosts}
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": rows, "vars": LOCAL}}, sort_keys=False), encoding="utf-8")
        given = {"migrate_keys_instance_profile": "app", "migrate_keys_become": False}
        return controller.run("-i", str(inventory), PLAYBOOK, *arguments, variables={**given, **variables})

    return migrate


def test_hosts_are_migrated_once_and_check_mode_touches_nothing(aws, make_key, status, migrate, tmp_path):
    shared, first, second = make_key("shared"), make_key("first"), make_key("second")
    hosts = [Host(aws, tmp_path / "a", "a", [first, shared]), Host(aws, tmp_path / "b", "b", [second, shared])]
    before = [host.snapshot() for host in hosts]

    check = migrate(hosts, "--check", "--diff", "-vvvv", migrate_keys_deactivate=True).succeeded()
    assert [host.snapshot() for host in hosts] == before
    assert check.writes == []
    assert {status(key) for key in (shared, first, second)} == {"Active"}

    real = migrate(hosts, "--diff", "-vvvv", migrate_keys_deactivate=True).succeeded()
    for host in hosts:
        assert host.names() == {
            "home/app/.aws/.keyless.credentials.keyless-aside",
            "etc/profile.d/keys0.sh",
            "etc/profile.d/.keyless.keys0.sh.keyless-aside",
        }
        assert (host.root / "etc/profile.d/keys0.sh").read_text(encoding="utf-8") == "umask 022\n"
        assert aws.profile_of(host.instance_id) == "app"
    assert {status(key) for key in (shared, first, second)} == {"Inactive"}
    for run in (check, real):
        for key in (shared, first, second):
            assert key["SecretAccessKey"] not in run.output
            assert key["AccessKeyId"] in run.output
            assert key["UserName"] in run.output

    again = migrate(hosts, migrate_keys_deactivate=True).succeeded()
    assert not again.changed
    assert again.writes == []


def test_a_host_that_fails_is_as_before_and_keeps_its_keys_alive(aws, make_key, status, migrate, tmp_path):
    shared, well, bad = make_key("shared-by-both"), make_key("well"), make_key("bad")
    hosts = [Host(aws, tmp_path / "a", "a", [well, shared]), Host(aws, tmp_path / "b", "b", [bad, shared])]
    before = hosts[1].snapshot()
    run = migrate(hosts, own={"b": {"migrate_keys_check": "false"}}, migrate_keys_deactivate=True)
    assert run.returncode == 2
    assert "The host keeps its keys, and everything is as it was" in run.output
    assert hosts[1].snapshot() == before
    assert "home/app/.aws/credentials" not in hosts[0].names()
    assert (status(well), status(bad), status(shared)) == ("Inactive", "Active", "Active")


@pytest.mark.exhaustive
def test_where_a_host_is_lost_no_key_is_deactivated(aws, make_key, status, migrate, tmp_path):
    key = make_key("lost")
    hosts = [Host(aws, tmp_path / "a", "a", [key]), Host(aws, tmp_path / "b", "b", [make_key("unknown")])]
    own = {"b": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}}
    migrate(hosts, own=own, migrate_keys_deactivate=True)
    assert "home/app/.aws/credentials" not in hosts[0].names()
    assert status(key) == "Active"


@pytest.mark.parametrize("ends_well", table([True, False], [True]))
def test_a_run_that_was_killed_is_continued_or_undone(aws, controller, make_key, status, migrate, tmp_path, ends_well):
    """What a killed run leaves: the profile attached, and the first of the files aside."""
    keys = make_key(f"killed-{ends_well}"), make_key(f"killed-too-{ends_well}")
    host = Host(aws, tmp_path / "a", "a", list(keys))
    before = host.snapshot()["files"]
    aside = {"paths": ["/home/app/.aws/credentials"], "root": str(host.root)}
    controller.module("static_credentials_aside", **aside).succeeded()
    controller.module("instance_profile_attach", instance_ids=[host.instance_id], instance_profile="app").succeeded()
    run = migrate([host], migrate_keys_check="true" if ends_well else "false", migrate_keys_deactivate=True)
    assert run.returncode == (0 if ends_well else 2)
    assert (host.snapshot()["files"] == before) is not ends_well
    assert {status(key) for key in keys} == {"Inactive" if ends_well else "Active"}


def test_keys_that_cannot_all_be_deactivated_stay_active(aws, make_key, status, migrate, tmp_path):
    keys = [make_key("one-of-two"), make_key("two-of-two")]
    host = Host(aws, tmp_path / "a", "a", keys)
    aws.fail("UpdateAccessKey", "AccessDenied", after=1)
    run = migrate([host], migrate_keys_deactivate=True)
    assert run.returncode == 2
    assert "their keys are as active as before" in run.output, run.output
    assert {status(key) for key in keys} == {"Active"}
    assert "home/app/.aws/credentials" not in host.names()


@pytest.mark.exhaustive
def test_without_permission_to_ask_whose_keys_they_are_hosts_are_migrated_all_the_same(aws, make_key, migrate, tmp_path):
    key = make_key("secretive")
    host = Host(aws, tmp_path / "a", "a", [key])
    aws.fail("GetAccessKeyLastUsed", "AccessDenied", count=None)
    run = migrate([host]).succeeded()
    assert "home/app/.aws/credentials" not in host.names()
    assert key["AccessKeyId"] in json.dumps([each["result"] for each in run.results])


@pytest.mark.exhaustive
def test_a_key_that_cannot_be_cut_out_is_left_and_told(aws, make_key, status, migrate, tmp_path):
    key = make_key("stuck")
    host = Host(aws, tmp_path / "a", "a", [key])
    host.write("etc/cron.d/copy", f"0 0 * * * app curl https://{key['AccessKeyId']}:{key['SecretAccessKey']}@example.com/\n", 0o644)
    run = migrate([host], migrate_keys_deactivate=True).succeeded()
    assert "etc/cron.d/copy" in host.names()
    assert status(key) == "Active"
    assert "still in use" in run.output
    assert key["SecretAccessKey"] not in run.output


@pytest.mark.exhaustive
def test_a_host_that_is_no_instance_says_so(aws, make_key, migrate, tmp_path):
    host = Host(aws, tmp_path / "a", "a", [make_key("nowhere")])
    before = host.snapshot()
    run = migrate([host], own={"a": {"migrate_keys_endpoint": "http://127.0.0.1:1"}})
    assert run.returncode == 2
    assert host.snapshot() == before
    assert run.writes == []
