# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolving the names of managed policies, with moto or botocore's Stubber."""

from __future__ import annotations

import json

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.managed_policies import ManagedPolicies
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.policy_arns import resolve_policies

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


@pytest.fixture(name="policies")
def _policies(client):
    return ManagedPolicies(client)


def make_policy(client, name, path="/"):
    document = json.dumps(READ)
    return client.create_policy(PolicyName=name, Path=path, PolicyDocument=document)["Policy"]["Arn"]


def test_a_policy_is_given_by_name_or_arn(client, policies):
    mine = make_policy(client, "mine", "/team/")
    attached = {"arn:aws:iam::aws:policy/Attached": "Attached"}
    assert resolve_policies(policies, ["mine", mine, "Attached"], attached) == (mine, "arn:aws:iam::aws:policy/Attached")


@pytest.mark.parametrize("option", ["managed_policies", "permissions_boundary"])
def test_a_policy_that_is_attached_and_only_named_like_one_of_aws_does_not_count_as_that(client, policies, monkeypatch, option):
    """Whoever may create policies and roles could write what the role may do, under the name of AWS's policy."""
    theirs, of_aws = make_policy(client, "ReadOnlyAccess"), "arn:aws:iam::aws:policy/ReadOnlyAccess"
    monkeypatch.setattr(policies, "exists", lambda arn: arn in (theirs, of_aws))
    assert resolve_policies(policies, ["ReadOnlyAccess"], {theirs: "ReadOnlyAccess"}, option) == (of_aws,)
    assert resolve_policies(policies, ["ReadOnlyAccess"], {of_aws: "ReadOnlyAccess", theirs: "ReadOnlyAccess"}, option) == (of_aws,)
    mine = make_policy(client, "mine", "/team/")
    assert resolve_policies(policies, ["mine"], {mine: "mine"}, option) == (mine,)


@pytest.mark.parametrize("given", ["nobody", "arn:aws:iam::123456789012:policy/nobody"])
def test_a_missing_policy_is_an_error(policies, given):
    with pytest.raises(OptionError, match="^managed_policies: there is no managed policy"):
        resolve_policies(policies, [given], {})


def test_the_error_suggests_similar_names(client, policies):
    make_policy(client, "WebServers")
    make_policy(client, "Databases")
    with pytest.raises(OptionError, match=r"named 'WebServer', .*Did you mean WebServers\?$"):
        resolve_policies(policies, ["WebServer"], {})


def test_without_the_permission_an_arn_is_not_checked(make_client):
    client = make_client("iam")
    arn = "arn:aws:iam::123456789012:policy/p"
    with Stubber(client) as aws:
        aws.add_client_error("get_policy", "AccessDenied", http_status_code=403)
        assert resolve_policies(ManagedPolicies(client), [arn], {}) == (arn,)


def test_the_error_names_the_option(policies):
    for given in ("nobody", "arn:aws:iam::123456789012:policy/nobody"):
        with pytest.raises(OptionError, match="^permissions_boundary: there is no managed policy"):
            resolve_policies(policies, [given], {}, "permissions_boundary")
