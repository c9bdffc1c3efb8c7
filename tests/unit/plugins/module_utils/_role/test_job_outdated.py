# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job does if the first reads were outdated, with moto."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.absent import AbsentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.present import PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import READ

SPEC = RoleSpec(name="web", inline_policies={"read": READ})


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


def make_role(client):
    client.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(ec2_trust_policy("aws")))


def make_profile(client, role="web"):
    client.create_instance_profile(InstanceProfileName="web")
    client.add_role_to_instance_profile(InstanceProfileName="web", RoleName=role)


def outdated(job, monkeypatch, *states):
    """The job, whose first reads return these states."""
    read, first = job._read_state, list(states)
    monkeypatch.setattr(job, "_read_state", lambda: first.pop(0) if first else read())
    return job


def run(job):
    done = []
    plan = job.apply(job.plan(job.read()), done.append)
    return plan, [change.operation for change in done]


@pytest.mark.parametrize("stale", [1, 3])
def test_an_existing_role_that_iam_did_not_return_is_changed(client, clock, monkeypatch, stale):
    make_role(client)
    make_profile(client)
    plan, operations = run(outdated(PresentRole(SPEC, Iam(client)), monkeypatch, *[RoleState()] * stale))
    assert operations == ["PutRolePolicy"]
    assert [change.operation for change in plan.changes] == operations
    assert (plan.before.role.name, plan.after.profile.roles) == ("web", ("web",))
    assert plan.after.role.arn.startswith("arn:")
    assert len(clock.naps) == stale - 1


def test_earlier_calls_are_not_repeated(client, clock, monkeypatch):
    client.create_instance_profile(InstanceProfileName="web")
    plan, operations = run(outdated(PresentRole(SPEC, Iam(client)), monkeypatch, RoleState(), RoleState()))
    assert operations == ["CreateRole", "PutRolePolicy", "AddRoleToInstanceProfile"]
    assert [change.operation for change in plan.changes] == operations
    assert plan.before.role is None


def test_a_role_that_is_in_the_profile_already_is_not_added(client, clock, monkeypatch):
    make_role(client)
    make_profile(client)
    job = PresentRole(RoleSpec(name="web"), Iam(client))
    seen = job._read_state()
    plan, operations = run(outdated(job, monkeypatch, replace(seen, profile=replace(seen.profile, roles=()))))
    assert operations == []
    assert plan.changes == ()


def test_the_error_is_raised_if_iam_never_returns_the_role(client, clock, monkeypatch):
    make_role(client)
    with pytest.raises(AwsError, match="EntityAlreadyExists"):
        run(outdated(PresentRole(SPEC, Iam(client)), monkeypatch, *[RoleState()] * 99))
    assert sum(clock.naps) <= 120


def test_a_policy_that_iam_did_not_return_is_deleted_first(client, clock, monkeypatch):
    make_role(client)
    job = AbsentRole(RoleSpec(name="web"), Iam(client), None)
    seen = job._read_state()
    client.put_role_policy(RoleName="web", PolicyName="read", PolicyDocument=json.dumps(READ))
    _plan, operations = run(outdated(job, monkeypatch, seen, seen))
    assert operations == ["DeleteRolePolicy", "DeleteRole"]
    assert client.list_roles()["Roles"] == []


def test_it_plans_again_only_once(client, clock, monkeypatch):
    make_role(client)
    job = outdated(PresentRole(SPEC, Iam(client)), monkeypatch, RoleState())
    make = job._iam.make_in_order
    tries = []

    def fail(changes, done, principal_wait):
        tries.append(changes)
        if len(tries) == 1:
            return make(changes, done, principal_wait)
        raise AwsError("iam:CreateInstanceProfile", "instance-profile/web", "create", "EntityAlreadyExists", "")

    monkeypatch.setattr(job._iam, "make_in_order", fail)
    with pytest.raises(AwsError, match="EntityAlreadyExists"):
        run(job)
    assert len(tries) == 2
