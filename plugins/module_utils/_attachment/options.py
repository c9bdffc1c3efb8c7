# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which instances: what can be found wrong with them without asking AWS.  Pure."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

from .._common.errors import OptionError

INSTANCE_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
SHOWN = 3  # malformed ids


def check_instance_ids(option: str, instance_ids: Iterable[str]) -> None:
    """Raises OptionError where one of them is no instance id."""
    malformed = [each for each in instance_ids if not INSTANCE_ID.fullmatch(each)]
    if not malformed:
        return
    shown = ", ".join(map(repr, malformed[:SHOWN]))
    more = f" and {len(malformed) - SHOWN} more" if len(malformed) > SHOWN else ""
    problem = f"{shown} is not an instance id." if len(malformed) == 1 else f"{shown}{more} are no instance ids."
    raise OptionError(option, problem, "One looks like i-0123456789abcdef0.")


def check_filters(filters: Mapping[str, Any], empty: str, remedy: str) -> None:
    """Raises OptionError for filters without values; ``empty`` and ``remedy`` tell of filters that are none at all."""
    if not filters:
        raise OptionError("filters", empty, remedy)
    for name, value in filters.items():
        if value is None or value == [] or isinstance(value, dict):
            raise OptionError(f"filters[{name}]", "has no value.", "Give a text or a list of texts.")
