# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a fleet's plan, on a fleet that lives in memory and takes its time."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import Desired
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.rollout import FIRST_PAUSE, Rollout
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Target
from ansible_collections.keyless.ec2.plugins.module_utils._aws.calls import LONGEST_PAUSE
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._values.fleet import Association, FleetState, Instance
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile


def profile(name):
    return InstanceProfile(name, "/", ("r",), {}, f"arn:aws:iam::123456789012:instance-profile/{name}", name, "2026")


WEB, OLD = profile("web"), profile("old")
SLOW = 5  # seconds that every transition takes


class Fleet:
    """EC2 in memory; every transition takes SLOW seconds of the test's clock, every writing call ``call_seconds``.

    ``refuse`` names calls to refuse; ``before`` has what somebody else does just before a call.
    """

    def __init__(self, clock, states, held=(), call_seconds=0):
        self.clock = clock
        self.call_seconds = call_seconds
        self.states = dict(states)
        self.associations = {each: [self._association(each, OLD, "associated")] for each in held}
        self.due = []
        self.refuse = {}
        self.before = {}
        self.reads = 0
        self.made = []
        self.numbers = itertools.count(1)

    def _association(self, instance_id, of, state, number=0):
        return Association(f"iip-{of.name}-{instance_id}-{number}", instance_id, of.arn, of.profile_id, state)

    def later(self, change):
        self.due.append((self.clock.now + SLOW, change))

    def read_fleet(self, ids):
        self.reads += 1
        self._let_time_pass()
        instances = {each: Instance(each, self.states[each]) for each in ids if each in self.states}
        return FleetState(instances, {each: tuple(self.associations.get(each, ())) for each in ids})

    def _let_time_pass(self):
        for due in [each for each in self.due if each[0] <= self.clock.now]:
            self.due.remove(due)
            due[1]()

    def calls(self):
        return Calls(self.clock, self._perform, self.call_seconds)

    def _perform(self, change):
        instance_id = change.target.rpartition("/")[2]
        self.made.append((change.operation, instance_id, self.clock.now))
        self.before.pop((instance_id, change.operation), lambda: None)()
        self._let_time_pass()
        try:
            if (instance_id, change.operation) in self.refuse:
                raise refusal(self.refuse[instance_id, change.operation])
            return getattr(self, change.operation)(instance_id, change.parameters)
        except AwsError as error:
            return error

    def held(self, instance_id):
        return next((each for each in self.associations.get(instance_id, ()) if each.state != "disassociating"), None)

    def _change(self, instance_id, *associations, then):
        self.associations[instance_id] = list(associations)
        self.later(lambda: self.associations.update({instance_id: list(then)}))

    def give(self, instance_id, of):
        """Associates at once, as somebody else may have done some time ago."""
        self.associations[instance_id] = [self._association(instance_id, of, "associated", next(self.numbers))]

    def AssociateIamInstanceProfile(self, instance_id, _parameters):
        if self.states[instance_id] not in ("running", "stopped"):
            raise refusal("IncorrectInstanceState")
        if self.associations.get(instance_id):
            raise refusal("IncorrectState")
        number = next(self.numbers)
        coming, there = (self._association(instance_id, WEB, state, number) for state in ("associating", "associated"))
        self._change(instance_id, coming, then=[there])
        return {"IamInstanceProfileAssociation": {"AssociationId": coming.association_id}}

    def ReplaceIamInstanceProfileAssociation(self, instance_id, parameters):
        held = self.held(instance_id)
        if self.states[instance_id] != "running" or held is None or held.association_id != parameters["AssociationId"]:
            raise refusal("IncorrectState")
        number = next(self.numbers)
        coming, there = (self._association(instance_id, WEB, state, number) for state in ("associating", "associated"))
        self._change(instance_id, replace(held, state="disassociating"), coming, then=[there])
        return {"IamInstanceProfileAssociation": {"AssociationId": coming.association_id}}

    def DisassociateIamInstanceProfile(self, instance_id, parameters):
        held = self.held(instance_id)
        if held is None or held.association_id != parameters["AssociationId"]:
            raise refusal("IncorrectState")
        self._change(instance_id, replace(held, state="disassociating"), then=[])
        return {"IamInstanceProfileAssociation": {}}


