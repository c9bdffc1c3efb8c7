# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that apply to several elements of a policy document. Each raises PolicyError with the location.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional

from .._common.suggestions import did_you_mean
from .document import as_list
from .findings import PolicyError

MAX_LENGTH = 120  # of a value in a message


class Violation(NamedTuple):
    """Why a string is not valid: the code of the finding, and a suggestion."""

    code: str
    suggestion: str


def require_exactly_one(location: str, statement: Mapping[str, Any], one: str, other: str) -> None:
    """Raises PolicyError unless the statement has exactly one of the two keys."""
    present = [key for key in (one, other) if key in statement]
    if len(present) != 1:
        problem = f"has both {one} and {other}." if present else f"has neither {one} nor {other}."
        code = "conflicting_elements" if present else "missing_element"
        raise PolicyError(code, location, problem, "A statement must have exactly one of them.")


def forbid(location: str, statement: Mapping[str, Any], keys: tuple[str, ...], reason: str) -> None:
    """Raises PolicyError for the first of the keys that the statement has."""
    for key in keys:
        if key in statement:
            raise PolicyError("misplaced_element", f"{location}.{key}", f"is not allowed here: {reason}", f"Remove {key}.")


def forbid_unknown_keys(location: str, mapping: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Raises PolicyError for the first key that the policy language does not define here."""
    for key in mapping:
        if key not in known:
            problem = "is not a key of the policy language."
            valid = f"Valid keys are {', '.join(known)}. Keys are case-sensitive."
            suggestion = f"{did_you_mean(str(key), known)} {valid}".lstrip()
            raise PolicyError("unknown_key", f"{location}.{key}", problem, suggestion)


def check_strings(location: str, statement: Mapping[str, Any], keys: Iterable[str], check: Callable[[str], Optional[Violation]]) -> None:
    """Raises PolicyError for the first value under one of the keys that is not a string or that ``check`` rejects."""
    for key in keys:
        if key in statement:
            _check_values(f"{location}.{key}", statement[key], check)


def _check_values(location: str, value: Any, check: Callable[[str], Optional[Violation]]) -> None:
    if value is None or value == "" or value in ([], {}):
        raise PolicyError("malformed", location, "is empty.", "Give at least one value.")
    for each in as_list(value):
        if not isinstance(each, str) or not each:
            suggestion = "Give a string or a list of strings, none of them empty."
            raise PolicyError("malformed", location, f"{short_repr(each)} is not a string.", suggestion)
        violation = check(each)
        if violation:
            raise PolicyError(violation.code, location, f"{short_repr(each)} is not valid here.", violation.suggestion)


def short_repr(value: Any) -> str:
    """The value for a message, truncated if it is long."""
    text = repr(value)
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"
