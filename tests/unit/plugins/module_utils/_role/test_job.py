# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating and deleting a role with moto, from reading to the result."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.absent import AbsentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.present import PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import ProfileUser, ProfileUsers, RegionLaunchSource
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


def test_a_missing_role_is_none(iam):
    assert read_for_present(iam) == RoleState()
    assert read_for_absent(iam) == RoleState()


def test_every_profile_that_contains_the_role_is_read_for_its_deletion(client, iam):
    make_role(client)
    for name in ("web", "other", "third"):
        client.create_instance_profile(InstanceProfileName=name)
    for name in ("web", "other"):
        client.add_role_to_instance_profile(InstanceProfileName=name, RoleName="web")
    state = read_for_absent(iam)
    assert state.profile.roles == ("web",)
    assert [profile.name for profile in state.other_profiles] == ["other"]


# Deleting


class Finder:
    """Returns these users of the profiles; records what it is asked."""

    def __init__(self, instances=(), launch_sources=(), incomplete=()):
        sources = [RegionLaunchSource(*each) for each in launch_sources]
        self.found = ProfileUsers([ProfileUser(*each) for each in instances], list(incomplete), sources)
        self.asked = []

    def find_instances(self, arns):
        self.asked.append(("instances", list(arns)))
        return ProfileUsers(self.found.instances, self.found.incomplete)

    def with_launch_sources(self, users, arns):
        self.asked.append(("launch_sources", list(arns)))
        return users._replace(launch_sources=self.found.launch_sources)


@pytest.fixture(name="there")
def _there(client):
    """Creates a role in two profiles; returns the ARNs of both."""
    make_role(client)
    for name in ("web", "other"):
        client.create_instance_profile(InstanceProfileName=name)
        client.add_role_to_instance_profile(InstanceProfileName=name, RoleName="web")
    return [f"arn:aws:iam::123456789012:instance-profile/{name}" for name in ("web", "other")]


def delete(iam, finder, **options):
    """Deletes the role; returns the operations."""
    job = AbsentRole(RoleSpec(name="web", **options), iam, finder)
    done = []
    job.apply(job.plan(job.read()), done.append)
    return [change.operation for change in done]


DELETION = ["RemoveRoleFromInstanceProfile", "RemoveRoleFromInstanceProfile", "DeleteRole", "DeleteInstanceProfile"]


def test_an_unused_role_is_deleted(client, iam, there):
    finder = Finder()
    assert delete(iam, finder) == DELETION
    assert finder.asked == [("instances", there), ("launch_sources", there)]
    assert client.list_roles()["Roles"] == []
    assert [each["InstanceProfileName"] for each in client.list_instance_profiles()["InstanceProfiles"]] == ["other"]


@pytest.mark.parametrize(
    "finder, says, asked",
    [
        (Finder(instances=[("arn", "i-1", "eu-west-1")]), "the credentials of instances .* web or other: i-1", ["instances"]),
        (Finder(launch_sources=[("web", "Spot Fleet", "sfr-1", "eu-west-1")]), "Spot Fleet sfr-1", ["instances", "launch_sources"]),
        (Finder(incomplete=[Incomplete("eu-west-3", "Denied", "no")]), "eu-west-3", ["instances", "launch_sources"]),
    ],
)
def test_a_role_that_is_or_may_be_in_use_is_kept(client, iam, there, finder, says, asked):
    with pytest.raises(OptionError, match=says) as caught:
        delete(iam, finder)
    assert (caught.value.option, [what for what, _arns in finder.asked]) == ("state", asked)
    assert len(client.list_roles()["Roles"]) == 1 and len(client.list_instance_profiles()["InstanceProfiles"]) == 2
    assert delete(iam, None) == DELETION  # with force


def test_without_an_affected_profile_nothing_is_searched(client, iam):
    make_role(client)
    finder = Finder(instances=[("arn", "i-1", "eu-west-1")])
    assert (delete(iam, finder), finder.asked) == (["DeleteRole"], [])


def test_users_of_an_empty_profile_are_searched_too(client, iam):
    client.create_instance_profile(InstanceProfileName="web")
    finder = Finder()
    assert delete(iam, finder) == ["DeleteInstanceProfile"] and len(finder.asked) == 2


def test_the_named_profile_is_not_among_the_others(client, iam):
    make_role(client)
    client.create_instance_profile(InstanceProfileName="own")
    client.add_role_to_instance_profile(InstanceProfileName="own", RoleName="web")
    state = AbsentRole(RoleSpec(name="web", instance_profile_name="own"), iam, None).read().state
    assert (state.profile.name, state.other_profiles) == ("own", ())


# Creating


class ManagedPolicies:
    """Managed policies with these names; records the lookups."""

    def __init__(self, *names):
        self.arns = {name: f"arn:aws:iam::aws:policy/{name}" for name in names}
        self.asked = []

    def exists(self, arn):
        return arn in self.arns.values()

    def arn_of(self, name):
        self.asked.append(name)
        return self.arns.get(name)

    aws_arn_of = arn_of


