# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying plans to instances in memory, whose transitions take time."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.attempts import LONGEST_PAUSE
from ansible_collections.keyless.ec2.plugins.module_utils._instances.executor import FIRST_PAUSE
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import (
    OLD,
    SLOW,
    WEB,
    MemoryEc2,
    operations,
    roll_out,
)


def test_on_a_stopped_instance_the_old_association_ends_first(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    outcome, done = roll_out(ec2)
    (row,) = outcome.rows
    assert (row.action, row.association_id) == ("replaced", "iip-web-i-1-1")
    (first, start), (second, later) = [(operation, when) for operation, _instance, when in ec2.made]
    assert (first, second) == ("DisassociateIamInstanceProfile", "AssociateIamInstanceProfile")
    assert later - start >= SLOW
    assert [change.operation for change in done] == [first, second]


def test_waits_for_a_pending_instance(clock):
    ec2 = MemoryEc2(clock, {"i-1": "pending"})
    ec2.later(lambda: ec2.states.update({"i-1": "running"}))
    (row,) = roll_out(ec2)[0].rows
    assert row.action == "associated"
    assert ec2.made[0][2] >= SLOW


def test_waits_for_all_instances_together(clock):
    ec2 = MemoryEc2(clock, {f"i-{number}": "running" for number in range(50)})
    outcome = roll_out(ec2)[0]
    assert outcome.counts()["associated"] == 50
    assert ec2.reads < 10


def test_without_wait_nothing_is_read_again(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    (row,) = roll_out(ec2, wait=False)[0].rows
    assert (row.action, ec2.reads, clock.naps) == ("associated", 1, [])


def test_without_wait_a_second_call_still_waits_for_the_first(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    (row,) = roll_out(ec2, wait=False)[0].rows
    assert (row.action, operations(ec2)) == ("replaced", ["Disassociate", "Associate"])


def test_without_wait_an_unchanged_instance_is_not_polled(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.AssociateIamInstanceProfile("i-1", {})
    (row,) = roll_out(ec2, wait=False)[0].rows
    assert (row.action, ec2.reads) == ("unchanged", 1)


def test_polling_speeds_up_again_after_each_call(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    roll_out(ec2)
    assert clock.naps.count(FIRST_PAUSE) == 2


def test_a_timeout_fails_the_row_and_says_what_is_missing(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    (row,) = roll_out(ec2, seconds=SLOW - 1)[0].rows
    assert (row.action, row.reason) == ("failed", "timed_out")
    assert row.as_result()["changed"] is True


def test_a_refused_call_does_not_stop_the_other_instances(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running", "i-2": "running"})
    ec2.refuse["i-1", "AssociateIamInstanceProfile"] = "UnauthorizedOperation"
    outcome, done = roll_out(ec2)
    assert [row.action for row in outcome.rows] == ["failed", "associated"]
    assert outcome.rows[0].reason == "UnauthorizedOperation"
    assert [change.target for change in done] == ["instance/i-2"]
    assert outcome.undo() == {"i-2": None}


def test_half_of_a_renewal_can_be_undone(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    ec2.refuse["i-1", "AssociateIamInstanceProfile"] = "UnauthorizedOperation"
    outcome = roll_out(ec2)[0]
    assert (outcome.rows[0].action, outcome.rows[0].after) == ("failed", None)
    assert outcome.undo() == {"i-1": OLD.arn}


def test_waits_for_an_association_in_transition_without_any_call(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.AssociateIamInstanceProfile("i-1", {})
    (row,) = roll_out(ec2)[0].rows
    assert row.action == "unchanged"
    assert clock.now >= SLOW


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_detaching_ends_when_no_association_is_left(clock, state):
    ec2 = MemoryEc2(clock, {"i-1": state}, current=["i-1"])
    (row,) = roll_out(ec2, target=None)[0].rows
    assert row.action == "detached"
    assert clock.now >= SLOW


def test_an_instance_that_stays_in_transition_is_not_changed(clock):
    ec2 = MemoryEc2(clock, {"i-1": "pending", "i-2": "running"})
    outcome, done = roll_out(ec2)
    assert [(row.action, row.reason) for row in outcome.rows] == [("failed", "timed_out"), ("associated", None)]
    assert [change.target for change in done] == ["instance/i-2"]


def test_a_renewal_fails_if_the_old_association_does_not_end(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    outcome, done = roll_out(ec2, seconds=SLOW - 1)
    assert [change.operation for change in done] == ["DisassociateIamInstanceProfile"]
    assert (outcome.rows[0].reason, outcome.rows[0].as_result()["changed"]) == ("timed_out", True)


def test_a_slow_instance_does_not_delay_the_others(clock):
    ec2 = MemoryEc2(clock, {"i-1": "pending", "i-2": "running"})
    roll_out(ec2)
    assert ec2.made == [("AssociateIamInstanceProfile", "i-2", 0)]


def test_does_not_wait_for_an_unchanged_instance_that_is_stopping(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopping"})
    ec2.give("i-1", WEB)
    (row,) = roll_out(ec2)[0].rows
    assert (row.action, clock.now) == ("unchanged", 0)


def test_a_timeout_names_the_state_that_was_missing(clock):
    (row,) = roll_out(MemoryEc2(clock, {"i-1": "pending"}))[0].rows
    assert row.msg == "the instance is still pending after 60 seconds; run again"


def test_each_wait_of_an_instance_has_the_whole_timeout(clock):
    """Here, one instance waits twice."""
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    outcome = roll_out(ec2, seconds=SLOW + 2)[0]
    assert outcome.rows[0].action == "replaced"


# Calls that take their time


def test_second_calls_come_before_first_calls_of_other_instances(clock):
    """Between the two, the instance has no credentials."""
    states = {"i-0": "stopped", **{f"i-{number}": "running" for number in range(1, 30)}}
    ec2 = MemoryEc2(clock, states, current=["i-0"], call_seconds=1)
    outcome = roll_out(ec2)[0]
    assert [outcome.counts()[each] for each in ("replaced", "associated")] == [1, 29]
    first, second = [when for _operation, instance, when in ec2.made if instance == "i-0"]
    assert SLOW <= second - first < 30


def test_during_calls_only_rows_that_need_another_call_are_polled(clock):
    ec2 = MemoryEc2(clock, {f"i-{number}": "running" for number in range(100)}, call_seconds=1)
    looked_at = []
    read_instances = ec2.read_instances
    ec2.read_instances = lambda ids: looked_at.append(clock.now) or read_instances(ids)
    assert roll_out(ec2)[0].counts()["associated"] == 100
    before_the_calls, *after_them = looked_at
    assert before_the_calls == 0
    assert min(after_them) >= 100


def test_polling_during_calls_slows_down(clock):
    ec2 = MemoryEc2(clock, {"i-0": "pending", **{f"i-{number}": "running" for number in range(1, 400)}}, call_seconds=1)
    roll_out(ec2, seconds=300)
    assert ec2.reads <= 300 / LONGEST_PAUSE + 12


def test_without_changes_no_client_is_created(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.give("i-1", WEB)
    ec2.calls = None
    assert [row.action for row in roll_out(ec2)[0].rows] == ["unchanged"]
