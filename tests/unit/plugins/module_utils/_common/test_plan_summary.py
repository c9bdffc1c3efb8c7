# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence about a plan and what came of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.plan_summary import WORDS, Item, Kind, counted, ended, first_of, summary

INSTANCES = [
    *[Item("skipped", "managed by Amazon EKS")] * 2,
    *[Item("replaced")] * 20,
    Item("skipped", "terminated"),
    *[Item("associated")] * 85,
    Item("skipped", "managed by Amazon EKS"),
    Item("skipped"),
]
SOURCES = (Kind([Item("updated")] * 2, "group"), Kind([Item("updated"), Item("skipped", "managed by kops")], "template"))
SKIPPED = "5 skipped (3 managed by Amazon EKS, 1 terminated)"


def test_a_plan_and_its_result_are_the_same_sentence_in_other_words():
    kinds = [Kind(INSTANCES), *SOURCES]
    of_templates = "1 template {}, 1 template skipped (1 managed by kops)"
    assert summary(kinds, True) == f"85 to attach, 20 to replace, {SKIPPED}, 2 groups to update, {of_templates.format('to update')}."
    assert summary(kinds, False) == f"85 attached, 20 replaced, {SKIPPED}, 2 groups updated, {of_templates.format('updated')}."


@pytest.mark.parametrize(("action", "words"), WORDS.items())
def test_every_action_has_words_for_a_plan_and_for_a_result(action, words):
    assert counted([Kind([Item(action)])], True) == f"1 {words.planned}"
    assert counted([Kind([Item(action, "cause")], "file")], False).startswith(f"1 file {words.done}")


def test_another_action_is_named_as_it_is():
    assert counted([Kind([Item("failed"), Item("rebooted")])], True) == "1 rebooted, 1 that would fail"


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ([], "1 failed."),
        (["i-1: no"], "1 failed. i-1: no."),
        (["a: no.", "b: why?"], "1 failed. a: no; b: why?"),
        (["a", "b", "c"], "1 failed. a; b; c."),
        (list("abcd"), "1 failed. a; b; c; and 1 more."),
        (["i-1"] * 48, "1 failed. i-1; i-1; i-1; and 45 more."),
    ],
)
def test_only_the_first_failures_are_named(failures, expected):
    assert summary([Kind([Item("failed")])], False, failures) == expected


def test_nothing():
    assert summary([], True) == "Nothing to do."
    assert summary([Kind([]), Kind([], "group")], False, nothing="No instances selected.") == "No instances selected."


@given(st.lists(st.text(max_size=300), max_size=100))
def test_the_sentence_does_not_grow_with_the_number_of_failures(failures):
    assert len(first_of(failures)) <= 3 * 300 + 30
    assert ended(first_of(failures)) == "" or ended(first_of(failures))[-1] in ".!?"
