# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of strings by patterns, compared with the strings that they have."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.pattern_sets import PatternSet

# Long enough for the strings that distinguish two patterns of up to three characters
STRINGS = ["".join(each) for length in range(6) for each in product("ab", repeat=length)]
SETS = st.builds(PatternSet, st.lists(st.text("ab*?", min_size=1, max_size=3), min_size=1, max_size=2).map(tuple), st.booleans())


def is_in(text, patterns):
    return any(fnmatchcase(text, each) for each in patterns.patterns) != patterns.negated


@given(SETS, SETS)
def test_what_covers_another_set_has_all_of_its_strings(one, other):
    assert not one.covers(other) or all(is_in(each, one) for each in STRINGS if is_in(each, other))


@given(SETS, SETS)
def test_sets_with_a_string_in_both_overlap(one, other):
    assert one.overlaps(other) or not any(is_in(each, one) and is_in(each, other) for each in STRINGS)


@given(SETS, SETS)
def test_an_intersection_has_what_is_in_both(one, other):
    """Of two sets without a negation, it is one of them."""
    found = one.intersection(other)
    are_named = not one.negated and not other.negated
    assert found in (one, other) if are_named else all(is_in(each, found) for each in STRINGS if is_in(each, one) and is_in(each, other))


def named(*patterns):
    return PatternSet(patterns)


def all_but(*patterns):
    return PatternSet(patterns, True)


@pytest.mark.parametrize(
    ("one", "other", "covers", "overlaps"),
    [
        (named("*"), all_but("a"), True, True),
        (named("a", "*"), named("b*"), True, True),
        (named("a*"), named("ab"), True, True),
        (named("ab"), named("a*"), False, True),
        (named("a"), named("b"), False, False),
        (named("a", "b"), named("b", "a"), True, True),
        (named("a*"), all_but("b"), False, True),
        (named("a"), all_but("a*"), False, False),
        (all_but("*"), named("a"), False, False),
        (all_but("*"), all_but("*"), True, True),
        (all_but("a"), named("b"), True, True),
        (all_but("a*"), named("a"), False, False),
        (all_but("a"), named("a*"), False, True),
        (all_but("a"), all_but("a*"), True, True),
        (all_but("a*"), all_but("a"), False, True),
        (named("a/${aws:username}"), named("a/b"), False, True),
    ],
)
def test_covering_and_overlapping(one, other, covers, overlaps):
    assert (one.covers(other), one.overlaps(other), other.overlaps(one)) == (covers, overlaps, overlaps)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (named("a*"), named("ab"), named("ab")),
        (named("ab"), named("a*"), named("ab")),
        (named("a"), all_but("b"), named("a")),
        (all_but("b"), named("a"), named("a")),
        (all_but("a", "b"), all_but("b", "c"), all_but("a", "b", "c")),
    ],
)
def test_an_intersection_is_the_narrower_set(one, other, expected):
    assert one.intersection(other) == expected
