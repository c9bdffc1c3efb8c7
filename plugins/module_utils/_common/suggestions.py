# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggestions for misspelled names.  Pure."""

from __future__ import annotations

import difflib
import os
from typing import Iterable, Optional

SIMILARITY = 0.6  # from 0 to 1; difflib's own default


def nearest(given: str, known: Iterable[str], cutoff: float = SIMILARITY) -> Optional[str]:
    """The known name that is most similar to the given one, or None."""
    return next(iter(near(given, known, 1, cutoff)), None)


def near(given: str, known: Iterable[str], count: int, cutoff: float = SIMILARITY) -> list[str]:
    """Up to ``count`` known names that are similar to the given one, the most similar first.  Case is ignored.

    People rarely mistype the beginning of a name, and often leave out its end.  So a name that begins with the given one comes
    before all others, and names that have less of the beginning in common than the first are left out.
    """
    by_lower = {each.lower(): each for each in known}
    given = given.lower()
    similar = difflib.get_close_matches(given, by_lower, max(len(by_lower), 1), cutoff)
    similar.sort(key=lambda name: not name.startswith(given))
    common = [_common_beginning(given, name) for name in similar]
    return [by_lower[name] for name, length in zip(similar, common) if length >= common[0]][:count]


def _common_beginning(one: str, other: str) -> int:
    return len(os.path.commonprefix([one, other]))


def did_you_mean(given: str, known: Iterable[str], count: int = 1, cutoff: float = SIMILARITY) -> str:
    """``Did you mean X?``, or an empty text if no known name is similar; for the arguments see ``near``."""
    found = near(given, known, count, cutoff)
    return f"Did you mean {' or '.join(found)}?" if found else ""
