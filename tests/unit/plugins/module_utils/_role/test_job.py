# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating and deleting a role, from what is read to what is returned, on moto."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.job import AbsentRole, PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import RegionLaunchSource, Sweep, User
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec, WaitSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.plugins.module_utils._values.quotas import DEFAULT_QUOTAS
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import LAMBDA, READ


@pytest.fixture(name="client")
def _client(make_client, clock):
    with mock_aws():
        yield make_client("iam")
    assert clock.naps == []


@pytest.fixture(name="iam")
def _iam(client):
    return Iam(client)


def make_role(client, name="web", **options):
    client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ec2_trust_policy("aws")), **options)


def read_for_present(iam):
    return PresentRole(RoleSpec(name="web"), iam).read().state


def read_for_absent(iam):
    return AbsentRole(RoleSpec(name="web"), iam, None).read().state


def test_what_is_not_there_is_none(iam):
    assert read_for_present(iam) == RoleState()
    assert read_for_absent(iam) == RoleState()


def test_every_profile_that_holds_the_role_is_read_for_its_deletion(client, iam):
    make_role(client)
    for name in ("web", "other", "third"):
        client.create_instance_profile(InstanceProfileName=name)
    for name in ("web", "other"):
        client.add_role_to_instance_profile(InstanceProfileName=name, RoleName="web")
    state = read_for_absent(iam)
    assert state.profile.roles == ("web",)
    assert [profile.name for profile in state.other_profiles] == ["other"]


# Deleting


class Users:
    """Who uses the profiles, in one region; what was asked for."""

    def __init__(self, users=(), launch_sources=(), incomplete=()):
        self.found = Sweep([User(*each) for each in users], list(incomplete), [RegionLaunchSource(*each) for each in launch_sources])
        self.asked = []

    def of(self, arns):
        self.asked.append(("users", list(arns)))
        return Sweep(self.found.users, self.found.incomplete)

    def with_launch_sources(self, sweep, arns):
        self.asked.append(("launch_sources", list(arns)))
        return sweep._replace(launch_sources=self.found.launch_sources)


@pytest.fixture(name="there")
def _there(client):
    """A role with its profile, which is in another one too; the ARNs of both."""
    make_role(client)
    for name in ("web", "other"):
        client.create_instance_profile(InstanceProfileName=name)
        client.add_role_to_instance_profile(InstanceProfileName=name, RoleName="web")
    return [f"arn:aws:iam::123456789012:instance-profile/{name}" for name in ("web", "other")]


def delete(iam, users, **options):
    """Deletes the role; the operations."""
    job = AbsentRole(RoleSpec(name="web", **options), iam, users)
    done = []
    job.apply(job.plan(job.read()), done.append)
    return [change.operation for change in done]


DELETION = ["RemoveRoleFromInstanceProfile", "RemoveRoleFromInstanceProfile", "DeleteInstanceProfile", "DeleteRole"]


def test_a_role_that_nobody_uses_is_deleted(client, iam, there):
    users = Users()
    assert delete(iam, users) == DELETION
    assert users.asked == [("users", there), ("launch_sources", there)]
    assert client.list_roles()["Roles"] == []
    assert [each["InstanceProfileName"] for each in client.list_instance_profiles()["InstanceProfiles"]] == ["other"]


@pytest.mark.parametrize(
    "users, says, asked",
    [
        (Users(users=[("arn", "i-1", "eu-west-1")]), "the credentials from 1 instances .* web or other: i-1", ["users"]),
        (Users(launch_sources=[("web", "Spot Fleet", "sfr-1", "eu-west-1")]), "Spot Fleet sfr-1", ["users", "launch_sources"]),
        (Users(incomplete=[Incomplete("eu-west-3", "Denied", "no")]), "eu-west-3", ["users", "launch_sources"]),
    ],
)
def test_a_role_that_is_used_or_may_be_stays(client, iam, there, users, says, asked):
    with pytest.raises(OptionError, match=says) as caught:
        delete(iam, users)
    assert (caught.value.option, [what for what, _arns in users.asked]) == ("state", asked)
    assert len(client.list_roles()["Roles"]) == 1 and len(client.list_instance_profiles()["InstanceProfiles"]) == 2
    assert delete(iam, None) == DELETION  # that is what force does


def test_where_no_profile_goes_nobody_is_looked_for(client, iam):
    make_role(client)
    users = Users(users=[("arn", "i-1", "eu-west-1")])
    assert (delete(iam, users), users.asked) == (["DeleteRole"], [])


def test_a_profile_that_goes_without_its_role_is_looked_for_too(client, iam):
    client.create_instance_profile(InstanceProfileName="web")
    users = Users()
    assert delete(iam, users) == ["DeleteInstanceProfile"] and len(users.asked) == 2


def test_the_profile_of_another_name_is_not_the_roles_twice(client, iam):
    """IAM's names ignore case: the profile that is named is not among the others."""
    make_role(client)
    client.create_instance_profile(InstanceProfileName="own")
    client.add_role_to_instance_profile(InstanceProfileName="own", RoleName="web")
    state = AbsentRole(RoleSpec(name="web", instance_profile_name="own"), iam, None).read().state
    assert (state.profile.name, state.other_profiles) == ("own", ())


# Making


