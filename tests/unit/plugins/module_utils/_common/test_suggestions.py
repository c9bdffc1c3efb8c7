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
    assert near("stringnlike", iter(KNOWN), 2) == ["StringLike", "StringNotLike"]
    assert near("stringnlike", KNOWN, 1) == ["StringLike"]
    assert near("x", KNOWN, 3) == []


POLICIES = ["AmazonECSReadOnly", "AmazonRDSReadOnlyAccess", "AmazonS3OutpostsReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonSSMReadOnlyAccess"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("AmazonS3ReadOnly", ["AmazonS3ReadOnlyAccess"]),
        ("amazons3readonlyacess", ["AmazonS3ReadOnlyAccess"]),
        ("AmazonS3", ["AmazonS3ReadOnlyAccess"]),  # the other one that begins like this is not similar enough
        ("AmazonSReadOnlyAccess", ["AmazonS3ReadOnlyAccess", "AmazonSSMReadOnlyAccess", "AmazonS3OutpostsReadOnlyAccess"]),
        ("AmazonnS3ReadOnlyAccess", ["AmazonS3ReadOnlyAccess", "AmazonSSMReadOnlyAccess", "AmazonRDSReadOnlyAccess"]),
    ],
)
def test_names_with_the_longest_common_beginning_are_preferred(given, expected):
    assert near(given, POLICIES, 3, 0.5) == expected


def test_the_suggestion_is_a_question():
    assert did_you_mean("StringEqual", KNOWN) == "Did you mean StringEquals?"
    assert did_you_mean("stringnlike", KNOWN, 2) == "Did you mean StringLike or StringNotLike?"
    assert did_you_mean("x", KNOWN) == ""
