# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wanted values that differ from the current ones."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.differing import differing

FOUND = {"size": 2, "name": "web", "nothing": None, "types": ["a", "b"], "options": {"tokens": "required", "hops": 1}}


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"size": 2, "name": "web"},
        {"size": "2"},  # older versions of Ansible and the command line turn numbers into strings
        {"size": None, "other": None},
        {"types": ["a", "b"]},
        {"types": ("a", "b")},
        {"options": {"hops": 1}},
        {"options": {"hops": "1", "tokens": None}},
        {"options": {}},
    ],
)
def test_matching_values_do_not_differ(wanted):
    assert differing(wanted, FOUND) == {}


@pytest.mark.parametrize(
    "name, value",
    [
        ("size", 3),
        ("name", ""),
        ("nothing", "something"),
        ("other", "something"),
        ("types", ["b", "a"]),
        ("types", ["a"]),
        ("types", []),
        ("types", "a"),
        ("options", {"hops": 2}),
        ("options", {"other": "x"}),
        ("name", {"hops": 1}),
        ("size", [2]),
    ],
)
def test_a_different_value_is_returned_as_wanted(name, value):
    assert differing({"size": 2, name: value}, FOUND) == {name: value}
