# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role with its policies and tags.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

DEFAULT_SESSION_DURATION = 3600  # seconds; IAM's own default


@dataclass(frozen=True)
class Role:
    """A role as IAM describes it; ``arn``, ``role_id`` and ``create_date`` are None for a planned role.

    ``managed_policies`` maps a policy's ARN to its name, ``inline_policies`` a policy's name to its document;
    ``max_session_duration`` is in seconds.
    """

    name: str
    path: str
    trust_policy: Mapping[str, Any]
    description: str = ""
    max_session_duration: int = DEFAULT_SESSION_DURATION
    permissions_boundary: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)
    managed_policies: Mapping[str, str] = field(default_factory=dict)
    inline_policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    arn: Optional[str] = None
    role_id: Optional[str] = None
    create_date: Optional[str] = None
    last_used: Mapping[str, str] = field(default_factory=dict)

    def as_result(self) -> dict[str, Any]:
        """The return value ``iam_role``: the keys that amazon.aws.iam_role returns, and ``inline_policies``.

        As there, a role without a description has no key ``description``.
        """
        values = {
            "role_name": self.name,
            "role_id": self.role_id,
            "arn": self.arn,
            "path": self.path,
            "create_date": self.create_date,
            "description": self.description or None,
            "max_session_duration": self.max_session_duration,
            "permissions_boundary": self._boundary_as_result(),
            "assume_role_policy_document": self.trust_policy,
            "assume_role_policy_document_raw": self.trust_policy,
            "attached_policies": self.attached_as_result(),
            "inline_policies": dict(self.inline_policies),
            "role_last_used": dict(self.last_used),
            "tags": dict(self.tags),
        }
        return {key: value for key, value in values.items() if value is not None}

    def attached_as_result(self) -> list[dict[str, Any]]:
        """The managed policies, in the order of their ARNs."""
        return [{"policy_arn": arn, "policy_name": name} for arn, name in sorted(self.managed_policies.items())]

    def _boundary_as_result(self) -> Optional[dict[str, Any]]:
        if self.permissions_boundary is None:
            return None
        return {
            "permissions_boundary_arn": self.permissions_boundary,
            "permissions_boundary_type": "Policy",
        }
