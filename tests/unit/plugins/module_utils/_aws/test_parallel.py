# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls in parallel, and lists in parts."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.parallel import chunks, each_in_parallel, in_parallel
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError


def test_parallel_calls_return_results_in_order():
    barrier = threading.Barrier(3, timeout=600)

    def call(number):
        barrier.wait()
        return number

    assert in_parallel(lambda: call(1), lambda: call(2), lambda: call(3)) == [1, 2, 3]


def test_an_error_of_one_call_is_raised():
    def fail():
        raise AwsError("iam:GetRole", "role/web", "read the role web", "Late", "m")

    with pytest.raises(AwsError):
        in_parallel(lambda: 1, fail)


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
def test_every_item_gets_its_result(items):
    assert each_in_parallel(lambda item: item * 2, items, 2) == [item * 2 for item in items]


@pytest.mark.parametrize("count, sizes", [(0, []), (1, [1]), (200, [200]), (201, [200, 1])])
def test_chunks_have_at_most_their_size(count, sizes):
    assert [len(chunk) for chunk in chunks(list(range(count)), 200)] == sizes
