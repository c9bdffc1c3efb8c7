# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of existing roles for those that do not exist: usually spelling mistakes."""

from __future__ import annotations

from typing import Iterable, Sequence

from .._aws.iam import Iam
from .._common.errors import AwsError
from .._common.suggestions import near

SUGGESTED = 3


def similar_names(iam: Iam, names: Iterable[str], found: Iterable[str]) -> dict[str, list[str]]:
    """Similar names by each that was not found; all roles are only listed if there is one."""
    existing = {name.lower() for name in found}
    missing = [name for name in dict.fromkeys(names) if name.lower() not in existing]
    known = _all_names(iam) if missing else []
    return {name: near(name, known, SUGGESTED) for name in missing}


def _all_names(iam: Iam) -> list[str]:
    """The names of all roles; empty if they can't be listed, because then only the suggestion is missing."""
    try:
        return [role.name for role in iam.roles.list("/")]
    except AwsError:
        return []


def missing_role(name: str, similar: Sequence[str]) -> str:
    """The warning about a role that does not exist."""
    suggestion = f" Did you mean {' or '.join(similar)}?" if similar else ""
    return f"There is no role {name}.{suggestion}"
