# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for instances that EC2 does not return yet."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._instances import wait_for_instances
from ansible_collections.keyless.ec2.plugins.module_utils._instances.wait_for_instances import read_new_instances
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import MemoryEc2

SECONDS = 10


@pytest.fixture(autouse=True)
def _clock(monkeypatch, clock):
    monkeypatch.setattr(wait_for_instances, "time", clock)


def test_existing_instances_are_read_once(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"}, current=["i-1"])
    found = read_new_instances(ec2.read_instances, ["i-1"], SECONDS)
    assert (set(found.instances), ec2.reads, clock.naps) == ({"i-1"}, 1, [])


def test_waits_for_an_instance_that_is_not_returned_yet(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"}, current=["i-1"])
    ec2.later(lambda: ec2.states.update({"i-2": "pending"}))
    found = read_new_instances(ec2.read_instances, ["i-1", "i-2"], SECONDS)
    assert {each.instance_id: each.state for each in found.instances.values()} == {"i-1": "running", "i-2": "pending"}
    assert found.current_association("i-1") is not None
    assert clock.now < SECONDS


@pytest.mark.parametrize("seconds", [0, 0.25, 1, 2, SECONDS])
def test_a_missing_instance_costs_the_timeout(clock, seconds):
    ec2 = MemoryEc2(clock, {})
    assert read_new_instances(ec2.read_instances, ["i-1"], seconds).instances == {}
    assert clock.now == seconds


def test_a_read_after_the_deadline_is_the_last(clock):
    ec2 = MemoryEc2(clock, {})
    read_instances = ec2.read_instances

    def read_slowly(ids):
        clock.now += 3
        return read_instances(ids)

    ec2.read_instances = read_slowly
    assert read_new_instances(ec2.read_instances, ["i-1"], 2).instances == {}
    assert (ec2.reads, clock.naps) == (1, [])


def test_only_missing_instances_are_read_again(clock):
    ec2, asked = MemoryEc2(clock, {"i-1": "running"}), []
    read_instances = ec2.read_instances
    ec2.read_instances = lambda ids: asked.append(ids) or read_instances(ids)
    read_new_instances(ec2.read_instances, ["i-1", "i-2"], 1)
    assert asked == [["i-1", "i-2"], ["i-2"], ["i-2"]] and clock.naps == [0.5, 0.5]
