# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions of a policy statement: operators, keys and values.  Pure."""

from __future__ import annotations

from typing import Any

from .._common.suggestions import did_you_mean
from .checks import shown
from .condition_values import wrong_value
from .document import values_of
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


def check_condition(where: str, condition: Any) -> None:
    """Raises PolicyError, with the place, unless it can be a statement's Condition."""
    if not isinstance(condition, dict):
        suggestion = 'It is like {"Bool": {"aws:SecureTransport": true}}.'
        raise PolicyError("malformed", where, f"{shown(condition)} is not a condition.", suggestion)
    for operator, keys in condition.items():
        _check_operator(f"{where}.{operator}", operator)
        if not isinstance(keys, dict):
            raise PolicyError(
                "malformed",
                f"{where}.{operator}",
                f"{shown(keys)} is not a mapping.",
                "It maps condition keys to the values to compare with.",
            )
        for key, values in keys.items():
            _check_values(f"{where}.{operator}.{key}", key, values, base_of(operator))


def base_of(operator: Any) -> str:
    """The operator without what may precede and follow it."""
    base = _without_prefix(operator)
    return base[: -len(IF_EXISTS)] if base.endswith(IF_EXISTS) else base


def _without_prefix(operator: Any) -> str:
    base = str(operator)
    for prefix in SET_PREFIXES:
        base = base[len(prefix) :] if base.startswith(prefix) else base
    return base


def _check_operator(where: str, operator: Any) -> None:
    base = _without_prefix(operator)
    if base == f"Null{IF_EXISTS}":
        suggestion = f"Null asks whether a key exists: write it without {IF_EXISTS}."
        raise PolicyError("unknown_operator", where, "is not an operator.", suggestion)
    base = base_of(operator)
    if base in OPERATORS and str(operator).count(":") <= 1:
        return
    suggestion = (
        f"{did_you_mean(base, OPERATORS)} Upper and lower case matter; {IF_EXISTS} may follow an operator, {' or '.join(SET_PREFIXES)} precede it."
    )
    raise PolicyError("unknown_operator", where, "is not an operator of the policy language.", suggestion.lstrip())


def _check_values(where: str, key: Any, values: Any, operator: str) -> None:
    if not isinstance(key, str) or not key:
        raise PolicyError("malformed", where, f"{shown(key)} is not a condition key.", "One looks like aws:SourceIp.")
    for each in values_of(values):
        if not isinstance(each, (str, int, float)):
            raise PolicyError(
                "malformed",
                where,
                f"{shown(each)} can't be compared with.",
                "A value is a text, a number, true or false; or a list of them.",
            )
        suggestion = wrong_value(operator, each)
        if suggestion:
            raise PolicyError("bad_condition_value", where, f"{shown(each)} can't be used here.", suggestion)
