# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the values that the emulator's endpoints and options get. All raise ValueError."""

from __future__ import annotations

import math
from typing import Any


def duration(value: Any, name: str) -> float:
    """Returns a time of 0 or more."""
    if not is_number(value) or value < 0:
        raise ValueError(f"{name} must be a number, 0 or more.")
    return value


def only(body: Any, name: str) -> Any:
    """Returns the value of the body's only member."""
    if not isinstance(body, dict) or list(body) != [name]:
        raise ValueError(f"The body must be an object with {name} and nothing else.")
    return body[name]


def is_number(value: Any) -> bool:
    """Tells whether a value is a finite number. Booleans and infinity are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_whole_number(value: Any, least: int, most: float = math.inf) -> bool:
    """Tells whether a value is a whole number within the bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def as_list(described: Any) -> list[Any]:
    """Returns a list unchanged, and anything else as a list of one."""
    return described if isinstance(described, list) else [described]
