# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies allow and deny, statement by statement.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping, Optional

from .document import canonical_conditions, statements_of, values_of
from .pattern_sets import ANYTHING, PatternSet


@dataclass(frozen=True)
class Statement:
    """A statement, or a part of one: what may or may not be done with what, where the conditions hold.

    ``actions`` are in lower case, because IAM ignores it; ``written`` is how they stand in the document, one by one.
    """

    allows: bool
    actions: PatternSet
    resources: PatternSet
    conditions: frozenset[str] = frozenset()
    written: tuple[str, ...] = field(default=(), compare=False)

    def covers(self, other: Statement) -> bool:
        """Whether it speaks of all of the other, whenever the other holds."""
        return self.conditions <= other.conditions and self.actions.covers(other.actions) and self.resources.covers(other.resources)

    def overlaps(self, other: Statement) -> bool:
        """Whether it speaks of some of the other."""
        return self.actions.overlaps(other.actions) and self.resources.overlaps(other.resources)

    def within(self, other: Statement) -> Statement:
        """The part that the other speaks of too."""
        actions = self.actions.within(other.actions)
        written = self.written if actions == self.actions else other.written
        resources = self.resources.within(other.resources)
        return replace(self, actions=actions, resources=resources, conditions=self.conditions | other.conditions, written=written)

    def parts(self) -> Iterator[Statement]:
        """The grant by single actions and resources, as far as they are named."""
        for action, written in zip(_each(self.actions), self.written):
            for resources in _each(self.resources):
                yield replace(self, actions=action, resources=resources, written=(written,))


def _each(extent: PatternSet) -> list[PatternSet]:
    if extent.all_but:
        return [] if ANYTHING in extent.patterns else [extent]
    return [PatternSet((pattern,)) for pattern in extent.patterns]


def parse_statements(documents: Iterable[Optional[Mapping[str, Any]]]) -> list[Statement]:
    """The statements of all the documents."""
    return [_grant(statement) for document in documents if document for statement in statements_of(document)]


def _grant(statement: Mapping[str, Any]) -> Statement:
    negated = "NotAction" in statement
    actions = [str(each) for each in values_of(statement["NotAction" if negated else "Action"])]
    return Statement(
        allows=statement["Effect"] == "Allow",
        actions=PatternSet(tuple(each.lower() for each in actions), negated),
        resources=_resources(statement),
        conditions=frozenset(map(repr, canonical_conditions(statement.get("Condition") or {}))),
        written=(f"all but {', '.join(actions)}",) if negated else tuple(actions),
    )


def _resources(statement: Mapping[str, Any]) -> PatternSet:
    if "NotResource" in statement:
        return PatternSet(tuple(map(str, values_of(statement["NotResource"]))), True)
    return PatternSet(tuple(map(str, values_of(statement.get("Resource", ANYTHING)))))
