# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying plans while another client changes the same instances."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.executor import apply_plan
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import Desired
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules, Target
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import (
    OLD,
    WEB,
    MemoryEc2,
    operations,
    refusal,
    roll_out,
)


def test_another_client_with_the_same_change_does_no_harm(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.AssociateIamInstanceProfile("i-1", {})
    outcome, done = roll_out(ec2)
    assert [(row.action, row.association_id) for row in outcome.rows] == [("unchanged", "iip-web-i-1-1")]
    assert (done, outcome.changes, outcome.undo()) == ([], (), {})


def test_two_clients_that_replace_reach_the_same_state(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"}, current=["i-1"])
    current = {"AssociationId": ec2.current_association("i-1").association_id}
    ec2.before["i-1", "ReplaceIamInstanceProfileAssociation"] = lambda: ec2.ReplaceIamInstanceProfileAssociation("i-1", current)
    outcome, done = roll_out(ec2)
    assert (outcome.rows[0].action, done) == ("unchanged", [])


def test_two_clients_that_renew_a_stopped_instance_reach_the_same_state(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped"}, current=["i-1"])
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", WEB)
    outcome, done = roll_out(ec2)
    (row,) = outcome.rows
    assert (row.action, row.before, row.after, row.association_id) == ("replaced", OLD.arn, WEB.arn, "iip-web-i-1-1")
    assert [change.operation for change in done] == ["DisassociateIamInstanceProfile"]
    assert outcome.undo() == {"i-1": OLD.arn}


def test_another_profile_attached_in_the_meantime_is_a_conflict(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running", "i-2": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", OLD)
    outcome, done = roll_out(ec2)
    assert [row.action for row in outcome.rows] == ["replaced", "associated"]
    assert outcome.undo() == {"i-1": OLD.arn, "i-2": None}
    assert [change.target for change in done] == ["instance/i-2", "instance/i-1"]
    assert all(change in done for change in outcome.changes)


def test_a_conflict_that_arose_in_the_meantime_can_be_skipped(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", OLD)
    outcome, done = roll_out(ec2, on_conflict="skip")
    assert (outcome.rows[0].action, done) == ("skipped", [])


def test_an_instance_that_stops_in_the_meantime_takes_two_calls(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"}, current=["i-1"])
    ec2.before["i-1", "ReplaceIamInstanceProfileAssociation"] = lambda: ec2.states.update({"i-1": "stopped"})
    outcome, done = roll_out(ec2)
    assert outcome.rows[0].action == "replaced"
    assert operations(ec2) == ["ReplaceAssociation", "Disassociate", "Associate"]
    assert outcome.changes == tuple(done)


@pytest.mark.parametrize("named, action", [(True, "failed"), (False, "skipped")])
@pytest.mark.parametrize("state", ["terminated", "shutting-down"])
def test_an_instance_that_is_terminated_in_the_meantime(clock, named, action, state):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.states.update({"i-1": state})
    outcome = roll_out(ec2, named=named)[0]
    assert (outcome.rows[0].action, outcome.rows[0].reason) == (action, "terminated")


def test_does_not_wait_for_an_instance_that_is_terminated_after_its_call(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    plan = Desired({"i-1": Target(WEB)}).plan(ec2.read_instances(["i-1"]))
    outcome = apply_plan(plan, ec2, True, 60, lambda change: ec2.states.update({"i-1": "terminated"}))
    (row,) = outcome.rows
    assert (row.action, row.reason, row.as_result()["changed"], clock.now) == ("failed", "terminated", True, 0)


def test_races_with_another_client_are_limited(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.refuse["i-1", "AssociateIamInstanceProfile"] = "IncorrectState"
    (row,) = roll_out(ec2)[0].rows
    assert (row.action, row.reason) == ("failed", "IncorrectState")
    assert len(ec2.made) == 4


@pytest.mark.parametrize("given, action, reason", [(OLD, "failed", "changed_meanwhile"), (WEB, "associated", None)])
def test_another_client_replaces_our_profile(clock, given, action, reason):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    plan = Desired({"i-1": Target(WEB)}).plan(ec2.read_instances(["i-1"]))
    outcome = apply_plan(plan, ec2, True, 60, lambda change: ec2.later(lambda: ec2.give("i-1", given)))
    (row,) = outcome.rows
    assert (row.action, row.reason) == (action, reason)
    assert row.as_result()["changed"] is True


def test_a_change_after_a_won_race_is_not_reverted(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", OLD)
    plan = Desired({"i-1": Target(WEB)}).plan(ec2.read_instances(["i-1"]))
    outcome = apply_plan(plan, ec2, True, 60, lambda change: ec2.later(lambda: ec2.give("i-1", OLD)))
    (row,) = outcome.rows
    assert (row.action, row.reason) == ("failed", "changed_meanwhile")
    assert operations(ec2) == ["Associate", "ReplaceAssociation"]


def test_a_failed_read_leaves_a_row_for_each_instance(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running", "i-2": "running"})
    plan = Desired(dict.fromkeys(ec2.states, Target(WEB))).plan(ec2.read_instances(list(ec2.states)))

    def refuse(_ids):
        raise refusal("UnauthorizedOperation")

    ec2.read_instances = refuse
    outcome = apply_plan(plan, ec2, True, 60, lambda change: None)
    assert [(row.action, row.reason) for row in outcome.rows] == [("failed", "UnauthorizedOperation")] * 2
    assert outcome.undo() == {"i-1": None, "i-2": None}


@pytest.mark.parametrize("code", ["IncorrectInstanceState", "IncorrectState", "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound"])
def test_every_race_code_reads_the_instance_again(clock, code):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", WEB)
    ec2.refuse["i-1", "AssociateIamInstanceProfile"] = code
    outcome, done = roll_out(ec2)
    assert ([row.action for row in outcome.rows], done) == (["unchanged"], [])


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidParameterValue", "UnsupportedOperation", "InternalError"])
def test_other_errors_fail_the_row_at_once(clock, code):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", WEB)
    ec2.refuse["i-1", "AssociateIamInstanceProfile"] = code
    outcome, _done = roll_out(ec2)
    assert [(row.action, row.reason) for row in outcome.rows] == [("failed", code)]


@pytest.mark.parametrize("state, calls", [("running", ["ReplaceAssociation"]), ("stopped", ["Disassociate", "Associate"])])
def test_a_profile_is_renewed_once(clock, state, calls):
    ec2 = MemoryEc2(clock, {"i-1": state})
    ec2.give("i-1", WEB)
    (row,) = roll_out(ec2, renew=True)[0].rows
    assert (row.action, row.reason, operations(ec2)) == ("replaced", "renewed", calls)
    assert row.association_id == ec2.current_association("i-1").association_id


def test_an_association_that_another_client_renewed_is_not_renewed_again(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.give("i-1", WEB)
    ec2.before["i-1", "ReplaceIamInstanceProfileAssociation"] = lambda: ec2.give("i-1", WEB)
    (row,) = roll_out(ec2, renew=True)[0].rows
    assert (row.action, operations(ec2)) == ("unchanged", ["ReplaceAssociation"])


def test_an_association_in_transition_is_renewed_after_it(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.AssociateIamInstanceProfile("i-1", {})
    (row,) = roll_out(ec2, renew=True)[0].rows
    assert (row.reason, operations(ec2)) == ("renewed", ["ReplaceAssociation"])


def test_another_client_that_renews_after_us_does_no_harm(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.give("i-1", WEB)
    plan = Desired({"i-1": Target(WEB)}, Rules(renew=True)).plan(ec2.read_instances(["i-1"]))
    outcome = apply_plan(plan, ec2, True, 60, lambda change: ec2.later(lambda: ec2.give("i-1", WEB)))
    (row,) = outcome.rows
    assert (row.action, row.reason) == ("replaced", "renewed")


@pytest.mark.parametrize("profile_id", ["AIPA-before", "zzz-before"])
@pytest.mark.parametrize("wait", [True, False])
def test_a_profile_that_was_recreated_in_the_meantime_fails_the_row(clock, wait, profile_id):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    before = replace(WEB, profile_id=profile_id)
    (row,) = roll_out(ec2, wait=wait, target=before)[0].rows
    assert (row.action, row.reason) == ("failed", "profile_recreated")
    assert (row.after, row.association_id) == (WEB.arn, "iip-web-i-1-1")
    assert f"EC2 associated the one with the id AIPA-web instead of {profile_id}; run again" in row.msg


@pytest.mark.parametrize("on_loss", ["warn", "fail"])
def test_a_profile_attached_in_the_meantime_was_not_compared_for_lost_permissions(clock, on_loss):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    ec2.before["i-1", "AssociateIamInstanceProfile"] = lambda: ec2.give("i-1", OLD)
    plan = Desired({"i-1": Target(WEB)}, Rules(on_loss=on_loss), {}).plan(ec2.read_instances(["i-1"]))
    done = []
    (row,) = apply_plan(plan, ec2, True, 300, done.append).rows
    if on_loss == "warn":
        assert (row.action, row.lost) == ("replaced", None)
    else:
        assert (row.action, row.reason, row.after, done) == ("failed", "changed_meanwhile", OLD.arn, [])
        assert "its instance profile changed to old after the permissions were compared" in row.msg


@pytest.mark.parametrize("wait", [True, False])
def test_does_not_wait_for_failed_instances(clock, wait):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    roll_out(ec2, wait=wait, target=replace(WEB, profile_id="AIPA-before"))
    assert (clock.now, ec2.reads) == (0, 1)


def refusing(clock, *codes):
    """One instance whose first calls fail with these codes."""
    ec2, left = MemoryEc2(clock, {"i-1": "running"}), list(codes)
    associate = ec2.AssociateIamInstanceProfile

    def refuse(instance_id, parameters):
        if left:
            raise refusal(left.pop())
        return associate(instance_id, parameters)

    ec2.AssociateIamInstanceProfile = refuse
    return ec2


RACE_CODES = ["IncorrectState", "IncorrectInstanceState", "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound"]


@pytest.mark.parametrize(
    "code, calls", [*((code, 2) for code in RACE_CODES), *((code, 1) for code in ("UnauthorizedOperation", "InvalidInstanceID", "ZZZ"))]
)
def test_each_race_code_plans_the_row_again(clock, code, calls):
    ec2 = refusing(clock, code)
    (row,) = roll_out(ec2)[0].rows
    assert (row.action, row.reason) == (("associated", None) if calls > 1 else ("failed", code))
    assert len(ec2.made) == calls


@pytest.mark.parametrize("lost, action", [(3, "associated"), (4, "failed")])
def test_a_row_may_lose_so_many_races(clock, lost, action):
    ec2 = refusing(clock, *["IncorrectState"] * lost)
    (row,) = roll_out(ec2)[0].rows
    assert (row.action, len(ec2.made)) == (action, 4)


@pytest.mark.parametrize("seconds, action", [(4, "failed"), (5, "associated")])
def test_the_last_read_is_at_the_deadline(clock, seconds, action):
    ec2 = MemoryEc2(clock, {"i-1": "running"})
    (row,) = roll_out(ec2, seconds=seconds)[0].rows
    assert (row.action, clock.now) == (action, min(seconds, 5))


def test_without_wait_a_row_has_its_new_association(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running", "i-2": "running"}, current=["i-2"])
    outcome, done = roll_out(ec2, wait=False)
    assert [row.association_id for row in outcome.rows] == ["iip-web-i-1-1", "iip-web-i-2-2"]
    assert (clock.now, len(done), ec2.reads) == (0, 2, 1)


def test_a_detached_row_has_no_association(clock):
    ec2 = MemoryEc2(clock, {"i-1": "running"}, current=["i-1"])
    (row,) = roll_out(ec2, wait=False, target=None)[0].rows
    assert (row.action, row.association_id, row.after, row.before) == ("detached", None, None, OLD.arn)


@pytest.mark.parametrize("only", [None, "old"])
def test_another_client_attaches_a_profile_after_ours_was_detached(clock, only):
    ec2 = MemoryEc2(clock, {"i-1": "running"}, current=["i-1"])
    plan = Desired({"i-1": Target(None, only)}).plan(ec2.read_instances(["i-1"]))
    outcome = apply_plan(plan, ec2, True, 60, lambda change: ec2.later(lambda: ec2.give("i-1", WEB)))
    (row,) = outcome.rows
    assert (row.action, row.reason) == ("failed", "changed_meanwhile")


def test_rows_that_need_another_call_are_polled_during_calls_of_others(clock):
    ec2 = MemoryEc2(clock, {"i-1": "pending", "i-2": "running"}, call_seconds=10)
    looked_at, read_instances = [], ec2.read_instances
    ec2.read_instances = lambda ids: looked_at.append((clock.now, ids)) or read_instances(ids)
    roll_out(ec2, seconds=60)
    assert looked_at[:4] == [(0, ["i-1", "i-2"]), (0.25, ["i-1"]), (0.75, ["i-1"]), (1.75, ["i-1"])]


class Full(Exception):
    """What nobody expects."""


@pytest.mark.parametrize("wait, first", [(True, ("failed", "Full", WEB.arn)), (False, ("associated", None, WEB.arn))])
def test_an_unexpected_error_makes_no_further_calls_and_the_rows_say_what_was_done(clock, wait, first):
    """The second call was made, but it is not known that it was."""
    ec2 = MemoryEc2(clock, dict.fromkeys(("i-1", "i-2", "i-3", "i-4"), "running"))
    plan = Desired({each: Target(WEB) for each in ec2.states}, Rules()).plan(ec2.read_instances(list(ec2.states)))
    done = []

    def record(change):
        if done:
            raise Full("disk")
        done.append(change)

    rows = apply_plan(plan, ec2, wait, 300, record).rows
    assert [instance_id for _operation, instance_id, _when in ec2.made] == ["i-1", "i-2"]
    assert [(row.action, row.reason, row.after) for row in rows] == [first, *[("failed", "Full", None)] * 3]
    assert "disk" in rows[-1].msg and [bool(row.steps) for row in rows] == [True, False, False, False]


def test_calls_that_were_on_their_way_are_recorded_after_an_unexpected_error(clock):
    ec2 = MemoryEc2(clock, {"i-1": "stopped", "i-2": "running"}, current=["i-1"])
    plan = Desired({each: Target(WEB) for each in ec2.states}, Rules()).plan(ec2.read_instances(list(ec2.states)))
    calls, done = ec2.calls(), []

    def stop(_failure):
        """AWS has already accepted what is open."""

    def outcomes(seconds, own=calls.outcomes, times=iter(range(9))):
        if next(times) == 0:
            raise Full("pipe")
        return own(seconds)

    calls.stop, calls.outcomes, ec2.calls = stop, outcomes, lambda: calls
    rows = apply_plan(plan, ec2, False, 300, done.append).rows
    assert sorted((change.operation, change.target) for change in done) == [
        ("AssociateIamInstanceProfile", "instance/i-2"),
        ("DisassociateIamInstanceProfile", "instance/i-1"),
    ]
    # The first instance needs another call, and has no profile now.
    assert [(row.action, row.after) for row in rows] == [("failed", None), ("associated", WEB.arn)]
