# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wildcards of the policy language: * for any text, ? for a character.  Pure."""

from __future__ import annotations

import re
from functools import lru_cache

SPECIAL = frozenset("*?")


def has_wildcards(text: str) -> bool:
    """Whether * or ? is in it."""
    return bool(SPECIAL & set(text))


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern stands for the text, upper and lower case being the same."""
    return bool(_compiled(pattern.lower()).fullmatch(text.lower()))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Not fnmatch: there [ is special, too.
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(each) or re.escape(each) for each in pattern), re.DOTALL)


def overlap(one: str, other: str) -> bool:
    """Whether there is a text that both patterns stand for; case matters."""
    # ``reached`` are the places in ``other`` up to which the part of ``one`` that was looked at can go.
    reached = _past_stars(other, {0})
    for each in one:
        if each == "*":
            reached = set(range(min(reached, default=len(other) + 1), len(other) + 1))
        else:
            reached = _past_stars(other, set(_after(other, reached, each)))
    return len(other) in reached


def _after(pattern: str, places: set[int], character: str) -> set[int]:
    """Where in the pattern one may stand after the character."""
    after = set()
    for place in places:
        expected = pattern[place : place + 1]
        if expected == "*":
            after.add(place)
        elif expected and (character == "?" or expected in ("?", character)):
            after.add(place + 1)
    return after


def _past_stars(pattern: str, places: set[int]) -> set[int]:
    """The places, and those behind stars, which may stand for nothing."""
    found = set(places)
    for place in places:
        while pattern[place : place + 1] == "*":
            place += 1
            found.add(place)
    return found
