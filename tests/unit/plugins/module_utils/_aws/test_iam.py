# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's gateways together: the account's quotas and partition."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.quotas import quotas_in
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.plugins.module_utils._values.quotas import DEFAULT_QUOTAS, UNKNOWN_QUOTAS, Quotas
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role


def test_quotas_are_unknown_if_reading_them_is_not_allowed(make_client):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_response("get_account_summary", {"SummaryMap": {"AttachedPoliciesPerRoleQuota": 20}})
        assert Iam(client).read_quotas().attached == 20
        aws.add_client_error("get_account_summary", "AccessDenied", http_status_code=403)
        assert Iam(client).read_quotas() == UNKNOWN_QUOTAS


def test_quotas_come_from_the_account_summary():
    summary = {"AttachedPoliciesPerRoleQuota": 20, "AssumeRolePolicySizeQuota": 4096, "RolePolicySizeQuota": 10240}
    assert quotas_in(summary) == Quotas(20, 4096, 10240)
    assert quotas_in({}) == DEFAULT_QUOTAS


def test_the_quotas_of_a_new_account():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    assert (DEFAULT_QUOTAS.attached, DEFAULT_QUOTAS.trust_size, DEFAULT_QUOTAS.inline_size) == (10, 2048, 10240)
    assert DEFAULT_QUOTAS.is_known and not UNKNOWN_QUOTAS.is_known


def test_the_partition_is_that_of_the_region(make_client):
    assert Iam(make_client("iam", "cn-north-1")).partition == "aws-cn"
    assert Iam(make_client("iam", "us-gov-west-1")).partition == "aws-us-gov"


class Policies:
    """Managed policies, one of which was deleted."""

    def document(self, arn):
        return None if arn == "gone" else {"Sid": arn}


@pytest.mark.parametrize(
    "role, permissions",
    [
        (None, Permissions()),
        ({}, Permissions(())),
        ({"managed_policies": {"a": "A", "b": "B"}, "inline_policies": {"i": {"Sid": "i"}}}, Permissions(({"Sid": "a"}, {"Sid": "b"}, {"Sid": "i"}))),
        ({"managed_policies": {"a": "A"}, "permissions_boundary": "b"}, Permissions(({"Sid": "a"},), {"Sid": "b"})),
        ({"managed_policies": {"gone": "A"}, "permissions_boundary": "gone"}, Permissions(({},), {})),
    ],
)
def test_the_permissions_of_a_role(make_client, role, permissions):
    iam = Iam(make_client("iam"))
    found = None if role is None else Role("web", "/", {}, **role)
    iam.roles, iam.managed_policies = SimpleNamespace(find=lambda name: found if name == "web" else None), Policies()
    assert iam.permissions_of("web") == permissions


ARN = "arn:aws:iam::123456789012"
MADE = {"Path": "/", "CreateDate": datetime(2026, 1, 1, tzinfo=timezone.utc)}
LISTS = {
    "list_roles": {"Roles": [{**MADE, "RoleName": "r", "RoleId": "AROA1" * 4, "Arn": f"{ARN}:role/r"}]},
    "list_users": {"Users": [{**MADE, "UserName": "u", "UserId": "AIDA1" * 4, "Arn": f"{ARN}:user/u"}]},
}


@pytest.mark.parametrize(
    "ids, asked, found",
    [
        ([], [], {}),
        (["AROA1" * 4], ["list_roles"], {"AROA1" * 4: f"{ARN}:role/r"}),
        (["AIDA1" * 4], ["list_users"], {"AIDA1" * 4: f"{ARN}:user/u"}),
        (["AIDA9", "AROA1" * 4], ["list_roles", "list_users"], {"AROA1" * 4: f"{ARN}:role/r", "AIDA1" * 4: f"{ARN}:user/u"}),
        (["AGPA1"], [], {}),
    ],
)
def test_only_the_lists_with_such_ids_are_read(make_client, ids, asked, found):
    client = make_client("iam")
    with Stubber(client) as aws:
        for name in asked:
            aws.add_response(name, LISTS[name], {})
        assert Iam(client).arns_by_id(ids) == found
        aws.assert_no_pending_responses()
