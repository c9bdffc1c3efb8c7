# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluates policies for a request: its action, resource and context.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..server.errors import AwsError
from ..server.value_checks import as_list


@dataclass(frozen=True)
class RequiredPermission:
    """One permission that a caller needs. The keys of ``context`` are as in policies.

    ``template`` is the launch template for which Auto Scaling needs it, as the caller named it.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)
    template: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether it is allowed. ``denied_by`` is the Sid of a statement that denies it, or empty if it has none."""

    allowed: bool
    denied_by: str | None = None


def verdict_of(documents: Iterable[Mapping[str, Any]], asked: RequiredPermission) -> Verdict:
    """Returns the verdict of the documents: a Deny has precedence over an Allow, and what is not allowed is denied."""
    matching = [statement for document in documents for statement in as_list(document["Statement"]) if _matches(statement, asked)]
    for statement in matching:
        if statement["Effect"] == "Deny":
            return Verdict(False, statement.get("Sid", ""))
    return Verdict(bool(matching))


def _matches(statement: Mapping[str, Any], asked: RequiredPermission) -> bool:
    return (
        _names(statement, "Action", asked.action, re.IGNORECASE)
        and _names(statement, "Resource", asked.resource)
        and all(
            _holds(operator, key, as_list(values), asked.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _names(statement: Mapping[str, Any], element: str, value: str, flags: int = 0) -> bool:
    if f"Not{element}" in statement:
        return not _is_like_any(value, as_list(statement[f"Not{element}"]), flags)
    return _is_like_any(value, as_list(statement[element]), flags)


def _is_like_any(value: str, patterns: Iterable[str], flags: int = 0) -> bool:
    return any(_is_like(value, pattern, flags) for pattern in patterns)


def _is_like(value: str, pattern: str, flags: int = 0) -> bool:
    """Tells whether a value matches a pattern with * and ?. Other characters are literal."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    """Evaluates a condition. Raises AwsError for an operator that is not supported, rather than guess."""
    name = operator.removesuffix("IfExists")
    if name not in OPERATORS:
        raise AwsError("NotImplemented", f"The emulator does not evaluate the condition operator {operator}.", 501)
    found = {each.lower(): value for each, value in context.items()}.get(key.lower())
    if found is None:
        return operator != name or name in NEGATED
    holds = any(OPERATORS[name](found, each) for each in wanted)
    return holds != (name in NEGATED)


def _is_like_arn(found: str, wanted: str) -> bool:
    """Tells whether each of the six parts of the ARN matches. A wildcard does not match a colon between them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    parts, patterns = found.split(":", 5), wanted.split(":", 5)
    return len(parts) == len(patterns) and all(_is_like(part, pattern) for part, pattern in zip(parts, patterns))


def _is_bool(found: str, wanted: str) -> bool:
    return found.lower() == str(wanted).lower()


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
    "Bool": _is_bool,
    "ArnEquals": _is_like_arn,
    "ArnNotEquals": _is_like_arn,
    "ArnLike": _is_like_arn,
    "ArnNotLike": _is_like_arn,
}
