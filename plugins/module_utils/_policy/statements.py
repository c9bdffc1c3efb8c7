# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsed policy statements, which can be compared and split.  Pure."""

from __future__ import annotations

from ast import literal_eval
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

from .document import as_list, canonical_conditions, has_variables, statements_of
from .pattern_sets import ANYTHING, PatternSet

# Operators of conditions that are only met by the values themselves
LIMITING = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")


@dataclass(frozen=True)
class Statement:
    """A statement or a part of one: it allows or denies actions on resources if the conditions hold.

    ``actions`` are in lower case, because IAM ignores their case; ``written`` has them as in the document, one by one.
    """

    allows: bool
    actions: PatternSet
    resources: PatternSet
    conditions: frozenset[str] = frozenset()
    written: tuple[str, ...] = field(default=(), compare=False)

    def covers(self, other: Statement) -> bool:
        """Whether it applies whenever the other does."""
        return self.conditions <= other.conditions and self.actions.covers(other.actions) and self.resources.covers(other.resources)

    def overlaps(self, other: Statement) -> bool:
        """Whether some requests match both, apart from conditions."""
        return self.actions.overlaps(other.actions) and self.resources.overlaps(other.resources)

    def intersection(self, other: Statement) -> Statement:
        """The part that matches the other too."""
        actions = self.actions.intersection(other.actions)
        written = self.written if actions == self.actions else other.written
        resources = self.resources.intersection(other.resources)
        return replace(self, actions=actions, resources=resources, conditions=self.conditions | other.conditions, written=written)

    def parsed_conditions(self) -> list[tuple[str, str, list[str]]]:
        """The operator, the key in lower case and the values of each condition."""
        return sorted(literal_eval(each) for each in self.conditions)

    def limits_of(self, key: str) -> list[str]:
        """The values, possibly with wildcards, to which a condition certainly limits the key, given in lower case."""
        return next((values for operator, found, values in self.parsed_conditions() if found == key and operator in LIMITING), [])

    def parts(self) -> Iterator[Statement]:
        """The statement split by single actions and resources. A NotAction or NotResource is not split."""
        for action, written in zip(_each_pattern(self.actions), self.written):
            for resources in _each_pattern(self.resources):
                yield replace(self, actions=action, resources=resources, written=(written,))


def _each_pattern(patterns: PatternSet) -> list[PatternSet]:
    if patterns.negated:
        return [] if ANYTHING in patterns.patterns else [patterns]
    return [PatternSet((pattern,)) for pattern in patterns.patterns]


def parse_statements(documents: Iterable[Optional[Mapping[str, Any]]]) -> list[Statement]:
    """The statements of all documents."""
    return [_parse(statement, document) for document in documents if document for statement in statements_of(document)]


def _parse(statement: Mapping[str, Any], document: Mapping[str, Any]) -> Statement:
    negated = "NotAction" in statement
    actions = [str(each) for each in as_list(statement["NotAction" if negated else "Action"])]
    as_text = str if has_variables(document) else _plain_text
    return Statement(
        allows=statement["Effect"] == "Allow",
        actions=PatternSet(tuple(ANYTHING if each == "*:*" else each.lower() for each in actions), negated),
        resources=_resources(statement, as_text),
        conditions=frozenset(_conditions(statement, as_text)),
        written=(f"all but {', '.join(actions)}",) if negated else tuple(actions),
    )


def _plain_text(text: Any) -> str:
    """The text of an older document, where ${ is not special, as the newer version of the policy language writes it."""
    return str(text).replace("${", "${$}{")


def _resources(statement: Mapping[str, Any], as_text: Callable[[Any], str]) -> PatternSet:
    negated = "NotResource" in statement
    resources = as_list(statement["NotResource"] if negated else statement.get("Resource", ANYTHING))
    return PatternSet(tuple(map(as_text, resources)), negated)


def _conditions(statement: Mapping[str, Any], as_text: Callable[[Any], str]) -> Iterator[str]:
    for operator, keys in canonical_conditions(statement.get("Condition") or {}):
        for key, values in keys:
            yield repr((operator, key, [as_text(each) for each in values]))
