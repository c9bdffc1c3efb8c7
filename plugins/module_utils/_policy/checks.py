# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of a policy document are made of: each raises OptionError with the place in the document.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Optional

from .._common.errors import OptionError
from .._common.suggestions import did_you_mean
from .document import values_of

LONGEST_SHOWN = 120


def need_one_of(where: str, statement: Mapping, one: str, other: str) -> None:
    """Raises unless the statement has exactly one of the two keys."""
    present = [key for key in (one, other) if key in statement]
    if len(present) != 1:
        problem = f"has both {one} and {other}." if present else f"has neither {one} nor {other}."
        raise OptionError(where, problem, "A statement has exactly one of them.")


def refuse(where: str, statement: Mapping, keys: tuple[str, ...], because: str) -> None:
    """Raises for the first of the keys that the statement has."""
    for key in keys:
        if key in statement:
            raise OptionError(f"{where}.{key}", "does not belong here:", f"{because} Leave {key} out.")


def refuse_unknown(where: str, mapping: Mapping, known: tuple[str, ...]) -> None:
    """Raises for the first key that the policy language does not know."""
    for key in mapping:
        if key not in known:
            remedy = f"{did_you_mean(str(key), known)} The keys here are {', '.join(known)}; upper and lower case matter."
            raise OptionError(f"{where}.{key}", "is not a key of the policy language.", remedy.lstrip())


def check_each(where: str, statement: Mapping, keys: Iterable[str], finding: Callable[[str], Optional[str]]) -> None:
    """Raises for the first text under one of the keys of which ``finding`` has something to say."""
    for key in keys:
        if key in statement:
            _check_texts(f"{where}.{key}", statement[key], finding)


def _check_texts(where: str, value: Any, finding: Callable[[str], Optional[str]]) -> None:
    if value is None or value == "" or value in ([], {}):
        raise OptionError(where, "is empty.", "Name at least one.")
    for each in values_of(value):
        if not isinstance(each, str) or not each:
            raise OptionError(
                where, f"{shown(each)} is not a text.", "It is a text or a list of texts, none of them empty."
            )
        remedy = finding(each)
        if remedy:
            raise OptionError(where, f"{shown(each)} can't be used here.", remedy)


def shown(value: Any) -> str:
    """A value as messages show it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
