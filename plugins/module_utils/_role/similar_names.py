# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of existing roles for those that do not exist: usually spelling mistakes."""

from __future__ import annotations

from typing import Callable, Iterable, Optional, Sequence

from .._common.errors import AwsError
from .._common.suggestions import did_you_mean, near

SUGGESTED = 3
NOT_LOOKED_UP = "Similar names were not looked up; include_similar_names=true does, with iam:ListRoles."


ListNames = Callable[[], Sequence[str]]


def similar_names(names: Iterable[str], found: Iterable[str], list_names: Optional[ListNames]) -> tuple[dict[str, list[str]], list[str]]:
    """Similar names by each that was not found, and a warning for each.  All names are listed if there is one; None if they must not be."""
    existing = {name.lower() for name in found}
    missing = [name for name in dict.fromkeys(names) if name.lower() not in existing]
    if list_names is None:
        return {}, [_no_role(name, NOT_LOOKED_UP) for name in missing]
    try:
        known = list_names() if missing else ()
    except AwsError as error:
        return {}, [_no_role(name, f"Similar names are unknown: {error.code} for {error.operation}.") for name in missing]
    similar = {name: near(name, known, SUGGESTED) for name in missing}
    return similar, [_no_role(name, did_you_mean(name, known, SUGGESTED)) for name in missing]


def _no_role(name: str, suggestion: str) -> str:
    return f"There is no role {name}. {suggestion}".rstrip()
