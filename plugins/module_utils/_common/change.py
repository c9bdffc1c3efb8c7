# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A planned AWS call.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping


@dataclass(frozen=True)
class Change:
    """One AWS call that writes.

    ``service`` and ``operation`` are botocore's names (``iam``, ``AttachRolePolicy``), ``parameters`` the keyword
    arguments of the call.  ``target`` is the resource that changes (``role/web``).  ``summary`` is a phrase that can follow
    "Could not" ("attach the managed policy … to the role web").
    """

    service: str
    operation: str
    target: str
    parameters: Mapping[str, Any]
    summary: str

    @property
    def permission(self) -> str:
        """The call's name as IAM policies write it, for example ``iam:AttachRolePolicy``."""
        return f"{self.service}:{self.operation}"

    def as_action(self) -> dict[str, Any]:
        """An entry of the return value ``actions``."""
        return {"operation": self.permission, "target": self.target, "parameters": _without_secrets(self.parameters)}


# Parameters that must not reach output: scripts in user data often contain passwords.
SECRET = frozenset({"UserData"})
HIDDEN = "********"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in SECRET else _without_secrets(each) for key, each in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value