class Named:
    """What IAM has of managed policies, and what was asked for."""

    def __init__(self, *names):
        self.arns = {name: f"arn:aws:iam::aws:policy/{name}" for name in names}
        self.asked = []

    def exists(self, arn):
        return arn in self.arns.values()

    def arn_of(self, name):
        self.asked.append(name)
        return self.arns.get(name)


def make(iam, wait=WaitSpec(), **options):
    """Makes the role; the job, its plan after the calls, and their operations."""
    job = PresentRole(RoleSpec(name="web", **options), iam, wait, ("A warning.",))
    done = []
    plan = job.plan(job.read())
    outcome = job.apply(plan, done.append)
    return job, outcome, [change.operation for change in done]


def test_a_role_is_made_with_its_profile_and_known_by_what_aws_gave(client, iam):
    job, plan, operations = make(iam)
    assert operations == ["CreateRole", "CreateInstanceProfile", "AddRoleToInstanceProfile"]
    role, profile = client.get_role(RoleName="web")["Role"], client.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    result = job.result(plan)
    assert [result["iam_role"][key] for key in ("arn", "role_id", "create_date")] == [role["Arn"], role["RoleId"], role["CreateDate"].isoformat()]
    assert [result["instance_profile"][key] for key in ("arn", "instance_profile_id", "create_date")] == [
        profile["Arn"],
        profile["InstanceProfileId"],
        profile["CreateDate"].isoformat(),
    ]
    assert plan.after.role.trust_policy == ec2_trust_policy("aws") and plan.warnings == ("A warning.",)
    assert "instances" not in result
    assert make(iam)[2] == []


def test_without_a_profile_none_is_read_or_made(client, iam):
    client.create_instance_profile(InstanceProfileName="web")
    job, plan, operations = make(iam, create_instance_profile=False)
    assert operations == ["CreateRole"] and set(job.result(plan)) == {"iam_role"}


@pytest.mark.parametrize("seconds, made, waits", [(7, True, True), (0, True, False), (7, False, False)])
def test_a_profile_that_got_its_role_is_waited_for(client, iam, monkeypatch, seconds, made, waits):
    if not made:
        make(iam)
    waited = []
    monkeypatch.setattr(iam.instance_profiles, "wait_for", lambda profile, seconds: waited.append((profile.name, profile.roles, seconds)))
    make(iam, WaitSpec(profile=seconds))
    assert waited == ([("web", ("web",), 7)] if waits else [])


def test_policies_are_named_as_they_are_attached(client, iam, monkeypatch):
    named = Named("Read", "Bound")
    make(iam)
    monkeypatch.setattr(iam, "managed_policies", named)
    own = client.create_policy(PolicyName="Own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    client.attach_role_policy(RoleName="web", PolicyArn=own)
    spec = PresentRole(RoleSpec(name="web", managed_policies=("Own", "Read"), permissions_boundary="Bound"), iam).read().spec
    assert (tuple(spec.managed_policies), spec.permissions_boundary) == ((own, named.arns["Read"]), named.arns["Bound"])
    assert named.asked == ["Read", "Bound"]


def test_a_boundary_that_is_there_is_not_looked_up(client, iam, monkeypatch):
    own = client.create_policy(PolicyName="Own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    make_role(client, PermissionsBoundary=own)
    named = Named()
    monkeypatch.setattr(iam, "managed_policies", named)
    spec = PresentRole(RoleSpec(name="web", permissions_boundary="Own"), iam).read().spec
    assert (spec.permissions_boundary, named.asked, spec.managed_policies) == (own, [], None)


def test_only_a_new_role_without_a_trust_policy_gets_one(client, iam):
    assert PresentRole(RoleSpec(name="web"), iam).read().spec.trust_policy == ec2_trust_policy("aws")
    assert PresentRole(RoleSpec(name="web", trust_policy=LAMBDA), iam).read().spec.trust_policy == LAMBDA
    make_role(client)
    assert PresentRole(RoleSpec(name="web"), iam).read().spec.trust_policy is None


@pytest.mark.parametrize("policies, asks", [(10, False), (11, True)])
def test_quotas_are_asked_for_where_the_usual_ones_may_not_be_enough(client, iam, monkeypatch, policies, asks):
    asked = []
    monkeypatch.setattr(iam, "read_quotas", lambda: asked.append(1) or replace(DEFAULT_QUOTAS, attached=20))
    named = Named(*(f"P{number}" for number in range(policies)))
    monkeypatch.setattr(iam, "managed_policies", named)
    quotas = PresentRole(RoleSpec(name="web", managed_policies=tuple(named.arns)), iam).read().quotas
    assert (bool(asked), quotas == DEFAULT_QUOTAS) == (asks, not asks)


LONG = {**LAMBDA, "Statement": [{**LAMBDA["Statement"][0], "Sid": "x" * 2048}]}


@pytest.mark.parametrize(
    "there, wanted, asks",
    [(LAMBDA, None, False), (LONG, None, True), (LONG, LAMBDA, False), (LAMBDA, LONG, True), (None, LONG, True), (None, None, False)],
)
def test_the_trust_policy_that_will_be_there_counts(iam, monkeypatch, there, wanted, asks):
    job, asked = PresentRole(RoleSpec(name="web", trust_policy=wanted), iam), []
    role = there and Role("web", "/", there)
    monkeypatch.setattr(job, "_read_state", lambda: RoleState(role, None))
    monkeypatch.setattr(iam, "read_quotas", lambda: asked.append(1) or DEFAULT_QUOTAS)
    job.read()
    assert bool(asked) == asks
