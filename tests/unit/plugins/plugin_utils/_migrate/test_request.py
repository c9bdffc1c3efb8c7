# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a user asks to deactivate: a list, one name, or the text of a survey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.request import Request
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, OTHER


def parse(value):
    """The request as the filter parses it."""
    return Request.parse(filter_from_survey(value, []))


@pytest.mark.parametrize("value", [True, "true", "True", "yes", "on", "1", 1, "all", "*", ["all"], [KEY, "true"], f"{KEY}, ALL", [[True]]])
def test_true_names_no_key(value):
    request = parse(value)
    assert request.is_ambiguous
    (error,) = request.errors([KEY, OTHER])
    assert "names no key" in error and f"{KEY}, {OTHER}" in error
    assert "Found with their secrets on this host: none." in request.errors()[0]


@pytest.mark.parametrize("value", [False, "", "false", "False", "no", [], None, [""], [False], [" "]])
def test_nothing_is_requested(value):
    request = parse(value)
    assert (list(request.names), request.is_ambiguous, request.errors()) == ([], False, [])


@pytest.mark.parametrize("value", [f"{KEY}, ann", f"[{KEY}, ann]", [KEY, " ann "], f"{KEY}\nann", [[KEY], "ann"]])
def test_several_are_requested(value):
    request = parse(value)
    assert (list(request.names), request.is_ambiguous, request.errors()) == ([KEY, "ann"], False, [])


@pytest.mark.parametrize(
    "name, is_valid",
    [
        (KEY, True),
        ("ann", True),
        ("first.last+aws=1,2@example.com", True),
        ("a" * 64, True),
        ("AKIA", True),
        ("a" * 65, False),
        ("ASIAQ3EGTZ2ZK7Q4RVWX", False),
        (KEY + "A", False),
        (KEY + "\n", True),  # blanks around a name do not count
        ("arn:aws:iam::123456789012:user/ann", False),
        ("a b", False),
        ("../ann", False),
        ("{{ ann }}", False),
    ],
)
def test_only_keys_and_users_can_be_named(name, is_valid):
    errors = Request.parse([name]).errors()
    assert errors == [] if is_valid else f"migrate_keys_deactivate: {name} is neither" in errors[0]


def test_every_invalid_name_is_reported():
    assert [each.split()[1] for each in Request.parse(["a/b", "ann", "c/d"]).errors()] == ["a/b", "c/d"]


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(VALUES)
def test_a_request_without_errors_names_only_keys_and_users(value):
    request = Request.parse(value)
    if not request.errors():
        assert not {name.lower() for name in request.names} & {"true", "yes", "on", "1", "all", "*", "", "false"}
        assert all(" " not in name and "/" not in name for name in request.names)
