# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy variables in a document whose edition of the language has none: they are taken for plain text.  Pure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .document import located_statements, values_of
from .findings import Finding
from .grammar import VERSIONS
from .resources import VARIABLE


def unused_variables(option: str, document: Mapping[str, Any]) -> list[Finding]:
    """A finding for each place with a variable that means nothing there."""
    # Without a Version IAM takes the older one.
    if str(document.get("Version")) == VERSIONS[0]:
        return []
    return [
        Finding(
            "unused_variable",
            where,
            f"{variable} is plain text in this edition of the policy language, and never matches. "
            f'If a variable is meant, set the document\'s Version to "{VERSIONS[0]}".',
        )
        for where, variable in _variables(option, document)
    ]


def _variables(option: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for where, statement in located_statements(option, document):
        for place, values in _texts(where, statement):
            found = (VARIABLE.search(each) for each in values_of(values) if isinstance(each, str))
            first = next((each for each in found if each), None)
            if first:
                yield place, first[0]


def _texts(where: str, statement: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("Resource", "NotResource"):
        yield f"{where}.{key}", statement.get(key)
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield f"{where}.Condition.{operator}.{key}", values
