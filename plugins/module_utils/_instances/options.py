# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options that select instances.  Pure."""

from __future__ import annotations

from typing import Iterable

from .._common.errors import OptionError
from .._common.identifiers import INSTANCE_ID

SHOWN = 3  # malformed ids

EVERY_INSTANCE = OptionError("filters", "is empty and would match every instance.", "Give at least one filter.")


def check_instance_ids(option: str, instance_ids: Iterable[str]) -> None:
    """Raises OptionError if one of them is not an instance id."""
    malformed = [each for each in instance_ids if not INSTANCE_ID.fullmatch(each)]
    if not malformed:
        return
    shown = ", ".join(map(repr, malformed[:SHOWN]))
    more = f" and {len(malformed) - SHOWN} more" if len(malformed) > SHOWN else ""
    problem = f"{shown} is not an instance id." if len(malformed) == 1 else f"{shown}{more} are not instance ids."
    raise OptionError(option, problem, "An instance id looks like i-0123456789abcdef0.")
