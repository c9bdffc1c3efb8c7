# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a trust policy lets EC2 assume a role."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

SERVICE = "ec2.amazonaws.com"
ACTION = "sts:assumerole"


def allows_ec2(document: str) -> bool:
    """Tells whether a statement allows it and none denies it.

    Conditions are not evaluated: an Allow counts as met, a Deny with a condition does not.
    """
    statements = [each for each in _listed(json.loads(document)["Statement"]) if _is_for_ec2(each)]
    denied = any(each["Effect"] == "Deny" and not each.get("Condition") for each in statements)
    return not denied and any(each["Effect"] == "Allow" for each in statements)


def _is_for_ec2(statement: dict[str, Any]) -> bool:
    return _names_ec2(statement) and _has_action(statement)


def _names_ec2(statement: dict[str, Any]) -> bool:
    """Tells whether a principal includes EC2. "*" and {"AWS": "*"} both include everybody."""
    if "NotPrincipal" in statement:
        return not _holds_ec2(statement["NotPrincipal"])
    return _holds_ec2(statement.get("Principal", {}))


def _holds_ec2(principal: Any) -> bool:
    if not isinstance(principal, dict):
        return principal == "*"
    return SERVICE in _listed(principal.get("Service", [])) or "*" in _listed(principal.get("AWS", []))


def _has_action(statement: dict[str, Any]) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"])
    return _matches(statement.get("Action", []))


def _matches(patterns: Any) -> bool:
    return any(fnmatchcase(ACTION, pattern.lower()) for pattern in _listed(patterns))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
