# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the instances and the associations of one moment tell together."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Association, Instance, InstanceSnapshot


def fleet(state="running", *associations):
    held = tuple(Association(f"iip-{number}", "i-1", "arn", "AIPA1", each) for number, each in enumerate(associations))
    return InstanceSnapshot({"i-1": Instance("i-1", state)}, {"i-1": held})


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
def test_the_association_that_lasts_is_held(states, held):
    found = fleet("running", *states).current_association("i-1")
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
    assert (fleet(state).is_gone("i-1"), fleet(state).has_passing_state("i-1")) == (gone, passes)


def test_an_instance_that_is_not_there_is_gone_and_has_nothing():
    assert fleet().is_gone("i-2") and not fleet("pending").has_passing_state("i-2")
    assert fleet().associations_of("i-2") == () and fleet().current_association("i-2") is None


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
def test_an_association_that_passes(states, passes):
    assert fleet("running", *states).has_passing_association("i-1") is passes


def test_of_an_instance_in_both_the_later_state_counts():
    joined = fleet("pending").joined(fleet("running", "associated"))
    assert joined.instances["i-1"].state == "running" and joined.current_association("i-1")
    assert fleet("pending").joined(InstanceSnapshot({}, {})) == fleet("pending")
