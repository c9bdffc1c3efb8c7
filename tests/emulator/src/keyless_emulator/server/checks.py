# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of what the emulator's own endpoints and options are given. All raise ValueError."""

from __future__ import annotations

import math
from typing import Any


def duration(value: Any, name: str) -> float:
    """A time of 0 or more, in whatever unit."""
    if not is_number(value) or value < 0:
        raise ValueError(f"{name} must be a number, 0 or more.")
    return value


def only(body: Any, name: str) -> Any:
    """The value of the one member that the body has."""
    if not isinstance(body, dict) or list(body) != [name]:
        raise ValueError(f"The body must be an object with {name} and nothing else.")
    return body[name]


def is_number(value: Any) -> bool:
    """Tells a finite number from all else; JSON's true is none, and Python's JSON has infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: Any, least: int, most: float = math.inf) -> bool:
    """Whether this is a whole number within the bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def rows_of(described: Any) -> list[Any]:
    """A list as it is, and of anything else a list."""
    return described if isinstance(described, list) else [described]
