# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings for policy variables in a document whose Version treats them as plain text.  Pure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .document import as_list, has_variables, located_statements
from .findings import Finding
from .grammar import VARIABLE, VERSIONS


def unused_variables(option: str, document: Mapping[str, Any]) -> list[Finding]:
    """A finding for each location with a variable that has no effect."""
    if has_variables(document):
        return []
    return [
        Finding(
            "unused_variable",
            location,
            f"{variable} is plain text in this version of the policy language, so it never matches. "
            f'To use a variable, set the document\'s Version to "{VERSIONS[0]}".',
        )
        for location, variable in _variables(option, document)
    ]


def _variables(option: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for parent, statement in located_statements(option, document):
        for location, values in _values(parent, statement):
            found = (VARIABLE.search(each) for each in as_list(values) if isinstance(each, str))
            first = next((each for each in found if each), None)
            if first:
                yield location, first[0]


def _values(parent: str, statement: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("Resource", "NotResource"):
        yield f"{parent}.{key}", statement.get(key)
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield f"{parent}.Condition.{operator}.{key}", values
