# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a role's creation and its deletion need, on moto."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import trust_ec2
from ansible_collections.keyless.ec2.plugins.module_utils._role.job import AbsentRole, PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


@pytest.fixture(name="iam")
def _iam(client):
    return Iam(client)


def make_role(client, name="web", **options):
    client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust_ec2("aws")), **options)


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
