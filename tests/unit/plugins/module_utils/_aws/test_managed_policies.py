# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to managed policies."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.managed_policies import ManagedPolicies
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client, refuse, refused

AWS = "arn:aws:iam::aws:policy/"
OWN = "arn:aws:iam::123456789012:policy/"
READ = {"Version": "2012-10-17", "Statement": []}


def client(*arns, **responses):
    """IAM with these policies."""

    def get_policy(PolicyArn):
        if PolicyArn not in arns:
            raise refused("NoSuchEntity")
        return {"Policy": {"Arn": PolicyArn, "DefaultVersionId": "v3"}}

    return Client(("list_policies",), get_policy=get_policy, **responses)


def asked(of, method="get_policy"):
    return sorted(parameters["PolicyArn"] for name, parameters in of.asked if name == method)


def test_whether_a_policy_exists():
    assert ManagedPolicies(client(AWS + "Read")).exists(AWS + "Read") is True
    assert ManagedPolicies(client()).exists(AWS + "Read") is False
    with pytest.raises(AwsError, match="Could not look up the managed policy .*Read: AccessDenied"):
        ManagedPolicies(Client(get_policy=refuse("AccessDenied"))).exists(AWS + "Read")


@pytest.mark.parametrize("path", ["", "service-role/", "job-function/"])
def test_aws_managed_policies_are_found_under_three_paths(path):
    iam = client(f"{AWS}{path}Read")
    assert ManagedPolicies(iam).arn_of("Read") == f"{AWS}{path}Read"
    assert asked(iam) == [f"{AWS}{each}Read" for each in ("", "job-function/", "service-role/")]


def test_the_accounts_own_policy_is_found_if_the_account_is_known():
    sts = Client(get_caller_identity={"Account": "123456789012"})
    assert ManagedPolicies(client(OWN + "Own"), lambda: sts).arn_of("Own") == OWN + "Own"
    assert ManagedPolicies(client(), lambda: sts).arn_of("Own") is None
    assert ManagedPolicies(client(OWN + "Own")).arn_of("Own") is None
    # The account is not read if an AWS managed policy is found.
    assert ManagedPolicies(client(AWS + "Read"), None).arn_of("Read") == AWS + "Read"


def test_the_document_of_the_default_version():
    iam = client(OWN + "a", get_policy_version={"PolicyVersion": {"Document": READ}})
    assert ManagedPolicies(iam).document(OWN + "a") == READ
    assert iam.asked[-1] == ("get_policy_version", {"PolicyArn": OWN + "a", "VersionId": "v3"})


def test_a_missing_policy_or_version_has_no_document():
    gone = client(get_policy_version={"PolicyVersion": {"Document": READ}})
    assert ManagedPolicies(gone).document(OWN + "a") is None and len(gone.asked) == 1
    assert ManagedPolicies(client(OWN + "a", get_policy_version=refuse("NoSuchEntity"))).document(OWN + "a") is None


def test_all_policies_by_name_under_any_path():
    iam = client(list_policies={"Policies": [{"Arn": OWN + "team/a"}, {"Arn": OWN + "b"}]})
    assert ManagedPolicies(iam).arns("Local") == {"a": OWN + "team/a", "b": OWN + "b"}
    assert iam.asked == [("list_policies", {"Scope": "Local"})]
