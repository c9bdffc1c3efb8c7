# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic tutorial: a role with a trust policy from a file, an instance launched with it, and a running instance that gets it."""

from __future__ import annotations

from pathlib import Path

import pytest

PLAYBOOK = str(Path(__file__).parent / "tutorial" / "playbook.yml")
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"


@pytest.fixture(scope="module", name="running")
def _running(aws):
    return aws.run_instances(name="second")[0]


def test_a_trust_policy_with_the_wrong_version_is_refused_before_any_call(controller, running):
    variables = {"running_instance": running, "trust_policy_file": "ec2-role-trust-policy-as-copied.json"}
    run = controller.run(PLAYBOOK, variables=variables)
    assert run.returncode != 0
    assert run.calls == []
    assert run.last["msg"].startswith("assume_role_policy_document.Version: ")
    assert '"2017-09-11" is not a version of the policy language' in run.last["msg"]
    assert '"2012-10-17"' in run.last["msg"] and '"2008-10-17"' in run.last["msg"]


def test_the_tutorial_works_and_the_second_time_changes_nothing(aws, controller, running):
    run = controller.run(PLAYBOOK, PLAYBOOK, variables={"running_instance": running}).succeeded()
    assert run.changed and not run.again.changed
    assert aws.attached("foxutech") == {S3, EC2}
    (launched,) = aws.instances_named("foxutech")
    assert aws.profile_of(launched["InstanceId"]) == aws.profile_of(running) == "foxutech"
    assert launched["MetadataOptions"]["HttpTokens"] == "required"
    # The role with two policies and its profile, an instance, and a profile for the other one: each once.
    made = ["AddRoleToInstanceProfile", "AssociateIamInstanceProfile", "AttachRolePolicy", "AttachRolePolicy", "CreateInstanceProfile"]
    assert sorted(call["operation"] for call in run.writes) == [*made, "CreateRole", "RunInstances"]
