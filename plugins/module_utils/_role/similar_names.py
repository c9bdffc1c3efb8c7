# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of existing roles for those that do not exist: usually spelling mistakes."""

from __future__ import annotations

from typing import Iterable

from .._aws.iam import Iam
from .._common.errors import AwsError
from .._common.suggestions import did_you_mean, near

SUGGESTED = 3
NOT_LOOKED_UP = "Similar names were not looked up; include_similar_names=true does, with iam:ListRoles."


def similar_names(iam: Iam, names: Iterable[str], found: Iterable[str], looks: bool) -> tuple[dict[str, list[str]], list[str]]:
    """Similar names by each that was not found, and a warning for each.  All roles are listed if there is one, but only if it ``looks``."""
    existing = {name.lower() for name in found}
    missing = [name for name in dict.fromkeys(names) if name.lower() not in existing]
    if not looks:
        return {}, [_no_role(name, NOT_LOOKED_UP) for name in missing]
    try:
        known = [role.name for role in iam.roles.list("/")] if missing else []
    except AwsError as error:
        return {}, [_no_role(name, f"Similar names are unknown: {error.code} for {error.operation}.") for name in missing]
    similar = {name: near(name, known, SUGGESTED) for name in missing}
    return similar, [_no_role(name, did_you_mean(name, known, SUGGESTED)) for name in missing]


def _no_role(name: str, suggestion: str) -> str:
    return f"There is no role {name}. {suggestion}".rstrip()
