# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's ids and names."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import (
    ACCESS_KEY_ID,
    ACCOUNT_ID,
    INSTANCE_ID,
    ROLE_NAME,
    name_in_arn,
    same_name,
)

CASES = [
    (INSTANCE_ID, ["i-01234567", "i-0123456789abcdef0"], ["", "i-0123456", "i-0123456789", "i-0123456G", "I-01234567"]),
    (ACCOUNT_ID, ["123456789012"], ["12345678901", "1234567890123", "\u0661" * 12]),
    (ROLE_NAME, ["w", "Web_1+=,.@-", "x" * 64], ["", "x" * 65, "a b", "path/web", "r\u00f4le"]),
    (ACCESS_KEY_ID, ["AKIAQ3EGTZ2ZK7Q4RVWX", "ASIAQ3EGTZ2ZK7Q4RVWX"], ["AIDAQ3EGTZ2ZK7Q4RVWX", "AKIA" + "1" * 16]),
]


@pytest.mark.parametrize(("pattern", "good", "bad"), CASES)
def test_patterns_match_valid_values_only(pattern, good, bad):
    assert [each for each in good + bad if pattern.fullmatch(each)] == good


def test_whole_ids_are_found_in_a_text():
    text = "The instance IDs 'i-0123456789abcdef0, i-01234567' do not exist"
    assert INSTANCE_ID.findall(text) == ["i-0123456789abcdef0", "i-01234567"]


@pytest.mark.parametrize("pattern", [INSTANCE_ID, ACCOUNT_ID, ROLE_NAME, ACCESS_KEY_ID])
def test_no_pattern_has_a_group(pattern):
    assert pattern.groups == 0


@pytest.mark.parametrize("path", ["/", "/a/b/"])
def test_the_name_in_an_arn_has_no_path(path):
    assert name_in_arn(f"arn:aws:iam::123456789012:instance-profile{path}web") == "web"


def test_a_name_without_an_arn_stays():
    assert name_in_arn("web") == "web"


@pytest.mark.parametrize(
    ("one", "other", "same"), [("web", "Web", True), ("web", "web", True), ("web", "webb", False), ("b", "a", False), ("a", "b", False)]
)
def test_iam_ignores_the_case_of_names(one, other, same):
    assert same_name(one, other) is same
