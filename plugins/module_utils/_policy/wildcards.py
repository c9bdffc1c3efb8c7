# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wildcards of the policy language: * matches any text, ? one character.  Pure."""

from __future__ import annotations

import re
from functools import lru_cache

SPECIAL = frozenset("*?")
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


def as_pattern(text: str) -> str:
    """The text with * in place of policy variables and of the reference's placeholders, such as ``${TagKey}``."""
    return PLACEHOLDER.sub("*", text)


def has_wildcards(text: str) -> bool:
    """Whether the text has a * or ?."""
    return bool(SPECIAL & set(text))


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the text, regardless of case."""
    return bool(_compiled(pattern.lower()).fullmatch(text.lower()))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Not fnmatch, where [ is special too.
    first, *others = ("".join("." if each == "?" else re.escape(each) for each in part) for part in re.split(r"\*+", pattern))
    if not others:
        return re.compile(first, re.DOTALL)
    # What is between two stars matches where it does first, and the search never goes back: otherwise it would take years for a hostile pattern.
    middle = "".join(f"(?=(?P<at{number}>.*?{part}))(?P=at{number})" for number, part in enumerate(others[:-1]))
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns; case matters."""
    # The positions in ``other`` that the part of ``one`` read so far can lead to
    reached = _past_stars(other, {0})
    for each in one:
        if each == "*":
            reached = set(range(min(reached, default=len(other) + 1), len(other) + 1))
        else:
            reached = _past_stars(other, set(_after(other, reached, each)))
    return len(other) in reached


def _after(pattern: str, positions: set[int], character: str) -> set[int]:
    """The possible positions in the pattern after the character."""
    after = set()
    for position in positions:
        expected = pattern[position : position + 1]
        if expected == "*":
            after.add(position)
        elif expected and (character == "?" or expected in ("?", character)):
            after.add(position + 1)
    return after


def _past_stars(pattern: str, positions: set[int]) -> set[int]:
    """The positions, and those after a *, which can match nothing."""
    found = set(positions)
    for position in positions:
        while pattern[position : position + 1] == "*":
            position += 1
            found.add(position)
    return found
