# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings for conditions that can't do what they seem to: unknown or unsupported keys, and wrong types."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Optional

from .._common.suggestions import nearest
from .condition_keys import key_type, known_keys
from .condition_values import NUMBER, is_network
from .conditions import base_operator
from .document import as_list, located_statements
from .findings import Finding
from .service_reference import Action, ServiceReference
from .wildcards import has_wildcards, matches

KEY_SIMILARITY = 0.85
# The key types that operators can't compare, by the beginning of the operator. Unusual combinations that work are left out.
WRONG_TYPES = {
    "Numeric": ("Bool", "ARN", "IPAddress", "ArrayOfARN", "ArrayOfBool"),
    "Date": ("Bool", "ARN", "IPAddress", "ArrayOfARN", "ArrayOfBool"),
    "Bool": ("ARN", "Date", "IPAddress", "Numeric", "ArrayOfARN"),
    "IpAddress": ("Bool", "ARN", "Date", "Numeric", "ArrayOfARN", "ArrayOfBool"),
    "NotIpAddress": ("Bool", "ARN", "Date", "Numeric", "ArrayOfARN", "ArrayOfBool"),
    "Arn": ("Bool", "Date", "IPAddress", "Numeric", "ArrayOfBool"),
    "String": ("Date", "IPAddress"),
}
# AWS's own policies use these keys with actions for which the reference does not list them.
INCOMPLETE_KEYS = frozenset({"aws-marketplace:productid"})


def condition_findings(reference: ServiceReference, option: str, document: Mapping[str, Any]) -> list[Finding]:
    """The findings in the document's conditions."""
    return [
        Finding(code, f"{location}.Condition.{operator}.{key}", message)
        for location, statement in located_statements(option, document)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
        for code, message in _findings(reference, statement, operator, key, values)
    ]


def _findings(reference: ServiceReference, statement: Mapping[str, Any], operator: str, key: str, values: Any) -> Iterator[tuple[str, str]]:
    known = known_keys(reference, key)
    kind = key_type(known, key)
    if kind is None:
        meant = nearest(key, known, KEY_SIMILARITY)
        if meant:
            yield "unknown_condition_key", f"AWS has no condition key {key}; did you mean {meant}?"
        return
    if _is_unsupported(reference, statement, key):
        yield (
            "condition_not_for_action",
            f"None of the statement's actions supports the condition key {key}, so it is never present.",
        )
    mismatch = _type_mismatch(base_operator(operator), kind, as_list(values))
    if mismatch:
        yield "wrong_condition_type", f"{key} has the type {kind}: {mismatch}"


def _is_unsupported(reference: ServiceReference, statement: Mapping[str, Any], key: str) -> bool:
    """Whether another action of the service supports the key, but none of the statement's actions does."""
    prefix = key.partition(":")[0].lower()
    actions = matching_actions(reference, statement)
    if prefix == "aws" or actions is None or key.lower() in INCOMPLETE_KEYS or _supports(actions, key):
        return False
    # The reference lists tag keys for resources, not for actions. It lists some keys for no action at all.
    is_tag_key = any(has_wildcards(pattern) and matches(pattern, key) for pattern in reference.key_types(prefix))
    return not is_tag_key and _supports(reference.actions(f"{prefix}:*") or (), key)


def matching_actions(reference: ServiceReference, statement: Mapping[str, Any]) -> Optional[list[Action]]:
    """The actions that the statement's Action matches; None if one is unknown or the statement has NotAction."""
    known: list[Action] = []
    for pattern in as_list(statement.get("Action", "*")):
        actions = reference.actions(pattern)
        if actions is None:
            return None
        known += actions
    return known


def _supports(actions: Iterable[Action], key: str) -> bool:
    return any(matches(pattern, key) for action in actions for pattern in action.condition_keys)


def _type_mismatch(operator: str, kind: str, values: list[Any]) -> Optional[str]:
    if operator == "Null":
        return None if all(map(_is_boolean, values)) else "Null takes only true or false."
    for beginning, kinds in WRONG_TYPES.items():
        if operator.startswith(beginning) and kind in kinds:
            return f"{operator} can't compare it."
    for value in values:
        if "${" not in str(value) and not _is_of_type(kind, str(value)):
            return f"{value} is not a valid {kind}."
    return None


def _is_of_type(kind: str, value: str) -> bool:
    if kind == "Bool":
        return _is_boolean(value)
    if kind == "Numeric":
        return bool(NUMBER.fullmatch(value)) or has_wildcards(value)
    if kind == "ARN":
        return value.startswith("arn:") or has_wildcards(value)
    return is_network(value) if kind == "IPAddress" else True


def _is_boolean(value: Any) -> bool:
    return str(value).lower() in ("true", "false") or "${" in str(value)
