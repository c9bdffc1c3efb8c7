# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of actions or resources, as a statement names them with patterns.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .pattern_search import is_within, some_match, without_variables

ANYTHING = "*"


@dataclass(frozen=True)
class PatternSet:
    """All strings that match one of the patterns; if ``negated``, all strings that match none of them."""

    patterns: tuple[str, ...]
    negated: bool = False

    def covers(self, other: PatternSet) -> bool:
        """Whether it contains all of the other. False also if only several patterns together do."""
        if ANYTHING in self.patterns and not self.negated:
            return True
        if other.negated:
            # A few patterns can't contain everything but a few.
            return self.negated and all(other._contains(each) for each in self.patterns)
        if self.negated:
            return not any(_overlap(one, each) for one in self.patterns for each in other.patterns)
        return all(self._contains(each) for each in other.patterns)

    def overlaps(self, other: PatternSet) -> bool:
        """Whether some string may be in both."""
        if self.negated and other.negated:
            return True
        if self.negated or other.negated:
            excluded, named = (self, other) if self.negated else (other, self)
            return any(not excluded._contains(each) for each in named.patterns)
        return any(_overlap(one, each) for one in self.patterns for each in other.patterns)

    def intersection(self, other: PatternSet) -> PatternSet:
        """The strings in both, or an approximation: the narrower of the two."""
        if self.negated != other.negated:
            return other if self.negated else self
        if self.negated:
            return PatternSet(tuple(dict.fromkeys((*self.patterns, *other.patterns))), True)
        return other if self.covers(other) else self

    def _contains(self, pattern: str) -> bool:
        """Whether one of the patterns matches everything that the pattern matches."""
        return any(is_within(pattern, each) for each in self.patterns)


def _overlap(one: str, other: str) -> bool:
    return some_match((without_variables(one), without_variables(other)))
