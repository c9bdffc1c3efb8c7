# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in an emulated IAM, and runs of the playbook migrate_keys."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL, PLAYBOOK, Host


@pytest.fixture(scope="module", autouse=True)
def _profile(aws):
    aws.make_profile("app")


@pytest.fixture(autouse=True)
def _kind_again(aws):
    yield
    aws.clear_conditions()


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
    """Runs the playbook on these hosts; ``own`` are variables of single hosts."""

    def migrate(
        hosts: list[Host],
        *arguments: str,
        own: dict | None = None,
        playbook: str = PLAYBOOK,
        environment: dict | None = None,
        **variables,
    ):
        rows = {host.name: {**host.variables, **(own or {}).get(host.name, {})} for host in hosts}
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": rows, "vars": LOCAL}}, sort_keys=False), encoding="utf-8")
        given = {"migrate_keys_instance_profile": "app", "migrate_keys_become": False, "migrate_keys_usage": "ignore"}
        given.update(variables)
        return controller.run("-i", str(inventory), playbook, *arguments, variables=given, **(environment or {}))

    return migrate
