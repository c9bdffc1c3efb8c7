# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM requires of roles, their documents, policies and boundaries."""

from __future__ import annotations

from datetime import datetime, timezone
from inspect import signature
from typing import Any

from moto.iam.exceptions import EntityAlreadyExists, LimitExceededException, NoSuchEntity, ValidationError
from moto.iam.models import IAMBackend
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator

from ..conditions.clock import clock
from .policy_documents import require_partition
from .principals import require_principals, with_arns

TRUST_POLICY_SIZE = 2048
INLINE_POLICIES_SIZE = 10240
POLICIES_PER_ROLE = 10
SESSION_SECONDS = range(3600, 43201)


def patch_create_role() -> None:
    """Checks what moto does not: names that differ only in case, trust policy, boundary, session duration. The emulator's clock dates the role."""
    original = IAMBackend.create_role
    parameters = signature(original)

    def create_role(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = parameters.bind(self, *args, **kwargs).arguments
        name = given["role_name"]
        if name.lower() in (role.name.lower() for role in self.get_roles()):
            raise EntityAlreadyExists(f"Role with name {name} already exists.")
        if not given.get("linked_service"):
            _require_trust_policy(self, given["assume_role_policy_document"])
        _require_boundary(self, given["permissions_boundary"])
        _require_duration(given["max_session_duration"])
        role = original(self, *args, **kwargs)
        role.create_date = datetime.fromtimestamp(int(clock().now()), timezone.utc).replace(tzinfo=None)
        role.assume_role_policy_document = with_arns(self, role.assume_role_policy_document)
        return role

    IAMBackend.create_role = create_role


def patch_update_trust_policy() -> None:
    """Checks the size and the principals of a changed trust policy."""
    original = IAMBackend.update_assume_role_policy

    def update_assume_role_policy(self: Any, role_name: str, policy_document: str) -> None:
        self.get_role(role_name)
        _require_trust_policy(self, policy_document)
        original(self, role_name, with_arns(self, policy_document))

    IAMBackend.update_assume_role_policy = update_assume_role_policy


def patch_update_role() -> None:
    """Keeps a description that is not given. moto removes it.

    A duration that is not given becomes an hour, according to IAM's documentation of UpdateRole.
    """

    def update_role(self: Any, role_name: str, role_description: Any, max_session_duration: Any) -> Any:
        _require_duration(max_session_duration)
        role = self.get_role(role_name)
        if role_description is not None:
            role.description = role_description
        role.max_session_duration = max_session_duration
        return role

    IAMBackend.update_role = update_role


def patch_attach_role_policy() -> None:
    """Limits a role to ten policies. Attaching a policy again changes nothing."""
    original = IAMBackend.attach_role_policy

    def attach_role_policy(self: Any, policy_arn: str, role_name: str) -> None:
        attached = self.get_role(role_name).managed_policies
        if policy_arn in attached:
            return
        if policy_arn in self.managed_policies and len(attached) >= POLICIES_PER_ROLE:
            raise LimitExceededException(f"Cannot exceed quota for PoliciesPerRole: {POLICIES_PER_ROLE}")
        original(self, policy_arn, role_name)

    IAMBackend.attach_role_policy = attach_role_policy


def patch_put_role_policy() -> None:
    """Limits the total size of a role's inline policies, and refuses ARNs of other partitions."""
    original = IAMBackend.put_role_policy

    def put_role_policy(self: Any, role_name: str, policy_name: str, policy_json: str) -> None:
        policies = {**self.get_role(role_name).policies, policy_name: policy_json}
        if sum(map(_size, policies.values())) > INLINE_POLICIES_SIZE:
            raise LimitExceededException(f"Maximum policy size of {INLINE_POLICIES_SIZE} bytes exceeded for role {role_name}")
        IAMPolicyDocumentValidator(policy_json).validate()
        require_partition(policy_json, self.partition)
        original(self, role_name, policy_name, policy_json)

    IAMBackend.put_role_policy = put_role_policy


def patch_put_boundary() -> None:
    """Requires the boundary to exist."""
    original = IAMBackend.put_role_permissions_boundary

    def put_role_permissions_boundary(self: Any, role_name: str, permissions_boundary: str) -> None:
        self.get_role(role_name)
        _require_boundary(self, permissions_boundary)
        original(self, role_name, permissions_boundary)

    IAMBackend.put_role_permissions_boundary = put_role_permissions_boundary


def patch_delete_boundary() -> None:
    """Refuses to delete a boundary that is not set."""
    original = IAMBackend.delete_role_permissions_boundary

    def delete_role_permissions_boundary(self: Any, role_name: str) -> None:
        if not self.get_role(role_name).permissions_boundary_arn:
            raise NoSuchEntity(f"Role {role_name} does not have a permissions boundary.")
        original(self, role_name)

    IAMBackend.delete_role_permissions_boundary = delete_role_permissions_boundary


def _require_trust_policy(backend: Any, document: str) -> None:
    if _size(document) > TRUST_POLICY_SIZE:
        raise LimitExceededException(f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_SIZE}")
    IAMTrustPolicyDocumentValidator(document).validate()
    require_principals(backend, document)


def _require_boundary(backend: Any, arn: str | None) -> None:
    if arn and arn not in backend.managed_policies:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")


def _require_duration(seconds: Any) -> None:
    if seconds is not None and int(seconds) not in SESSION_SECONDS:
        raise ValidationError(
            f"1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy "
            "constraint: Member must have value between 3600 and 43200"
        )


def _size(document: str) -> int:
    """Returns the size without white space, as IAM counts it."""
    return len("".join(document.split()))
