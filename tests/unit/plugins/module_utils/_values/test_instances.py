# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot of instances and their associations."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.tests.unit.factories import association, instance_profile, snapshot

WEB = instance_profile()


def snapshot_of(state="running", *associations):
    return snapshot([Instance("i-1", state)], [association(WEB, "i-1", each, number) for number, each in enumerate(associations)])


@pytest.mark.parametrize(
    "states, held",
    [
        ((), None),
        (("associating",), "associating"),
        (("associated",), "associated"),
        (("disassociating",), None),
        (("disassociated",), None),
        (("failed",), None),
        (("disassociating", "associated"), "associated"),
    ],
)
def test_the_current_association_is_the_one_that_is_not_ending(states, held):
    found = snapshot_of("running", *states).current_association("i-1")
    assert (found and found.state) == held


@pytest.mark.parametrize(
    "state, gone, passes",
    [
        ("pending", False, True),
        ("running", False, False),
        ("stopping", False, True),
        ("stopped", False, False),
        ("shutting-down", True, False),
        ("terminated", True, False),
    ],
)
def test_the_state_of_an_instance(state, gone, passes):
    assert (snapshot_of(state).is_gone("i-1"), snapshot_of(state).is_in_transition("i-1")) == (gone, passes)


def test_a_missing_instance_is_gone_and_has_no_association():
    assert snapshot_of().is_gone("i-2") and not snapshot_of("pending").is_in_transition("i-2")
    assert snapshot_of().associations_of("i-2") == () and snapshot_of().current_association("i-2") is None


@pytest.mark.parametrize(
    "states, passes",
    [
        ((), False),
        (("associating",), True),
        (("associated",), False),
        (("disassociating",), True),
        (("disassociated",), False),
        (("associated", "disassociating"), True),
    ],
)
def test_an_association_in_transition(states, passes):
    assert snapshot_of("running", *states).has_association_in_transition("i-1") is passes


def test_the_later_snapshot_wins():
    joined = snapshot_of("pending").merged_with(snapshot_of("running", "associated"))
    assert joined.instances["i-1"].state == "running" and joined.current_association("i-1")
    assert snapshot_of("pending").merged_with(InstanceSnapshot({}, {})) == snapshot_of("pending")
