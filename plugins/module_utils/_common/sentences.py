# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers and long lists in sentences for people.  Pure."""

from __future__ import annotations

from typing import Optional, Sequence


def number_of(number: int, one: str, several: Optional[str] = None) -> str:
    """The number with its noun: "1 instance", "2 instances"; ``several`` is an irregular plural."""
    return f"{number} {one if number == 1 else several or _plural(one)}"


def _plural(one: str) -> str:
    return f"{one[:-1]}ies" if one.endswith("y") and one[-2] not in "aeiou" else f"{one}s"


def listed(texts: Sequence[str], shown: int) -> str:
    """The first ``shown`` texts, and how many more there are: "a, b and 3 more"."""
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more
