# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches for a text that matches some patterns and not others.  Pure.

A policy variable has one value during a request, which is unknown here. So the same variable in two patterns is the same
text, and apart from that only a * matches it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Iterator, Mapping, Sequence

# The policy language's way to write a *, a ? or a $ that has no special meaning
LITERAL = re.compile(r"\$\{([*?$])\}")
VARIABLE = re.compile(r"\$\{[^}]*\}")
TOKEN = re.compile(rf"{VARIABLE.pattern}|.", re.DOTALL)
ANY_TEXT, ANY_CHARACTER = object(), object()
OTHER = "\0"  # stands for all characters that no pattern names
MAX_STATES = 4000

State = tuple[tuple[int, ...], tuple[int, ...]]


def without_variables(pattern: str) -> str:
    """The pattern with * in place of variables."""
    return VARIABLE.sub(lambda found: found[0] if LITERAL.fullmatch(found[0]) else "*", pattern)


@lru_cache(maxsize=65536)
def some_match(included: tuple[str, ...], excluded: tuple[str, ...] = ()) -> bool:
    """Whether some text matches all of the included and none of the excluded patterns. True also if the search takes too long."""
    return _Search([_automaton(each) for each in included], [_automaton(each) for each in excluded]).finds()


def is_within(pattern: str, other: str) -> bool:
    """Whether the other pattern matches everything that the pattern matches."""
    return other == "*" or pattern == other or not some_match((pattern,), (other,))


@dataclass(frozen=True)
class _Automaton:
    """A pattern as sets of positions, each set the bits of a number."""

    start: int
    end: int
    stars: int
    wildcards: int
    characters: Mapping[str, int]

    def after(self, positions: int, character: str) -> int:
        """The positions after the character, or after a variable."""
        one = self.characters.get(character, 0) | (self.wildcards if len(character) == 1 else 0)
        return self.past_stars((positions & one) << 1 | positions & self.stars)

    def past_stars(self, positions: int) -> int:
        # There are no two stars in a row.
        return positions | (positions & self.stars) << 1

    def next_characters(self, positions: int) -> Iterator[str]:
        return (each for each, known in self.characters.items() if known & positions)

    def is_free(self, positions: int) -> bool:
        """Whether a wildcard comes next."""
        return bool(positions & (self.stars | self.wildcards))

    def matches_all(self, positions: int) -> bool:
        """Whether any text can follow."""
        return bool(positions & self.stars & self.end >> 1)


@lru_cache(maxsize=16384)
def _automaton(pattern: str) -> _Automaton:
    tokens = [_token(each) for each in TOKEN.findall(re.sub(r"\*+", "*", pattern) if "**" in pattern else pattern)]
    characters: dict[str, int] = {}
    stars = wildcards = 0
    for position, token in enumerate(tokens):
        if isinstance(token, str):
            characters[token] = characters.get(token, 0) | 1 << position
        elif token is ANY_TEXT:
            stars |= 1 << position
        else:
            wildcards |= 1 << position
    return _Automaton(1 | (stars & 1) << 1, 1 << len(tokens), stars, wildcards, characters)


def _token(text: str) -> object:
    literal = LITERAL.fullmatch(text)
    if literal:
        return literal[1]
    # The names of variables ignore case, but their default values do not.
    name, comma, default = text.partition(",")
    return {"*": ANY_TEXT, "?": ANY_CHARACTER}.get(text, f"{name.lower()}{comma}{default}" if len(text) > 1 else text)


class _Search:
    """A search from character to character, through the positions in all patterns."""

    def __init__(self, included: Sequence[_Automaton], excluded: Sequence[_Automaton]) -> None:
        self._included = included
        self._excluded = excluded

    def finds(self) -> bool:
        start = (tuple(each.start for each in self._included), tuple(each.start for each in self._excluded))
        waiting, seen = [start], {start}
        while waiting and len(seen) < MAX_STATES:
            state = waiting.pop()
            if self._is_dead(state):
                continue
            if self._is_found(state):
                return True
            new = {self._after(state, each) for each in self._characters(state)} - seen
            seen |= new
            waiting += new
        return bool(waiting)

    def _is_dead(self, state: State) -> bool:
        included, excluded = state
        return not all(included) or any(each.matches_all(at) for each, at in zip(self._excluded, excluded))

    def _is_found(self, state: State) -> bool:
        included, excluded = state
        return all(each.end & at for each, at in zip(self._included, included)) and not any(
            each.end & at for each, at in zip(self._excluded, excluded)
        )

    def _characters(self, state: State) -> set[str]:
        """The characters to try: those of an included pattern that has no wildcard here, or else all that make a difference."""
        included, excluded = state
        for each, at in zip(self._included, included):
            if not each.is_free(at):
                return set(each.next_characters(at))
        named = {OTHER, *(found for each, at in zip(self._included, included) for found in each.next_characters(at))}
        # A variable is tried only where an included pattern has it.
        others = (found for each, at in zip(self._excluded, excluded) for found in each.next_characters(at))
        return named | {each for each in others if len(each) == 1}

    def _after(self, state: State, character: str) -> State:
        included, excluded = state
        return (
            tuple(each.after(at, character) for each, at in zip(self._included, included)),
            tuple(each.after(at, character) for each, at in zip(self._excluded, excluded)),
        )
