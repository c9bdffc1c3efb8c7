# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.pattern_search import is_within, some_match, without_variables
from ansible_collections.keyless.ec2.plugins.module_utils._policy.wildcards import matches

# The third letter is in no pattern.
TEXTS = ["".join(each) for length in range(6) for each in itertools.product("abc", repeat=length)]
PATTERNS = st.lists(st.text("ab*?", max_size=3), max_size=2)


@given(st.lists(st.text("ab*?", max_size=3), min_size=1, max_size=2), PATTERNS)
def test_the_search_finds_every_short_text(included, excluded):
    if any(all(matches(each, text) for each in included) and not any(matches(each, text) for each in excluded) for text in TEXTS):
        assert some_match(tuple(included), tuple(excluded))


@given(st.text("ab*?", max_size=3), PATTERNS)
def test_of_short_patterns_every_match_is_a_short_text(included, excluded):
    if some_match((included,), tuple(excluded)):
        assert any(matches(included, text) and not any(matches(each, text) for each in excluded) for text in TEXTS)


@pytest.mark.parametrize(
    "pattern, other, expected",
    [
        ("home/${aws:username}/*", "home/${aws:userName}/*", True),
        ("home/${aws:username}/*", "home/*", True),
        ("home/${aws:username}", "home/?", False),
        ("home/${aws:username}", "home/alice", False),
        ("home/alice", "home/${aws:username}", False),
        ("${aws:username, 'A'}", "${aws:username, 'a'}", False),
        ("${*}", "?", True),
        ("${*}", "a", False),
        ("${$}{aws:username}", "${aws:username}", False),
        ("**a", "*a", True),
    ],
)
def test_a_variable_is_one_unknown_text(pattern, other, expected):
    assert is_within(pattern, other) is expected


def test_only_variables_are_replaced():
    assert without_variables("${aws:username}/${*}/${$}{x}") == "*/${*}/${$}{x}"


def test_a_search_that_takes_too_long_finds_something():
    assert some_match(("*" + "a?" * 40,), ("*" + "?a" * 39 + "*",) * 3 + tuple(f"*{'b' * each}*a*c*" for each in range(1, 30)))
