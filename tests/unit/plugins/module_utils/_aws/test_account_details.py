# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to a whole account's IAM."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.account_details import AccountDetails, ProfileQuota
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client

WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)
OWN = "arn:aws:iam::123456789012:policy/"
TRUST = {"Version": "2012-10-17", "Statement": []}


def document(name):
    return {"Version": "2012-10-17", "Statement": [{"Sid": name}]}


def policy(name, default=2):
    versions = [{"VersionId": f"v{number}", "IsDefaultVersion": number == default, "Document": document(f"{name}{number}")} for number in (1, 2, 3)]
    return {"Arn": OWN + name, "PolicyVersionList": versions}


def role(name="web", attached=(), inline=(), boundary=None):
    described = {"RoleName": name, "Path": "/", "Arn": f"arn:{name}", "RoleId": "AROA", "CreateDate": WHEN, "AssumeRolePolicyDocument": TRUST}
    limits = {"PermissionsBoundary": {"PermissionsBoundaryArn": OWN + boundary}} if boundary else {}
    return {
        **described,
        **limits,
        "AttachedManagedPolicies": [{"PolicyArn": OWN + each, "PolicyName": each} for each in attached],
        "RolePolicyList": [{"PolicyName": each, "PolicyDocument": document(each)} for each in inline],
    }


@pytest.mark.parametrize(
    "described, permissions",
    [
        (role(), Permissions()),
        (role(attached="a", inline=["i"]), Permissions((document("a2"), document("i")))),
        (role(attached="ba"), Permissions((document("b2"), document("a2")))),
        (role(attached="a", boundary="b"), Permissions((document("a2"),), document("b2"))),
        (role(attached=["gone"]), None),
        (role(attached=["a", "gone"]), None),
        (role(attached="a", boundary="gone"), None),
    ],
)
def test_the_permissions_of_a_role(described, permissions):
    client = Client(get_account_authorization_details={"RoleDetailList": [described], "Policies": [policy("a"), policy("b")]})
    (found,) = AccountDetails(client).roles()
    assert (found.role.name, found.permissions) == ("web", permissions)
    kinds = ["Role", "LocalManagedPolicy", "AWSManagedPolicy"]
    assert client.asked == [("get_account_authorization_details", {"Filter": kinds, "PaginationConfig": {"PageSize": 1000}})]


def test_roles_are_sorted_and_a_policy_without_a_default_version_is_unknown():
    response = {"RoleDetailList": [role("b", attached="a"), role("a")], "Policies": [policy("a", default=9)]}
    found = AccountDetails(Client(get_account_authorization_details=response)).roles()
    assert [(each.role.name, each.permissions) for each in found] == [("a", Permissions()), ("b", None)]


def test_profiles_by_lower_case_name_with_trust_policies():
    common = {"Path": "/", "Arn": "arn:x", "InstanceProfileId": "AIPA", "CreateDate": WHEN}
    full = {**common, "InstanceProfileName": "Web", "Roles": [{"RoleName": "web", "AssumeRolePolicyDocument": TRUST}]}
    client = Client(list_instance_profiles={"InstanceProfiles": [full, {**common, "InstanceProfileName": "empty", "Roles": []}]})
    found = AccountDetails(client).profiles()
    assert {key: (each.profile.name, each.profile.roles, each.trust_policy) for key, each in found.items()} == {
        "web": ("Web", ("web",), TRUST),
        "empty": ("empty", (), None),
    }
    assert client.asked == [("list_instance_profiles", {"PaginationConfig": {"PageSize": 1000}})]


def test_the_quota_for_instance_profiles():
    client = Client(get_account_summary={"SummaryMap": {"InstanceProfiles": 3, "InstanceProfilesQuota": 1000}})
    assert AccountDetails(client).profile_quota() == ProfileQuota(used=3, allowed=1000)
