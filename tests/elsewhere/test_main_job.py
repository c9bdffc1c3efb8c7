# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on emulators that are not ours: what runs on AWS's own answers alone runs there, too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.tests.elsewhere.servers import running
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller

PLAYBOOK = str(Path(__file__).with_name("main_job.yml"))
EMULATORS = {"moto": {"finds_users": False}, "ministack": {}}


@pytest.mark.parametrize("name", EMULATORS)
def test_from_the_role_to_its_end(name, tmp_path):
    with running(name, tmp_path) as endpoint:
        # They keep no list of calls.
        aws = SimpleNamespace(endpoint=endpoint, calls=lambda _key: [], writes=lambda _key: [])
        variables = EMULATORS[name]
        run = Controller(tmp_path, aws).run(PLAYBOOK, variables=variables, AWS_ENDPOINT_URL=endpoint).succeeded()
    assert [row["action"] for row in run.of("Give it the role")["instances"]] == ["unchanged", "unchanged", "associated"]
    assert not run.of("Give it the role again")["changed"]
    assert not run.of("Make the role again")["changed"]
    rows = run.of("Look at the instances")["instances"]
    assert [(row["instance_profile"]["name"], row["role_name"]) for row in rows] == [("web", "web")] * 3
    if variables.get("finds_users", True):
        assert "would take the credentials from 3 instances" in run.of("Delete the role while it is in use")["msg"]
    assert run.of("Take the role from the instances")["changed"]
    operations = [action["operation"] for action in run.of("Delete the role")["actions"]]
    assert operations[-1] == "iam:DeleteRole" and "iam:DeleteInstanceProfile" in operations
    assert not run.of("Delete it again")["changed"]
