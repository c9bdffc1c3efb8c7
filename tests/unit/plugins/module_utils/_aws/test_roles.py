# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to roles, on moto and on a client in memory."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.roles import Roles, role_in
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client, refuse, refused

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


def make_role(client, name="web", **options):
    client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ec2_trust_policy("aws")), **options)


def make_policy(client, name, path="/"):
    document = json.dumps(READ)
    return client.create_policy(PolicyName=name, Path=path, PolicyDocument=document)["Policy"]["Arn"]


def test_a_role_with_its_policies(client):
    boundary, attached = make_policy(client, "boundary"), make_policy(client, "attached")
    make_role(client, Path="/team/", Description="d", MaxSessionDuration=7200, PermissionsBoundary=boundary)
    client.tag_role(RoleName="web", Tags=[{"Key": "a", "Value": "1"}])
    client.attach_role_policy(RoleName="web", PolicyArn=attached)
    client.put_role_policy(RoleName="web", PolicyName="read", PolicyDocument=json.dumps(READ))
    role = Roles(client).find("web")
    assert (role.name, role.path, role.description, role.max_session_duration) == ("web", "/team/", "d", 7200)
    assert (role.permissions_boundary, role.tags) == (boundary, {"a": "1"})
    assert (role.managed_policies, role.inline_policies) == ({attached: "attached"}, {"read": READ})
    assert role.trust_policy == ec2_trust_policy("aws")
    assert role.arn == "arn:aws:iam::123456789012:role/team/web"


WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def described(name="web", **others):
    return {
        "RoleName": name,
        "Path": "/",
        "Arn": f"arn:aws:iam::123456789012:role/{name}",
        "RoleId": "AROA1",
        "CreateDate": WHEN,
        "AssumeRolePolicyDocument": {"Statement": []},
        **others,
    }


def test_defaults_for_missing_members():
    role = role_in(described(), {"a": "A"}, {"i": {}})
    assert role == Role(
        "web",
        "/",
        {"Statement": []},
        managed_policies={"a": "A"},
        inline_policies={"i": {}},
        arn=role.arn,
        role_id="AROA1",
        create_date=WHEN.isoformat(),
    )


@pytest.mark.parametrize(
    "used, told",
    [
        ({}, {}),
        (None, {}),
        ({"Region": "eu-west-1"}, {}),
        ({"LastUsedDate": WHEN}, {"last_used_date": WHEN.isoformat(), "region": ""}),
        ({"LastUsedDate": WHEN, "Region": "eu-west-1"}, {"last_used_date": WHEN.isoformat(), "region": "eu-west-1"}),
    ],
)
def test_when_a_role_was_last_used(used, told):
    assert role_in(described(RoleLastUsed=used), {}, {}).last_used == told


def test_a_missing_role_is_none_even_if_policies_were_found():
    gone = refuse("NoSuchEntity")
    client = Client(get_role=gone, list_attached_role_policies=gone, list_role_policies=gone)
    assert Roles(client).find("web") is None
    assert sorted(method for method, _asked in client.asked) == ["get_role", "list_attached_role_policies", "list_role_policies"]


def test_a_policy_that_is_deleted_in_the_meantime_is_left_out():
    def get_role_policy(RoleName, PolicyName):
        if PolicyName == "gone":
            raise refused("NoSuchEntity")
        return {"PolicyDocument": {"Sid": PolicyName}}

    names = {"PolicyNames": ["a", "gone", "b"]}
    attached = {"AttachedPolicies": [{"PolicyArn": "arn:p", "PolicyName": "p"}]}
    client = Client(get_role={"Role": described()}, list_attached_role_policies=attached, list_role_policies=names, get_role_policy=get_role_policy)
    role = Roles(client).find("web")
    assert (role.inline_policies, role.managed_policies) == ({"a": {"Sid": "a"}, "b": {"Sid": "b"}}, {"arn:p": "p"})


def test_all_roles_combine_both_lists():
    details = {
        "RoleDetailList": [
            described(
                AttachedManagedPolicies=[{"PolicyArn": "arn:p", "PolicyName": "p"}],
                RolePolicyList=[{"PolicyName": "i", "PolicyDocument": {"Sid": "i"}}],
                Description="of the details",
            )
        ]
    }
    listed = {"Roles": [described(MaxSessionDuration=7200, Description="of the list"), described("new")]}
    client = Client(get_account_authorization_details=details, list_roles=listed)
    web, new = Roles(client).list("/team/")
    assert (web.managed_policies, web.inline_policies, web.max_session_duration, web.description) == (
        {"arn:p": "p"},
        {"i": {"Sid": "i"}},
        7200,
        "of the list",
    )
    assert (new.name, new.managed_policies, new.inline_policies) == ("new", {}, {})
    assert ("list_roles", {"PathPrefix": "/team/"}) in client.asked and ("get_account_authorization_details", {"Filter": ["Role"]}) in client.asked


def test_the_trust_policies_of_all_roles():
    client = Client(list_roles={"Roles": [described(), described("db", AssumeRolePolicyDocument={"Sid": "x"})]})
    assert Roles(client).trust_policies() == {"web": {"Statement": []}, "db": {"Sid": "x"}}
    assert client.asked == [("list_roles", {"PathPrefix": "/"})]
