# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a trust policy lets EC2 assume its role."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

SERVICE = "ec2.amazonaws.com"
ACTION = "sts:assumerole"


def lets_ec2_assume(document: str) -> bool:
    """Whether a statement allows it and none denies it. Conditions are not looked at."""
    statements = [each for each in _listed(json.loads(document)["Statement"]) if _is_for_ec2(each)]
    effects = {each["Effect"] for each in statements}
    return effects == {"Allow"}


def _is_for_ec2(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = _listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    actions = _listed(statement.get("Action", []))
    return SERVICE in services and any(fnmatchcase(ACTION, action.lower()) for action in actions)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
