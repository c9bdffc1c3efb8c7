# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Suggestions for misspelled names."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean, near, nearest

KNOWN = ["StringEquals", "StringLike", "StringNotLike", "Bool"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("StringEqual", "StringEquals"), ("STRINGLIKE", "StringLike"), ("boll", "Bool"), ("Null", None), ("", None)],
)
def test_the_nearest_name_is_suggested_in_its_own_case(given, expected):
    assert nearest(given, KNOWN) == expected


def test_a_cutoff_excludes_less_similar_names():
    assert nearest("boll", KNOWN, cutoff=0.8) is None


def test_several_names_are_suggested_the_most_similar_first():
    assert near("stringlike", iter(KNOWN), 2) == ["StringLike", "StringNotLike"]
    assert near("stringlike", KNOWN, 1) == ["StringLike"]
    assert near("x", KNOWN, 3) == []


def test_the_suggestion_is_a_question():
    assert did_you_mean("StringEqual", KNOWN) == "Did you mean StringEquals?"
    assert did_you_mean("stringlike", KNOWN, 2) == "Did you mean StringLike or StringNotLike?"
    assert did_you_mean("x", KNOWN) == ""
