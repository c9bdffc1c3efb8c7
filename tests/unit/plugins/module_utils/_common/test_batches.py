# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splitting into batches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.batches import batches

SIZE = st.one_of(st.integers(1, 50), st.integers(1, 50).map(str), st.integers(1, 100).map("{}%".format))


@given(st.lists(st.integers()), st.lists(SIZE, min_size=1))
def test_batches_keep_every_item_in_order_and_none_is_empty(items, sizes):
    made = batches(items, sizes)
    assert [item for batch in made for item in batch] == items
    assert all(made)
    assert items or made == []


@pytest.mark.parametrize(
    "total, sizes, expected",
    [
        (10, [1], [1] * 10),
        (10, [100], [10]),
        (10, ["100%"], [10]),
        (10, [1, "50%"], [1, 5, 4]),
        (10, ["1", " 2 ", "30%"], [1, 2, 3, 3, 1]),
        (212, [1, "10%", "50%"], [1, 21, 106, 84]),
        (9, ["1%"], [1] * 9),  # rounded down, but at least one
        (3, ["50%"], [1, 1, 1]),
        (1, [5, 6], [1]),
        (0, [1], []),
    ],
)
def test_the_last_size_repeats(total, sizes, expected):
    assert [len(batch) for batch in batches(range(total), sizes)] == expected


@pytest.mark.parametrize("size", [0, "0", "0%", -1, "-1", "10x", "x", "", "101%", "1.5", "%", "1%%", None, True])
def test_invalid_sizes_are_rejected_even_without_items(size):
    with pytest.raises(ValueError, match="is not a batch size"):
        batches([], [1, size])
