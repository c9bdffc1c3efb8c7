# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to a whole account's IAM: every role with its policies, every instance profile, the quota."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional

from .._values.instance_profile import TrustedProfile
from .._values.permissions import Permissions
from .._values.role import Role
from .calls import read
from .instance_profiles import profile_in, trust_policy_in
from .roles import attached_in, documents_in, role_in

PAGE = 1000  # IAM's maximum
FILTER = ("Role", "LocalManagedPolicy", "AWSManagedPolicy")


class DetailedRole(NamedTuple):
    """A role and its permissions, which are None if IAM did not return the documents of all its policies."""

    role: Role
    permissions: Optional[Permissions]


class ProfileQuota(NamedTuple):
    """How many instance profiles an account has, and its quota."""

    used: int
    allowed: int


class AccountDetails:
    """IAM of one account through one boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def roles(self) -> list[DetailedRole]:
        """Every role by name, with the documents of its policies; one call per thousand roles and policies.

        IAM also returns the AWS managed policies that are in use.
        """
        doing = "list the roles with their policies"
        found = read(
            self._client,
            "iam:GetAccountAuthorizationDetails",
            "*",
            doing,
            Filter=list(FILTER),
            PaginationConfig={"PageSize": PAGE},
        )
        documents = dict(filter(None, map(_default_document, found["Policies"])))
        return sorted((_detailed(each, documents) for each in found["RoleDetailList"]), key=lambda each: each.role.name)

    def profiles(self) -> dict[str, TrustedProfile]:
        """Every instance profile by its name in lower case, with the trust policy of its role; one call per thousand."""
        doing = "list the instance profiles"
        target, page = "instance-profile/*", {"PageSize": PAGE}
        found = read(self._client, "iam:ListInstanceProfiles", target, doing, PaginationConfig=page)["InstanceProfiles"]
        return {each["InstanceProfileName"].lower(): TrustedProfile(profile_in(each), trust_policy_in(each)) for each in found}

    def profile_quota(self) -> ProfileQuota:
        """The account's quota for instance profiles."""
        summary = read(self._client, "iam:GetAccountSummary", "*", "read the account's quotas")["SummaryMap"]
        return ProfileQuota(summary["InstanceProfiles"], summary["InstanceProfilesQuota"])


def _default_document(described: Mapping[str, Any]) -> Optional[tuple[str, Mapping[str, Any]]]:
    """The policy's ARN and the document of its default version."""
    versions = described["PolicyVersionList"]
    return next(((described["Arn"], each["Document"]) for each in versions if each["IsDefaultVersion"]), None)


def _detailed(described: Mapping[str, Any], documents: Mapping[str, Mapping[str, Any]]) -> DetailedRole:
    role = role_in(described, attached_in(described["AttachedManagedPolicies"]), documents_in(described))
    limits = [role.permissions_boundary] if role.permissions_boundary else []
    if any(each not in documents for each in (*role.managed_policies, *limits)):
        return DetailedRole(role, None)
    managed = [documents[each] for each in role.managed_policies]
    boundary = documents[limits[0]] if limits else None
    return DetailedRole(role, Permissions((*managed, *role.inline_policies.values()), boundary))
