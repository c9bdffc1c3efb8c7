# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggestions for misspelled names.  Pure."""

from __future__ import annotations

import difflib
from typing import Iterable, Optional

SIMILARITY = 0.6  # from 0 to 1; difflib's own default


def nearest(given: str, known: Iterable[str], cutoff: float = SIMILARITY) -> Optional[str]:
    """The known name that is most similar to the given one, or None."""
    return next(iter(near(given, known, 1, cutoff)), None)


def near(given: str, known: Iterable[str], count: int, cutoff: float = SIMILARITY) -> list[str]:
    """Up to ``count`` known names that are similar to the given one, the most similar first.  Case is ignored."""
    by_lower = {each.lower(): each for each in known}
    return [by_lower[each] for each in difflib.get_close_matches(given.lower(), by_lower, count, cutoff)]


def did_you_mean(given: str, known: Iterable[str], count: int = 1, cutoff: float = SIMILARITY) -> str:
    """``Did you mean X?``, or an empty text if no known name is similar; for the arguments see ``near``."""
    found = near(given, known, count, cutoff)
    return f"Did you mean {' or '.join(found)}?" if found else ""
