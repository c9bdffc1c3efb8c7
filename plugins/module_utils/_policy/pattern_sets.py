# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of actions and of resources, as statements write them: all that match one of some patterns, or none of them.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .service_reference import as_pattern
from .wildcards import overlap

ANYTHING = "*"


@dataclass(frozen=True)
class PatternSet:
    """All that match one of the patterns; with ``all_but``, all that match none of them."""

    patterns: tuple[str, ...]
    all_but: bool = False

    def covers(self, other: PatternSet) -> bool:
        """Whether all of the other is in it; False also where only several patterns together do."""
        if ANYTHING in self.patterns and not self.all_but:
            return True
        if other.all_but:
            # What only some patterns name is never all but a few.
            return self.all_but and all(other._names(each) for each in self.patterns)
        if self.all_but:
            return not any(_overlap(one, each) for one in self.patterns for each in other.patterns)
        return all(self._names(each) for each in other.patterns)

    def overlaps(self, other: PatternSet) -> bool:
        """Whether something may be in both."""
        if self.all_but and other.all_but:
            return True
        if self.all_but or other.all_but:
            excluded, named = (self, other) if self.all_but else (other, self)
            return any(not excluded._names(each) for each in named.patterns)
        return any(_overlap(one, each) for one in self.patterns for each in other.patterns)

    def within(self, other: PatternSet) -> PatternSet:
        """What is in both, as near as one of them tells: the narrower one."""
        if self.all_but != other.all_but:
            return other if self.all_but else self
        if self.all_but:
            return PatternSet(tuple(dict.fromkeys((*self.patterns, *other.patterns))), True)
        return other if self.covers(other) else self

    def _names(self, pattern: str) -> bool:
        """Whether one of the patterns stands for all that the pattern stands for."""
        return any(_covering(each).fullmatch(pattern) for each in self.patterns)


def _overlap(one: str, other: str) -> bool:
    return overlap(as_pattern(one), as_pattern(other))


@lru_cache(maxsize=4096)
def _covering(pattern: str) -> re.Pattern[str]:
    """What finds the patterns that stand for nothing more; a ? is no more than a character, which * is."""
    parts = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(parts.get(each) or re.escape(each) for each in pattern), re.DOTALL)
