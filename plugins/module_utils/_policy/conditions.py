# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions of a policy statement: operators, keys and values.  Pure."""

from __future__ import annotations

from typing import Any

from .._common.suggestions import did_you_mean
from .checks import short_repr
from .condition_values import value_suggestion
from .document import as_list
from .findings import PolicyError

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    *(f"Numeric{each}" for each in COMPARISONS),
    *(f"Date{each}" for each in COMPARISONS),
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
)
SET_PREFIXES = ("ForAllValues:", "ForAnyValue:")
IF_EXISTS = "IfExists"


def check_condition(location: str, condition: Any) -> None:
    """Raises PolicyError, with the location, unless the value is a valid Condition."""
    if not isinstance(condition, dict):
        suggestion = 'Write it like {"Bool": {"aws:SecureTransport": true}}.'
        raise PolicyError("malformed", location, f"{short_repr(condition)} is not a condition.", suggestion)
    for operator, keys in condition.items():
        _check_operator(f"{location}.{operator}", operator)
        if not isinstance(keys, dict):
            suggestion = "Map condition keys to the values to compare with."
            raise PolicyError("malformed", f"{location}.{operator}", f"{short_repr(keys)} is not a mapping.", suggestion)
        for key, values in keys.items():
            _check_values(f"{location}.{operator}.{key}", key, values, base_operator(operator))


def base_operator(operator: Any) -> str:
    """The operator without ForAllValues:, ForAnyValue: and IfExists."""
    base = _without_prefix(operator)
    return base[: -len(IF_EXISTS)] if base.endswith(IF_EXISTS) else base


def _without_prefix(operator: Any) -> str:
    base = str(operator)
    for prefix in SET_PREFIXES:
        base = base[len(prefix) :] if base.startswith(prefix) else base
    return base


def _check_operator(location: str, operator: Any) -> None:
    if _without_prefix(operator) == f"Null{IF_EXISTS}":
        suggestion = f"Null already tests whether a key exists. Write it without {IF_EXISTS}."
        raise PolicyError("unknown_operator", location, "is not an operator.", suggestion)
    base = base_operator(operator)
    if base in OPERATORS and str(operator).count(":") <= 1:
        return
    affixes = f"{IF_EXISTS} can follow an operator, {' or '.join(SET_PREFIXES)} can precede it."
    suggestion = f"{did_you_mean(base, OPERATORS)} Operators are case-sensitive; {affixes}"
    raise PolicyError("unknown_operator", location, "is not an operator of the policy language.", suggestion.lstrip())


def _check_values(location: str, key: Any, values: Any, operator: str) -> None:
    if not isinstance(key, str) or not key:
        raise PolicyError("malformed", location, f"{short_repr(key)} is not a condition key.", "Give one like aws:SourceIp.")
    for each in as_list(values):
        if not isinstance(each, (str, int, float)):
            suggestion = "A value is a string, a number, true or false; or a list of these."
            raise PolicyError("malformed", location, f"{short_repr(each)} is not a valid value.", suggestion)
        valid = value_suggestion(operator, each)
        if valid:
            raise PolicyError("bad_condition_value", location, f"{short_repr(each)} is not valid here.", valid)
