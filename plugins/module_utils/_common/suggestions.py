# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody may have meant who misspelt a name.  Pure."""

from __future__ import annotations

import difflib
from typing import Iterable, Optional

LIKE = 0.6  # how alike a near miss has to be, of 1; difflib's own default


def nearest(given: str, known: Iterable[str], cutoff: float = LIKE) -> Optional[str]:
    """The name that is most like the given one, as it is known; None where none is like it."""
    return next(iter(near(given, known, 1, cutoff)), None)


def near(given: str, known: Iterable[str], count: int, cutoff: float = LIKE) -> list[str]:
    """The names that are like the given one, at most ``count`` of them, the most alike first.

    Upper and lower case are the same.
    """
    by_lower = {each.lower(): each for each in known}
    return [by_lower[each] for each in difflib.get_close_matches(given.lower(), by_lower, count, cutoff)]


def did_you_mean(given: str, known: Iterable[str], count: int = 1, cutoff: float = LIKE) -> str:
    """``Did you mean X?``, or nothing where none is near; the arguments are those of ``near``."""
    found = near(given, known, count, cutoff)
    return f"Did you mean {' or '.join(found)}?" if found else ""
