# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's gateways by resource, all with one boto3 client."""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterable, Optional

from .._common.change import Change
from .._values.permissions import Permissions
from .._values.quotas import Quotas
from .access_keys import AccessKeys
from .calls import read_pages
from .eventual_consistency import PrincipalWait
from .iam_changes import make_in_order
from .instance_profiles import InstanceProfiles
from .managed_policies import ManagedPolicies
from .parallel import each_in_parallel
from .quotas import read_quotas
from .roles import Roles

WORKERS = 8  # parallel reads; IAM's rate limits are unpublished and low


class Iam:
    """IAM of one account; ``make_sts`` creates a client for STS, which is rarely needed."""

    def __init__(self, client: Any, make_sts: Optional[Callable[[], Any]] = None) -> None:
        self._client = client
        self.partition: str = client.meta.partition
        self.roles = Roles(client)
        self.instance_profiles = InstanceProfiles(client)
        self.managed_policies = ManagedPolicies(client, make_sts)
        self.access_keys = AccessKeys(client)

    def permissions_of(self, role_name: str) -> Permissions:
        """The documents of the role's policies, none if the role does not exist; three calls, and one or two for each policy."""
        role = self.roles.find(role_name)
        if role is None:
            return Permissions()
        boundary = [role.permissions_boundary] if role.permissions_boundary else []
        arns = [*role.managed_policies, *boundary]
        # A policy that was deleted since it was listed counts as an empty document: it allows nothing, also as a boundary.
        documents = [each or {} for each in each_in_parallel(self.managed_policies.document, arns, WORKERS)]
        managed, boundaries = documents[: len(role.managed_policies)], documents[len(role.managed_policies) :]
        return Permissions((*managed, *role.inline_policies.values()), boundaries[0] if boundaries else None)

    def arns_by_id(self, ids: Collection[str]) -> dict[str, str]:
        """The ARNs of the account's roles and users by their unique ids, of those types that the ids are of."""
        found = {}
        if any(each.startswith("AROA") for each in ids):
            for page in read_pages(self._client, "iam:ListRoles", "role/*", "list the roles"):
                found.update({each["RoleId"]: each["Arn"] for each in page["Roles"]})
        if any(each.startswith("AIDA") for each in ids):
            for page in read_pages(self._client, "iam:ListUsers", "user/*", "list the users"):
                found.update({each["UserId"]: each["Arn"] for each in page["Users"]})
        return found

    def read_quotas(self) -> Quotas:
        """The account's quotas for a role."""
        return read_quotas(self._client)

    def make_in_order(
        self, changes: Iterable[Change], done: Callable[[Change], None], wait: PrincipalWait = PrincipalWait()
    ) -> dict[str, dict[str, Any]]:
        """Makes the calls one after the other, calls ``done`` after each, and returns the responses by operation."""
        return make_in_order(self._client, changes, done, wait)
