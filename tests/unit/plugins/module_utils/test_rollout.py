# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a fleet's plan, on a fleet that lives in memory and takes its time."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment import (
    Association,
    FleetState,
    Instance,
    Target,
    plan_attachments,
)
from ansible_collections.keyless.ec2.plugins.module_utils._errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._rollout import Rollout


def profile(name):
    return InstanceProfile(name, "/", ("r",), {}, f"arn:aws:iam::123456789012:instance-profile/{name}", name, "2026")


WEB, OLD = profile("web"), profile("old")
SLOW = 5  # seconds that every transition takes


class Fleet:
    """EC2 in memory; every transition takes SLOW seconds of the test's clock, and ``refuse`` names calls to refuse."""

    def __init__(self, clock, states, held=()):
        self.clock = clock
        self.states = dict(states)
        self.associations = {each: [self._association(each, OLD, "associated")] for each in held}
        self.due = []
        self.refuse = {}
        self.reads = 0
        self.made = []

    def _association(self, instance_id, of, state):
        return Association(f"iip-{of.name}-{instance_id}", instance_id, of.arn, of.profile_id, state)

    def later(self, instance_id, change):
        self.due.append((self.clock.now + SLOW, instance_id, change))

    def read_fleet(self, ids):
        self.reads += 1
        for due in [each for each in self.due if each[0] <= self.clock.now]:
            self.due.remove(due)
            due[2]()
        instances = {each: Instance(each, self.states[each]) for each in ids if each in self.states}
        return FleetState(instances, {each: tuple(self.associations.get(each, ())) for each in ids})

    def perform_all(self, steps, tell):
        for row, change in steps:
            self.made.append((change.operation, row.instance_id, self.clock.now))
            refused = self.refuse.get((row.instance_id, change.operation))
            tell(row, change, refused or getattr(self, change.operation)(row))

    def AssociateIamInstanceProfile(self, row):
        assert not self.associations.get(row.instance_id), "AWS: there is an existing association"
        assert self.states[row.instance_id] in ("running", "stopped"), "AWS: incorrect instance state"
        self.associations[row.instance_id] = [self._association(row.instance_id, WEB, "associating")]

        def arrive():
            self.associations[row.instance_id] = [self._association(row.instance_id, WEB, "associated")]

        self.later(row.instance_id, arrive)
        return {"IamInstanceProfileAssociation": {"AssociationId": f"iip-web-{row.instance_id}"}}

    def ReplaceIamInstanceProfileAssociation(self, row):
        assert self.states[row.instance_id] == "running", "AWS: not the active association"
        self.associations[row.instance_id] = []
        return self.AssociateIamInstanceProfile(row)

    def DisassociateIamInstanceProfile(self, row):
        self.associations[row.instance_id] = [self._association(row.instance_id, OLD, "disassociating")]
        self.later(row.instance_id, lambda: self.associations.update({row.instance_id: []}))
        return {"IamInstanceProfileAssociation": {}}


def roll_out(fleet, wait=True, seconds=60, target=WEB):
    targets = {each: Target(target) for each in fleet.states}
    plan = plan_attachments(targets, fleet.read_fleet(list(targets)), "replace")
    done = []
    return Rollout(plan, fleet, seconds, done.append).run(wait), done


def test_a_stopped_instance_waits_for_the_old_one_to_go(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    outcome, done = roll_out(fleet)
    (row,) = outcome.rows
    assert (row.action, row.association_id) == ("replaced", "iip-web-i-1")
    (first, start), (second, later) = [(operation, when) for operation, _instance, when in fleet.made]
    assert (first, second) == ("DisassociateIamInstanceProfile", "AssociateIamInstanceProfile")
    assert later - start >= SLOW
    assert [change.operation for change in done] == [first, second]


def test_a_pending_instance_is_waited_for(clock):
    fleet = Fleet(clock, {"i-1": "pending"})
    fleet.later("i-1", lambda: fleet.states.update({"i-1": "running"}))
    (row,) = roll_out(fleet)[0].rows
    assert row.action == "associated"
    assert fleet.made[0][2] >= SLOW


def test_waiting_is_for_all_at_once(clock):
    fleet = Fleet(clock, {f"i-{number}": "running" for number in range(50)})
    outcome = roll_out(fleet)[0]
    assert outcome.counts()["associated"] == 50
    assert fleet.reads < 10


def test_without_waiting_nothing_is_read_again(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    (row,) = roll_out(fleet, wait=False)[0].rows
    assert (row.action, fleet.reads, clock.naps) == ("associated", 1, [])


def test_what_does_not_arrive_in_time_fails_and_says_so(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    (row,) = roll_out(fleet, seconds=SLOW - 1)[0].rows
    assert (row.action, row.reason) == ("failed", "timed_out")
    assert row.as_result()["changed"] is True


def test_a_refused_instance_does_not_stop_the_others(clock):
    fleet = Fleet(clock, {"i-1": "running", "i-2": "running"})
    error = AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", "UnauthorizedOperation", "no")
    fleet.refuse["i-1", "AssociateIamInstanceProfile"] = error
    outcome, done = roll_out(fleet)
    assert [row.action for row in outcome.rows] == ["failed", "associated"]
    assert outcome.rows[0].reason == "UnauthorizedOperation"
    assert [change.target for change in done] == ["instance/i-2"]
    assert outcome.undo() == {"i-2": None}


def test_half_a_renewal_can_be_undone(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    error = AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", "UnauthorizedOperation", "no")
    fleet.refuse["i-1", "AssociateIamInstanceProfile"] = error
    outcome = roll_out(fleet)[0]
    assert (outcome.rows[0].action, outcome.rows[0].after) == ("failed", None)
    assert outcome.undo() == {"i-1": OLD.arn}


def test_an_association_on_its_way_is_waited_for_though_nothing_is_to_be_done(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.AssociateIamInstanceProfile(type("Row", (), {"instance_id": "i-1"}))
    (row,) = roll_out(fleet)[0].rows
    assert row.action == "unchanged"
    assert clock.now >= SLOW


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_detaching_is_over_when_nothing_is_left(clock, state):
    fleet = Fleet(clock, {"i-1": state}, held=["i-1"])
    (row,) = roll_out(fleet, target=None)[0].rows
    assert row.action == "detached"
    assert clock.now >= SLOW


def test_an_instance_that_never_gets_ready_is_not_written_to(clock):
    fleet = Fleet(clock, {"i-1": "pending", "i-2": "running"})
    outcome, done = roll_out(fleet)
    assert [(row.action, row.reason) for row in outcome.rows] == [("failed", "timed_out"), ("associated", None)]
    assert [change.target for change in done] == ["instance/i-2"]


def test_a_renewal_stops_where_the_old_one_does_not_go(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    outcome, done = roll_out(fleet, seconds=SLOW - 1)
    assert [change.operation for change in done] == ["DisassociateIamInstanceProfile"]
    assert (outcome.rows[0].reason, outcome.rows[0].as_result()["changed"]) == ("timed_out", True)
