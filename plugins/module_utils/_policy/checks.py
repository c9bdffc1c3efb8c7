# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of a policy document are made of: each raises PolicyError with the place in the document.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional

from .._common.suggestions import did_you_mean
from .document import values_of
from .findings import PolicyError

LONGEST_SHOWN = 120


class Wrong(NamedTuple):
    """What is wrong with a text: the kind of the finding, and what would be right."""

    code: str
    suggestion: str


def need_one_of(where: str, statement: Mapping[str, Any], one: str, other: str) -> None:
    """Raises unless the statement has exactly one of the two keys."""
    present = [key for key in (one, other) if key in statement]
    if len(present) != 1:
        problem = f"has both {one} and {other}." if present else f"has neither {one} nor {other}."
        code = "conflicting_elements" if present else "missing_element"
        raise PolicyError(code, where, problem, "A statement has exactly one of them.")


def refuse(where: str, statement: Mapping[str, Any], keys: tuple[str, ...], because: str) -> None:
    """Raises for the first of the keys that the statement has."""
    for key in keys:
        if key in statement:
            suggestion = f"{because} Leave {key} out."
            raise PolicyError("misplaced_element", f"{where}.{key}", "does not belong here:", suggestion)


def refuse_unknown(where: str, mapping: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Raises for the first key that the policy language does not know."""
    for key in mapping:
        if key not in known:
            problem = "is not a key of the policy language."
            keys = f"The keys here are {', '.join(known)}; upper and lower case matter."
            suggestion = f"{did_you_mean(str(key), known)} {keys}".lstrip()
            raise PolicyError("unknown_key", f"{where}.{key}", problem, suggestion)


def check_each(where: str, statement: Mapping[str, Any], keys: Iterable[str], look: Callable[[str], Optional[Wrong]]) -> None:
    """Raises for the first text under one of the keys of which ``look`` has something to say."""
    for key in keys:
        if key in statement:
            _check_texts(f"{where}.{key}", statement[key], look)


def _check_texts(where: str, value: Any, look: Callable[[str], Optional[Wrong]]) -> None:
    if value is None or value == "" or value in ([], {}):
        raise PolicyError("malformed", where, "is empty.", "Name at least one.")
    for each in values_of(value):
        if not isinstance(each, str) or not each:
            suggestion = "It is a text or a list of texts, none of them empty."
            raise PolicyError("malformed", where, f"{shown(each)} is not a text.", suggestion)
        wrong = look(each)
        if wrong:
            raise PolicyError(wrong.code, where, f"{shown(each)} can't be used here.", wrong.suggestion)


def shown(value: Any) -> str:
    """A value as messages show it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