def make(iam, wait=WaitSpec(), **options):
    """Creates the role; returns the job, its plan after the calls, and the operations."""
    job = PresentRole(RoleSpec(name="web", **options), iam, wait, ("A warning.",))
    done = []
    plan = job.plan(job.read())
    outcome = job.apply(plan, done.append)
    return job, outcome, [change.operation for change in done]


def test_a_new_role_and_profile_have_the_ids_that_aws_assigned(client, iam):
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


def test_without_a_profile_none_is_read_or_created(client, iam):
    client.create_instance_profile(InstanceProfileName="web")
    job, plan, operations = make(iam, create_instance_profile=False)
    assert operations == ["CreateRole"] and set(job.result(plan)) == {"iam_role"}


@pytest.mark.parametrize("seconds, made, waits", [(7, True, True), (0, True, False), (7, False, False)])
def test_it_waits_for_a_profile_that_got_its_role(client, iam, monkeypatch, seconds, made, waits):
    if not made:
        make(iam)
    waited = []
    monkeypatch.setattr(iam.instance_profiles, "wait_for", lambda profile, seconds: waited.append((profile.name, profile.roles, seconds)))
    make(iam, WaitSpec(profile=seconds))
    assert waited == ([("web", ("web",), 7)] if waits else [])


def test_an_attached_policy_of_the_account_keeps_its_name_if_aws_has_none_of_that_name(client, iam, monkeypatch):
    named = ManagedPolicies("Read", "Bound")
    make(iam)
    monkeypatch.setattr(iam, "managed_policies", named)
    own = client.create_policy(PolicyName="Own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    client.attach_role_policy(RoleName="web", PolicyArn=own)
    spec = PresentRole(RoleSpec(name="web", managed_policies=("Own", "Read"), permissions_boundary="Bound"), iam).read().spec
    assert (tuple(spec.managed_policies), spec.permissions_boundary) == ((own, named.arns["Read"]), named.arns["Bound"])
    assert sorted(named.asked) == ["Bound", "Own", "Read"]


def test_the_current_boundary_has_its_name_unless_aws_has_a_policy_of_that_name(client, iam, monkeypatch):
    own = client.create_policy(PolicyName="Own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    make_role(client, PermissionsBoundary=own)
    for named, found in ((ManagedPolicies(), own), (ManagedPolicies("Own"), "arn:aws:iam::aws:policy/Own")):
        monkeypatch.setattr(iam, "managed_policies", named)
        spec = PresentRole(RoleSpec(name="web", permissions_boundary="Own"), iam).read().spec
        assert (spec.permissions_boundary, named.asked, spec.managed_policies) == (found, ["Own"], None)


def test_only_a_new_role_gets_a_default_trust_policy(client, iam):
    assert PresentRole(RoleSpec(name="web"), iam).read().spec.trust_policy == ec2_trust_policy("aws")
    assert PresentRole(RoleSpec(name="web", trust_policy=LAMBDA), iam).read().spec.trust_policy == LAMBDA
    make_role(client)
    assert PresentRole(RoleSpec(name="web"), iam).read().spec.trust_policy is None


@pytest.mark.parametrize("policies, asks", [(10, False), (11, True)])
def test_quotas_are_read_if_the_defaults_may_not_be_enough(client, iam, monkeypatch, policies, asks):
    asked = []
    monkeypatch.setattr(iam, "read_quotas", lambda: asked.append(1) or replace(DEFAULT_QUOTAS, attached=20))
    named = ManagedPolicies(*(f"P{number}" for number in range(policies)))
    monkeypatch.setattr(iam, "managed_policies", named)
    quotas = PresentRole(RoleSpec(name="web", managed_policies=tuple(named.arns)), iam).read().quotas
    assert (bool(asked), quotas == DEFAULT_QUOTAS) == (asks, not asks)


LONG = {**LAMBDA, "Statement": [{**LAMBDA["Statement"][0], "Sid": "x" * 2048}]}


@pytest.mark.parametrize(
    "actual, desired, asks",
    [(LAMBDA, None, False), (LONG, None, True), (LONG, LAMBDA, False), (LAMBDA, LONG, True), (None, LONG, True), (None, None, False)],
)
def test_the_desired_trust_policy_counts(iam, monkeypatch, actual, desired, asks):
    job, asked = PresentRole(RoleSpec(name="web", trust_policy=desired), iam), []
    role = actual and Role("web", "/", actual)
    monkeypatch.setattr(job, "_read_state", lambda: RoleState(role, None))
    monkeypatch.setattr(iam, "read_quotas", lambda: asked.append(1) or DEFAULT_QUOTAS)
    job.read()
    assert bool(asked) == asks
