# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to roles, on moto."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.roles import Roles
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import trust_ec2

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


def make_role(client, name="web", **options):
    client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust_ec2("aws")), **options)


def make_policy(client, name, path="/"):
    document = json.dumps(READ)
    return client.create_policy(PolicyName=name, Path=path, PolicyDocument=document)["Policy"]["Arn"]


def test_a_role_is_read_with_all_that_belongs_to_it(client):
    boundary, attached = make_policy(client, "boundary"), make_policy(client, "attached")
    make_role(client, Path="/team/", Description="d", MaxSessionDuration=7200, PermissionsBoundary=boundary)
    client.tag_role(RoleName="web", Tags=[{"Key": "a", "Value": "1"}])
    client.attach_role_policy(RoleName="web", PolicyArn=attached)
    client.put_role_policy(RoleName="web", PolicyName="read", PolicyDocument=json.dumps(READ))
    role = Roles(client).find("web")
    assert (role.name, role.path, role.description, role.max_session_duration) == ("web", "/team/", "d", 7200)
    assert (role.permissions_boundary, role.tags) == (boundary, {"a": "1"})
    assert (role.managed_policies, role.inline_policies) == ({attached: "attached"}, {"read": READ})
    assert role.trust_policy == trust_ec2("aws")
    assert role.arn == "arn:aws:iam::123456789012:role/team/web"
