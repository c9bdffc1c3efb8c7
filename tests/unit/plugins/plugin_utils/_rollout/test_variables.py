# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.variables: what is wrong with single variables of attach and require_imdsv2."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.variables import CHECKED, empty_lists, selects_nothing, variable_errors

ID = "i-0123456789abcdef0"


def errors(role, allow_empty=False, converted=None, **given):
    checked = CHECKED[role]
    values = {f"{role}_{name}": "" for name in (*checked.lists, *checked.dictionaries)}
    values |= {f"{role}_{name}": limits.least for name, limits in checked.numbers.items()}
    values |= {"attach_instance_profile": None} if role == "attach" else {}
    values |= {f"{role}_{name}": value for name, value in given.items()}
    selecting = {name: value or None for name, value in values.items() if name.removeprefix(f"{role}_") in (*checked.lists, *checked.dictionaries)}
    selecting |= {f"{role}_{name}": value for name, value in (converted or {}).items()}
    return variable_errors(role, values, selecting, allow_empty), empty_lists(role, values, selecting)


@pytest.mark.parametrize("role", CHECKED)
def test_defaults_and_valid_values_have_no_errors(role):
    assert errors(role) == ([], [])
    assert errors(role, instance_ids=[ID], filters={"tag:a": "b"}) == ([], [])


@pytest.mark.parametrize("role", CHECKED)
@pytest.mark.parametrize(("given", "converted"), [([], []), ("None", ["None"]), ([None], [None]), ("[]", [])])
def test_a_list_that_selects_nothing_is_an_error_that_shows_it(role, given, converted):
    found, empty = errors(role, instance_ids=given, converted={"instance_ids": converted})
    assert found == [f"{role}_instance_ids: is {given!r}, which selects nothing. Check where the value comes from, or {CHECKED[role].if_empty}."]
    assert empty == [f"{role}_instance_ids"]
    assert errors(role, allow_empty=True, instance_ids=given, converted={"instance_ids": converted}) == ([], empty)


@pytest.mark.parametrize(
    ("role", "given", "names"),
    [
        ("attach", {"instance_ids": ["i-1"], "attachments": ["a"], "instance_profile": "a b"}, ["attachments", "instance_ids", "instance_profile"]),
        ("attach", {"attachments": {"i-1": "a b"}}, ["attachments", "attachments[i-1]"]),
        ("attach", {"max_concurrency": 0, "wait_timeout": -1, "not_found_timeout": -1}, ["max_concurrency", "wait_timeout", "not_found_timeout"]),
        ("require_imdsv2", {"instance_ids": ["i-1"], "filters": ["a"]}, ["filters", "instance_ids"]),
        (
            "require_imdsv2",
            {"max_concurrency": 0, "wait_timeout": -1, "unused_days": 455, "hop_limit": 65},
            ["max_concurrency", "wait_timeout", "unused_days", "hop_limit"],
        ),
        ("require_imdsv2", {"unused_days": 0, "hop_limit": 0}, ["unused_days", "hop_limit"]),
    ],
)
def test_each_invalid_value_is_named(role, given, names):
    found, _empty = errors(role, **given)
    assert [each.partition(": ")[0] for each in found] == [f"{role}_{name}" for name in names]


@pytest.mark.parametrize(
    ("converted", "expected"),
    [
        ([], True),
        ("", True),
        (None, True),
        ([""], True),
        (["None", " null "], True),
        (["undefined", ID], False),
        ([ID], False),
        ("none", False),
        ({"none": "none"}, False),
    ],
)
def test_only_a_list_can_have_nothing_but_missing_values_in_it(converted, expected):
    assert selects_nothing(converted) is expected
