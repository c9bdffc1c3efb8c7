# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach on ten thousand instances and with throttling: the measurements of the benchmark and their limits."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.benchmark.alone import FOOTPRINT_SIZE, footprints, trace_module
from ansible_collections.keyless.ec2.tests.benchmark.fleet import Fleet

MEGABYTE = 1024 * 1024

pytestmark = pytest.mark.exhaustive


@pytest.fixture(scope="module", name="fleet")
def _fleet(aws):
    """Many instances in the shared emulator, which is reset at the end."""
    yield Fleet(aws.endpoint)
    aws.reset()


@pytest.fixture(scope="module", name="found")
def _found(fleet):
    return {each.named: each for each in footprints(fleet)}


@pytest.mark.parametrize("option, calls", [("instance_ids", 15 + FOOTPRINT_SIZE / 200), ("filters", 5 + FOOTPRINT_SIZE / 500)])
def test_ten_thousand_instances_take_little_memory_and_few_calls(found, option, calls):
    assert found[option].extra < 250 * MEGABYTE
    assert found[option].calls <= calls


def test_few_calls_among_many_other_instances(fleet):
    """Listing all associations stops if most belong to other instances."""
    ids = fleet.instance_ids[:1000]
    found = trace_module(fleet, {"instance_ids": ids})
    assert found.result["counts"]["unchanged"] == len(ids)
    assert len(found.calls) <= 15 + len(ids) / 200
