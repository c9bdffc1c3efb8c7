# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under any setting of Ansible, and whatever fails or is killed, a host ends as it was before or completely migrated."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

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


def is_migrated(host):
    return "home/app/.aws/credentials" not in host.names() and host.aws.profile_of(host.instance_id) == "app"


@pytest.mark.parametrize("setting", table(SETTINGS, ["any_errors_fatal", "free"]))
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
