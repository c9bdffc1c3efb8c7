# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies say of a request: its action, its resource, and its context.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..server.checks import rows_of
from ..server.refusals import Refusal


@dataclass(frozen=True)
class Asked:
    """One thing that a caller needs to be allowed; the keys of ``context`` are as in policies.

    ``template`` is the launch template for which Auto Scaling asks, as the caller named it.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)
    template: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether it is allowed; ``denied_by`` is the Sid of a statement that denies it, empty for one without."""

    allowed: bool
    denied_by: str | None = None


def verdict_of(documents: Iterable[Mapping[str, Any]], asked: Asked) -> Verdict:
    """What the documents say together: a Deny goes before any Allow, and what nobody allows is not allowed."""
    matching = [statement for document in documents for statement in rows_of(document["Statement"]) if _matches(statement, asked)]
    for statement in matching:
        if statement["Effect"] == "Deny":
            return Verdict(False, statement.get("Sid", ""))
    return Verdict(bool(matching))


def _matches(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        _names(statement, "Action", asked.action, re.IGNORECASE)
        and _names(statement, "Resource", asked.resource)
        and all(
            _holds(operator, key, rows_of(values), asked.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _names(statement: Mapping[str, Any], element: str, value: str, flags: int = 0) -> bool:
    if f"Not{element}" in statement:
        return not _is_like_any(value, rows_of(statement[f"Not{element}"]), flags)
    return _is_like_any(value, rows_of(statement[element]), flags)


def _is_like_any(value: str, patterns: Iterable[str], flags: int = 0) -> bool:
    return any(_is_like(value, pattern, flags) for pattern in patterns)


def _is_like(value: str, pattern: str, flags: int = 0) -> bool:
    """With * and ? only: what else shell patterns have stands for itself."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    """Raises Refusal for an operator that is not evaluated here: better no answer than a wrong one."""
    name = operator.removesuffix("IfExists")
    if name not in OPERATORS:
        raise Refusal("NotImplemented", f"The emulator does not evaluate the condition operator {operator}.", 501)
    found = {each.lower(): value for each, value in context.items()}.get(key.lower())
    if found is None:
        return operator != name or name in NEGATED
    holds = any(OPERATORS[name](found, each) for each in wanted)
    return holds != (name in NEGATED)


def _equal(found: str, wanted: str) -> bool:
    return found == wanted


def _equal_in_any_case(found: str, wanted: str) -> bool:
    return found.lower() == wanted.lower()


NEGATED = ("StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase", "ArnNotEquals", "ArnNotLike")
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equal,
    "StringNotEquals": _equal,
    "StringEqualsIgnoreCase": _equal_in_any_case,
    "StringNotEqualsIgnoreCase": _equal_in_any_case,
    "StringLike": _is_like,
    "StringNotLike": _is_like,
    "ArnEquals": _is_like,
    "ArnNotEquals": _is_like,
    "ArnLike": _is_like,
    "ArnNotLike": _is_like,
}
