# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of requests that policy statements allow or deny, which can be intersected and subtracted.  Pure.

A result that can't be computed exactly is too large, never too small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, Iterator, Sequence

from .pattern_search import is_within, some_match, without_variables
from .pattern_sets import ANYTHING, PatternSet
from .statements import Statement
from .wildcards import has_wildcards

MAX_SETS = 64  # beyond which nothing more is subtracted


@dataclass(frozen=True)
class Texts:
    """The texts that match all of ``included`` and none of ``excluded``; ``name`` describes them, or more than them."""

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    name: str

    @property
    def is_pattern(self) -> bool:
        """Whether these are all texts that match the pattern in ``name``."""
        return len(self.included) == 1 and not self.excluded

    @property
    def is_single(self) -> bool:
        """Whether this is a single text, without wildcards."""
        return self.is_pattern and not has_wildcards(self.included[0])

    def may_include(self, text: str) -> bool:
        """Whether the text, without wildcards, may be one of them."""
        return some_match((text, *map(without_variables, self.included)), self.excluded)

    def inside(self, patterns: PatternSet, names: Sequence[str]) -> list[Texts]:
        """The texts that are in the set too. The names are those of the patterns."""
        if patterns.negated:
            return self._without(patterns.patterns)
        return self._within_one(patterns.patterns, names)

    def outside(self, patterns: PatternSet, names: Sequence[str]) -> list[Texts]:
        """The texts that are not in the set."""
        if patterns.negated:
            return self._within_one(patterns.patterns, names)
        return self._without(patterns.patterns)

    def _without(self, patterns: Iterable[str]) -> list[Texts]:
        excluded = tuple(each for each in patterns if each not in self.excluded and some_match((*self.included, each)))
        return [replace(self, excluded=(*self.excluded, *excluded))] if some_match(self.included, (*self.excluded, *excluded)) else []

    def _within_one(self, patterns: Sequence[str], names: Sequence[str]) -> list[Texts]:
        if any(is_within(included, each) for each in patterns for included in self.included):
            return [self]
        # The same variable is excluded whatever its value is.
        pairs = [(each, name) for each, name in zip(patterns, names) if not any(is_within(each, excluded) for excluded in self.excluded)]
        found = (self._within(each, name) for each, name in pairs)
        return [each for each in found if some_match(each.included, each.excluded)]

    def _within(self, pattern: str, name: str) -> Texts:
        # The variable can have the value that the other pattern names.
        known = tuple(map(without_variables, self.included))
        pattern = without_variables(pattern)
        wider = tuple(each for each in known if not is_within(pattern, each))
        included = (*wider, pattern)
        excluded = tuple(each for each in self.excluded if some_match((*included, each)))
        return Texts(included, excluded, self.name if wider else name)


@dataclass(frozen=True)
class RequestSet:
    """Requests for actions on resources, made when the conditions hold."""

    actions: Texts
    resources: Texts
    conditions: frozenset[str]

    def inside(self, statement: Statement) -> list[RequestSet]:
        """The requests to which the statement may apply."""
        return [
            RequestSet(actions, resources, self.conditions | statement.conditions)
            for actions in self.actions.inside(statement.actions, _action_names(statement))
            for resources in self.resources.inside(statement.resources, statement.resources.patterns)
        ]

    def minus(self, statement: Statement) -> list[RequestSet]:
        """The requests to which the statement does not apply for certain."""
        if not statement.conditions <= self.conditions:
            return [self]
        inside = self.actions.inside(statement.actions, _action_names(statement))
        if not inside:
            return [self]
        resources = self.resources.outside(statement.resources, statement.resources.patterns)
        outside = [] if self.actions in inside else self.actions.outside(statement.actions, _action_names(statement))
        if not outside and resources == [self.resources]:
            return [self]
        return [
            *(replace(self, actions=each) for each in outside),
            *(replace(self, actions=actions, resources=each) for actions in inside for each in resources),
        ]


def subtract(requests: Iterable[RequestSet], statements: Iterable[Statement]) -> list[RequestSet]:
    """The requests to which none of the statements applies for certain."""
    left = list(requests)
    for statement in statements:
        if not left or len(left) > MAX_SETS:
            break
        left = list(dict.fromkeys(each for request in left for each in request.minus(statement)))
    return left


def requests_of(statement: Statement) -> Iterator[RequestSet]:
    """The requests that the statement applies to, by single actions and resources. NotAction and NotResource are not split."""
    for part in statement.parts():
        yield RequestSet(_texts(part.actions, part.written[0]), _texts(part.resources), part.conditions)


def _texts(patterns: PatternSet, name: str = "") -> Texts:
    if patterns.negated:
        return Texts((ANYTHING,), patterns.patterns, name or f"all but {', '.join(patterns.patterns)}")
    return Texts(patterns.patterns, (), name or patterns.patterns[0])


def _action_names(statement: Statement) -> Sequence[str]:
    return statement.actions.patterns if statement.actions.negated else statement.written
