# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM's roles."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from .._values.role import DEFAULT_SESSION_DURATION, Role
from .calls import find, read
from .parallel import each_in_parallel, in_parallel
from .tags import tags_in
from .wait_for_arn import find_with_arns, read_with_arns

WORKERS = 8  # parallel reads; IAM's rate limits are unpublished and low


class Roles:
    """The roles of an account through one boto3 client of IAM."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def find(self, name: str) -> Optional[Role]:
        """The role with all its policies, or None; three calls, and one for each inline policy."""
        described, attached, inline = in_parallel(
            lambda: find_with_arns(self._client, "iam:GetRole", f"role/{name}", f"read the role {name}", RoleName=name),
            lambda: self._attached(name),
            lambda: self._inline_documents(name),
        )
        return described and role_in(described["Role"], attached, inline)

    def find_without_policies(self, name: str) -> Optional[Role]:
        """The role as if it had no policies, or None; one call."""
        found = find(self._client, "iam:GetRole", f"role/{name}", f"read the role {name}", RoleName=name)
        return None if found is None else role_in(found["Role"], {}, {})

    # ``List`` in annotations, because ``list`` is a method of this class.
    def list(self, path_prefix: str) -> List[Role]:
        """Every role under the path with its policies, from two lists of the account, however many roles there are.

        One list has the policies, the other has the descriptions and session durations.
        """
        details, described = in_parallel(self._details, lambda: self._described(path_prefix))
        both = [each.with_defaults(details.get(each["RoleName"], {})) for each in described]
        return [role_in(each, attached_in(each.get("AttachedManagedPolicies", [])), documents_in(each)) for each in both]

    def trust_policies(self) -> dict[str, Mapping[str, Any]]:
        """The trust policy of every role of the account, by the role's name."""
        return {each["RoleName"]: each["AssumeRolePolicyDocument"] for each in self._described("/")}

    def _described(self, path_prefix: str) -> List[dict[str, Any]]:
        found = read_with_arns(self._client, "iam:ListRoles", "role/*", "list the roles", PathPrefix=path_prefix)
        roles: List[dict[str, Any]] = found["Roles"]
        return roles

    def _details(self) -> dict[str, dict[str, Any]]:
        doing = "list the roles with their policies"
        found = read(self._client, "iam:GetAccountAuthorizationDetails", "*", doing, Filter=["Role"])
        return {each["RoleName"]: each for each in found["RoleDetailList"]}

    def _attached(self, name: str) -> dict[str, str]:
        doing = f"list the managed policies of the role {name}"
        found = find(self._client, "iam:ListAttachedRolePolicies", f"role/{name}", doing, RoleName=name)
        return attached_in(found["AttachedPolicies"]) if found else {}

    def _inline_documents(self, role_name: str) -> dict[str, Mapping[str, Any]]:
        target = f"role/{role_name}"

        def document(name: str) -> Optional[Mapping[str, Any]]:
            doing = f"read the inline policy {name} of the role {role_name}"
            found = find(self._client, "iam:GetRolePolicy", target, doing, RoleName=role_name, PolicyName=name)
            return found and found["PolicyDocument"]

        doing = f"list the inline policies of the role {role_name}"
        found = find(self._client, "iam:ListRolePolicies", target, doing, RoleName=role_name)
        names = found["PolicyNames"] if found else []
        documents = zip(names, each_in_parallel(document, names, WORKERS))
        # A policy that was deleted after it was listed is left out.
        return {name: each for name, each in documents if each is not None}


def role_in(described: Mapping[str, Any], attached: Mapping[str, str], inline: Mapping[str, Mapping[str, Any]]) -> Role:
    """Converts IAM's description of a role, which has no policies; ``attached`` and ``inline`` are these."""
    return Role(
        name=described["RoleName"],
        path=described["Path"],
        trust_policy=described["AssumeRolePolicyDocument"],
        description=described.get("Description", ""),
        max_session_duration=described.get("MaxSessionDuration", DEFAULT_SESSION_DURATION),
        permissions_boundary=described.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        tags=tags_in(described),
        managed_policies=attached,
        inline_policies=inline,
        arn=described["Arn"],
        role_id=described["RoleId"],
        create_date=described["CreateDate"].isoformat(),
        last_used=_last_used(described.get("RoleLastUsed") or {}),
    )


def attached_in(described: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of the attached policies by ARN."""
    return {each["PolicyArn"]: each["PolicyName"] for each in described}


def documents_in(described: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The documents of the inline policies by name."""
    return {each["PolicyName"]: each["PolicyDocument"] for each in described.get("RolePolicyList", [])}


def _last_used(described: Mapping[str, Any]) -> dict[str, Any]:
    if "LastUsedDate" not in described:
        return {}
    return {"last_used_date": described["LastUsedDate"].isoformat(), "region": described.get("Region", "")}
