# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions that can't do what they seem to: keys that AWS does not know or the actions have not, and other types."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Optional

from .._common.suggestions import nearest
from .condition_keys import keys_like, type_of
from .condition_values import NUMBER, is_network
from .conditions import base_of
from .document import located_statements, values_of
from .findings import Finding
from .service_reference import Action, ServiceReference
from .wildcards import has_wildcards, matches

LIKE_KEY = 0.85
# What the operators can't compare, by how they begin.  What is left out is unusual, and works.
WRONG_TYPES = {
    "Numeric": ("Bool", "ARN", "IPAddress", "ArrayOfARN", "ArrayOfBool"),
    "Date": ("Bool", "ARN", "IPAddress", "ArrayOfARN", "ArrayOfBool"),
    "Bool": ("ARN", "Date", "IPAddress", "Numeric", "ArrayOfARN"),
    "IpAddress": ("Bool", "ARN", "Date", "Numeric", "ArrayOfARN", "ArrayOfBool"),
    "NotIpAddress": ("Bool", "ARN", "Date", "Numeric", "ArrayOfARN", "ArrayOfBool"),
    "Arn": ("Bool", "Date", "IPAddress", "Numeric", "ArrayOfBool"),
    "String": ("Date", "IPAddress"),
}
# AWS's own policies use them with actions of which the reference does not tell.
FORGOTTEN = frozenset({"aws-marketplace:productid"})


def condition_findings(reference: ServiceReference, option: str, document: Mapping[str, Any]) -> list[Finding]:
    """The findings in the document's conditions."""
    return [
        Finding(code, f"{where}.Condition.{operator}.{key}", message)
        for where, statement in located_statements(option, document)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
        for code, message in _findings(reference, statement, operator, key, values)
    ]


def _findings(reference: ServiceReference, statement: Mapping[str, Any], operator: str, key: str, values: Any) -> Iterator[tuple[str, str]]:
    known = keys_like(reference, key)
    kind = type_of(known, key)
    if kind is None:
        meant = nearest(key, known, LIKE_KEY)
        if meant:
            yield "unknown_condition_key", f"AWS knows no condition key {key}; did you mean {meant}?"
        return
    if _belongs_elsewhere(reference, statement, key):
        yield (
            "condition_not_for_action",
            f"None of the statement's actions has the condition key {key}, so that it is never there.",
        )
    wrong = _wrong_type(base_of(operator), kind, values_of(values))
    if wrong:
        yield "wrong_condition_type", f"{key} is of the type {kind}: {wrong}"


def _belongs_elsewhere(reference: ServiceReference, statement: Mapping[str, Any], key: str) -> bool:
    prefix = key.partition(":")[0].lower()
    actions = actions_of(reference, statement)
    if prefix == "aws" or actions is None or key.lower() in FORGOTTEN or _has(actions, key):
        return False
    # Tags are the resource's, and not told of each action; a key of no action at all is one that the reference forgot.
    of_tags = any(has_wildcards(pattern) and matches(pattern, key) for pattern in reference.key_types(prefix))
    return not of_tags and _has(reference.actions(f"{prefix}:*") or (), key)


def actions_of(reference: ServiceReference, statement: Mapping[str, Any]) -> Optional[list[Action]]:
    """The actions that a statement is about; None where one is not known, and where it is about all but some."""
    known: list[Action] = []
    for pattern in values_of(statement.get("Action", "*")):
        actions = reference.actions(pattern)
        if actions is None:
            return None
        known += actions
    return known


def _has(actions: Iterable[Action], key: str) -> bool:
    return any(matches(pattern, key) for action in actions for pattern in action.condition_keys)


def _wrong_type(operator: str, kind: str, values: list[Any]) -> Optional[str]:
    if operator == "Null":
        return None if all(map(_is_truth, values)) else "Null asks whether it is there, with true or false."
    for beginning, kinds in WRONG_TYPES.items():
        if operator.startswith(beginning) and kind in kinds:
            return f"{operator} does not compare that."
    for value in values:
        if "${" not in str(value) and not _is_of_type(kind, str(value)):
            return f"{value} is none."
    return None


def _is_of_type(kind: str, value: str) -> bool:
    if kind == "Bool":
        return _is_truth(value)
    if kind == "Numeric":
        return bool(NUMBER.fullmatch(value)) or has_wildcards(value)
    if kind == "ARN":
        return value.startswith("arn:") or has_wildcards(value)
    return is_network(value) if kind == "IPAddress" else True


def _is_truth(value: Any) -> bool:
    return str(value).lower() in ("true", "false") or "${" in str(value)