class Calls:
    """CallPool with one place and no thread: a call is made when its outcome is asked for, if there is time for it."""

    def __init__(self, clock, make, seconds):
        self.clock = clock
        self.make = make
        self.seconds = seconds
        self.added = []
        self.left = seconds  # of the call that is on its way

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    @property
    def is_idle(self):
        return not self.added

    def add(self, owner, change, first=False):
        self.added.insert(0 if first else len(self.added), (owner, change))

    def outcomes(self, seconds):
        self.clock.now += min(seconds, self.left)
        if seconds < self.left:
            self.left -= seconds
            return
        self.left = self.seconds
        owner, change = self.added.pop(0)
        yield owner, self.make(change)


def refusal(code):
    return AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", code, "no")


def roll_out(fleet, wait=True, seconds=60, target=WEB, on_conflict="replace", named=True):
    desired = Desired({each: Target(target) for each in fleet.states}, on_conflict, named)
    plan = desired.plan(fleet.read_fleet(list(fleet.states)))
    done = []
    return Rollout(plan, fleet, wait, seconds, done.append).run(), done


def operations(fleet):
    return [operation.replace("IamInstanceProfile", "") for operation, _instance, _when in fleet.made]


def test_a_stopped_instance_waits_for_the_old_one_to_go(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    outcome, done = roll_out(fleet)
    (row,) = outcome.rows
    assert (row.action, row.association_id) == ("replaced", "iip-web-i-1-1")
    (first, start), (second, later) = [(operation, when) for operation, _instance, when in fleet.made]
    assert (first, second) == ("DisassociateIamInstanceProfile", "AssociateIamInstanceProfile")
    assert later - start >= SLOW
    assert [change.operation for change in done] == [first, second]


def test_a_pending_instance_is_waited_for(clock):
    fleet = Fleet(clock, {"i-1": "pending"})
    fleet.later(lambda: fleet.states.update({"i-1": "running"}))
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


def test_without_waiting_a_second_call_still_waits_for_the_first(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    (row,) = roll_out(fleet, wait=False)[0].rows
    assert (row.action, operations(fleet)) == ("replaced", ["Disassociate", "Associate"])


def test_without_waiting_what_needs_no_call_is_not_looked_at(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.AssociateIamInstanceProfile("i-1", {})
    (row,) = roll_out(fleet, wait=False)[0].rows
    assert (row.action, fleet.reads) == ("unchanged", 1)


def test_after_each_call_the_looks_are_close_again(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    roll_out(fleet)
    assert clock.naps.count(FIRST_PAUSE) == 2


def test_what_does_not_arrive_in_time_fails_and_says_so(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    (row,) = roll_out(fleet, seconds=SLOW - 1)[0].rows
    assert (row.action, row.reason) == ("failed", "timed_out")
    assert row.as_result()["changed"] is True


def test_a_refused_instance_does_not_stop_the_others(clock):
    fleet = Fleet(clock, {"i-1": "running", "i-2": "running"})
    fleet.refuse["i-1", "AssociateIamInstanceProfile"] = "UnauthorizedOperation"
    outcome, done = roll_out(fleet)
    assert [row.action for row in outcome.rows] == ["failed", "associated"]
    assert outcome.rows[0].reason == "UnauthorizedOperation"
    assert [change.target for change in done] == ["instance/i-2"]
    assert outcome.undo() == {"i-2": None}


def test_half_a_renewal_can_be_undone(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    fleet.refuse["i-1", "AssociateIamInstanceProfile"] = "UnauthorizedOperation"
    outcome = roll_out(fleet)[0]
    assert (outcome.rows[0].action, outcome.rows[0].after) == ("failed", None)
    assert outcome.undo() == {"i-1": OLD.arn}


def test_an_association_on_its_way_is_waited_for_though_nothing_is_to_be_done(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.AssociateIamInstanceProfile("i-1", {})
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


def test_the_others_do_not_wait_for_the_slow_one(clock):
    fleet = Fleet(clock, {"i-1": "pending", "i-2": "running"})
    roll_out(fleet)
    assert fleet.made == [("AssociateIamInstanceProfile", "i-2", 0)]


def test_an_unchanged_instance_that_is_stopping_is_not_waited_for(clock):
    fleet = Fleet(clock, {"i-1": "stopping"})
    fleet.give("i-1", WEB)
    (row,) = roll_out(fleet)[0].rows
    assert (row.action, clock.now) == ("unchanged", 0)


def test_what_it_waited_for_in_vain_is_told(clock):
    (row,) = roll_out(Fleet(clock, {"i-1": "pending"}))[0].rows
    assert row.msg == "the instance is still pending after 60 seconds; run again"


def test_each_instance_has_its_own_time(clock):
    """Two waitings of an instance, one after the other, have the bound each."""
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    outcome = roll_out(fleet, seconds=SLOW + 2)[0]
    assert outcome.rows[0].action == "replaced"


# Calls that take their time


def test_the_second_call_of_an_instance_goes_before_the_first_ones_of_others(clock):
    """Between the two it has no credentials."""
    states = {"i-0": "stopped", **{f"i-{number}": "running" for number in range(1, 30)}}
    fleet = Fleet(clock, states, held=["i-0"], call_seconds=1)
    outcome = roll_out(fleet)[0]
    assert [outcome.counts()[each] for each in ("replaced", "associated")] == [1, 29]
    first, second = [when for _operation, instance, when in fleet.made if instance == "i-0"]
    assert SLOW <= second - first < 30


def test_while_calls_are_made_nobody_looks_at_what_only_has_to_arrive(clock):
    fleet = Fleet(clock, {f"i-{number}": "running" for number in range(100)}, call_seconds=1)
    looked_at = []
    read_fleet = fleet.read_fleet
    fleet.read_fleet = lambda ids: looked_at.append(clock.now) or read_fleet(ids)
    assert roll_out(fleet)[0].counts()["associated"] == 100
    before_the_calls, *after_them = looked_at
    assert before_the_calls == 0
    assert min(after_them) >= 100


def test_the_looks_beside_calls_get_rarer(clock):
    fleet = Fleet(clock, {"i-0": "pending", **{f"i-{number}": "running" for number in range(1, 400)}}, call_seconds=1)
    roll_out(fleet, seconds=300)
    assert fleet.reads <= 300 / LONGEST_PAUSE + 12


def test_where_nothing_is_to_be_done_no_client_is_made_for_it(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.give("i-1", WEB)
    fleet.calls = None
    assert [row.action for row in roll_out(fleet)[0].rows] == ["unchanged"]


# Somebody else was there first


def test_who_does_the_same_at_the_same_time_does_no_harm(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.before["i-1", "AssociateIamInstanceProfile"] = lambda: fleet.AssociateIamInstanceProfile("i-1", {})
    outcome, done = roll_out(fleet)
    assert [(row.action, row.association_id) for row in outcome.rows] == [("unchanged", "iip-web-i-1-1")]
    assert (done, outcome.changes, outcome.undo()) == ([], (), {})


def test_two_who_replace_end_alike(clock):
    fleet = Fleet(clock, {"i-1": "running"}, held=["i-1"])
    held = {"AssociationId": fleet.held("i-1").association_id}
    fleet.before["i-1", "ReplaceIamInstanceProfileAssociation"] = lambda: fleet.ReplaceIamInstanceProfileAssociation("i-1", held)
    outcome, done = roll_out(fleet)
    assert (outcome.rows[0].action, done) == ("unchanged", [])


def test_two_who_renew_a_stopped_instance_end_alike(clock):
    fleet = Fleet(clock, {"i-1": "stopped"}, held=["i-1"])
    fleet.before["i-1", "AssociateIamInstanceProfile"] = lambda: fleet.give("i-1", WEB)
    outcome, done = roll_out(fleet)
    (row,) = outcome.rows
    assert (row.action, row.before, row.after, row.association_id) == ("replaced", OLD.arn, WEB.arn, "iip-web-i-1-1")
    assert [change.operation for change in done] == ["DisassociateIamInstanceProfile"]
    assert outcome.undo() == {"i-1": OLD.arn}


def test_another_profile_that_came_meanwhile_is_a_conflict_like_any_other(clock):
    fleet = Fleet(clock, {"i-1": "running", "i-2": "running"})
    fleet.before["i-1", "AssociateIamInstanceProfile"] = lambda: fleet.give("i-1", OLD)
    outcome, done = roll_out(fleet)
    assert [row.action for row in outcome.rows] == ["replaced", "associated"]
    assert outcome.undo() == {"i-1": OLD.arn, "i-2": None}
    assert [change.target for change in done] == ["instance/i-2", "instance/i-1"]
    assert all(change in done for change in outcome.changes)


def test_a_conflict_that_came_meanwhile_can_be_skipped(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.before["i-1", "AssociateIamInstanceProfile"] = lambda: fleet.give("i-1", OLD)
    outcome, done = roll_out(fleet, on_conflict="skip")
    assert (outcome.rows[0].action, done) == ("skipped", [])


def test_an_instance_that_stops_meanwhile_takes_two_calls(clock):
    fleet = Fleet(clock, {"i-1": "running"}, held=["i-1"])
    fleet.before["i-1", "ReplaceIamInstanceProfileAssociation"] = lambda: fleet.states.update({"i-1": "stopped"})
    outcome, done = roll_out(fleet)
    assert outcome.rows[0].action == "replaced"
    assert operations(fleet) == ["ReplaceAssociation", "Disassociate", "Associate"]
    assert outcome.changes == tuple(done)


@pytest.mark.parametrize("named, action", [(True, "failed"), (False, "skipped")])
@pytest.mark.parametrize("state", ["terminated", "shutting-down"])
def test_an_instance_that_is_terminated_meanwhile(clock, named, action, state):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.before["i-1", "AssociateIamInstanceProfile"] = lambda: fleet.states.update({"i-1": state})
    outcome = roll_out(fleet, named=named)[0]
    assert (outcome.rows[0].action, outcome.rows[0].reason) == (action, "terminated")


def test_an_instance_that_is_terminated_after_its_call_is_not_waited_for(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    plan = Desired({"i-1": Target(WEB)}).plan(fleet.read_fleet(["i-1"]))
    rollout = Rollout(plan, fleet, True, 60, lambda change: fleet.states.update({"i-1": "terminated"}))
    (row,) = rollout.run().rows
    assert (row.action, row.reason, row.as_result()["changed"], clock.now) == ("failed", "terminated", True, 0)


def test_somebody_who_is_always_first_is_not_fought_for_ever(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.refuse["i-1", "AssociateIamInstanceProfile"] = "IncorrectState"
    (row,) = roll_out(fleet)[0].rows
    assert (row.action, row.reason) == ("failed", "IncorrectState")
    assert len(fleet.made) == 4


@pytest.mark.parametrize("given, action, reason", [(OLD, "failed", "changed_meanwhile"), (WEB, "associated", None)])
def test_somebody_who_replaces_what_we_gave(clock, given, action, reason):
    fleet = Fleet(clock, {"i-1": "running"})
    plan = Desired({"i-1": Target(WEB)}).plan(fleet.read_fleet(["i-1"]))
    rollout = Rollout(plan, fleet, True, 60, lambda change: fleet.later(lambda: fleet.give("i-1", given)))
    (row,) = rollout.run().rows
    assert (row.action, row.reason) == (action, reason)
    assert row.as_result()["changed"] is True


def test_who_lost_a_race_and_won_the_next_does_not_fight_on(clock):
    fleet = Fleet(clock, {"i-1": "running"})
    fleet.before["i-1", "AssociateIamInstanceProfile"] = lambda: fleet.give("i-1", OLD)
    plan = Desired({"i-1": Target(WEB)}).plan(fleet.read_fleet(["i-1"]))
    rollout = Rollout(plan, fleet, True, 60, lambda change: fleet.later(lambda: fleet.give("i-1", OLD)))
    (row,) = rollout.run().rows
    assert (row.action, row.reason) == ("failed", "changed_meanwhile")
    assert operations(fleet) == ["Associate", "ReplaceAssociation"]


def test_reading_that_fails_half_way_leaves_a_row_for_each(clock):
    fleet = Fleet(clock, {"i-1": "running", "i-2": "running"})
    plan = Desired(dict.fromkeys(fleet.states, Target(WEB))).plan(fleet.read_fleet(list(fleet.states)))

    def refuse(_ids):
        raise refusal("UnauthorizedOperation")

    fleet.read_fleet = refuse
    outcome = Rollout(plan, fleet, True, 60, lambda change: None).run()
    assert [(row.action, row.reason) for row in outcome.rows] == [("failed", "UnauthorizedOperation")] * 2
    assert outcome.undo() == {"i-1": None, "i-2": None}
