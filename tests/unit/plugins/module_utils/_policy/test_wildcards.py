# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.wildcards import matches, overlap


@pytest.mark.parametrize(
    "pattern, text, expected",
    [
        ("s3:Get*", "s3:getobject", True),
        ("s3:?et*", "s3:GetObject", True),
        ("*", "", True),
        ("?", "", False),
        ("[ab]", "a", False),
        ("a.c", "abc", False),
    ],
)
def test_matching(pattern, text, expected):
    assert matches(pattern, text) is expected


OVERLAPS = [
    ("arn:aws:s3:::bucket/*", "arn:*:s3:::*/*", True),
    ("arn:aws:s3:::bucket", "arn:*:s3:::*/*", False),
    ("arn:aws:s3::*:bucket", "arn:*:s3:::*", True),
    ("a*", "*b", True),
    ("a?", "a", False),
    ("a", "A", False),
]


@pytest.mark.parametrize("one, other, expected", OVERLAPS)
def test_patterns_overlap_if_some_text_matches_both(one, other, expected):
    for pair in ((one, other), (other, one)):
        assert overlap(*pair) is expected


TEXTS = ["".join(each) for length in range(6) for each in itertools.product("ab", repeat=length)]
PATTERNS = st.text("ab*?", max_size=4)


@given(PATTERNS, PATTERNS)
def test_overlap_agrees_with_trying_all_texts(one, other):
    # Two patterns of at most four characters that overlap do so in a text of at most six; most in a shorter one.
    if any(matches(one, text) and matches(other, text) for text in TEXTS):
        assert overlap(one, other)
    elif overlap(one, other):
        assert len(one.replace("*", "")) + len(other.replace("*", "")) > 5


def slowly(pattern, text):
    """Whether the pattern matches, by the definition of its wildcards."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return slowly(pattern[1:], text) or (bool(text) and slowly(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and slowly(pattern[1:], text[1:])


@given(st.text("ab?*", max_size=8), st.text("ab", max_size=8))
def test_a_pattern_matches_by_its_definition(pattern, text):
    assert matches(pattern, text) == slowly(pattern, text)


@pytest.mark.parametrize("pattern", ["*a" * 900 + "b", "*?" * 40 + "b", "**" * 900 + "b", "a*" * 900 + "b*?b", "*a?" * 500 + "!"])
def test_a_hostile_pattern_takes_no_years(pattern):
    """Whoever may write a policy chooses it, and nothing can interrupt a regular expression."""
    assert not matches(pattern, "a" * 2000)
