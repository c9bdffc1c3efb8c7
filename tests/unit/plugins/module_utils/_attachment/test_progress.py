# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""_attachment.progress: what to do next in every state of a row."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.progress import (
    CALL,
    DONE,
    OVERWRITTEN,
    PLAN_AGAIN,
    WAIT,
    missing_state,
    next_action,
    timeout_suggestion,
)
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Row
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Association, Instance, InstanceSnapshot

I = "i-0123456789abcdef0"  # noqa: E741
ASSOCIATE = Change("ec2", "AssociateIamInstanceProfile", I, {"InstanceId": I}, "x")
REPLACE = Change("ec2", "ReplaceIamInstanceProfileAssociation", I, {"AssociationId": "before"}, "x")
DISASSOCIATE = Change("ec2", "DisassociateIamInstanceProfile", I, {"AssociationId": "before"}, "x")


def shown(state, *associations):
    current = tuple(Association(each, I, "arn", "AIPA", passing) for each, passing in associations)
    return InstanceSnapshot({I: Instance(I, state)}, {I: current})


def verdict(steps, made, actual, raced=False, association_id="ours", after="arn"):
    row = Row(I, "associated", after=after, association_id=association_id, steps=tuple(steps))
    return next_action(row, tuple(steps[:made]), raced, actual)


OURS, BEFORE, OTHER = ("ours", "associated"), ("before", "associated"), ("other", "associated")
LEAVING = ("before", "disassociating")


@pytest.mark.parametrize(
    "steps, actual, expected",
    [
        ([ASSOCIATE], shown("pending"), WAIT),
        ([ASSOCIATE], shown("stopping"), WAIT),
        ([ASSOCIATE], shown("running", LEAVING), WAIT),
        ([ASSOCIATE], shown("running"), PLAN_AGAIN),
        ([ASSOCIATE], shown("shutting-down"), PLAN_AGAIN),
        ([ASSOCIATE], InstanceSnapshot({}, {}), PLAN_AGAIN),
        ([], shown("running", ("ours", "associating")), WAIT),
        ([], shown("stopping", OURS), PLAN_AGAIN),
    ],
)
def test_before_the_first_call(steps, actual, expected):
    assert verdict(steps, 0, actual) == expected


@pytest.mark.parametrize(
    "actual, expected",
    [
        (shown("stopped", LEAVING), WAIT),
        (shown("stopped"), CALL),
        (shown("stopping"), WAIT),
        (shown("terminated"), PLAN_AGAIN),
    ],
)
def test_between_two_calls(actual, expected):
    assert verdict([DISASSOCIATE, ASSOCIATE], 1, actual) == expected


@pytest.mark.parametrize(
    "steps, actual, after, expected",
    [
        ([ASSOCIATE], shown("running", ("ours", "associating")), "arn", WAIT),
        ([ASSOCIATE], shown("running"), "arn", WAIT),
        ([ASSOCIATE], shown("stopping", OURS), "arn", DONE),
        ([ASSOCIATE], shown("running", OTHER), "arn", OVERWRITTEN),
        ([REPLACE], shown("running", LEAVING, OURS), "arn", WAIT),
        ([REPLACE], shown("running", BEFORE), "arn", WAIT),
        ([REPLACE], shown("running", OURS), "arn", DONE),
        ([REPLACE], shown("running", OTHER), "arn", OVERWRITTEN),
        ([REPLACE], shown("terminated"), "arn", PLAN_AGAIN),
        ([DISASSOCIATE], shown("running", LEAVING), None, WAIT),
        ([DISASSOCIATE], shown("running", BEFORE), None, WAIT),
        ([DISASSOCIATE], shown("running"), None, DONE),
        ([DISASSOCIATE], shown("running", OTHER), None, OVERWRITTEN),
    ],
)
def test_after_the_last_call(steps, actual, after, expected):
    association_id = "ours" if after else None
    assert verdict(steps, len(steps), actual, after=after, association_id=association_id) == expected


@pytest.mark.parametrize("made", [0, 1])
@pytest.mark.parametrize("actual, expected", [(shown("running", ("x", "associating")), WAIT), (shown("running", OTHER), PLAN_AGAIN)])
def test_after_a_lost_race(made, actual, expected):
    assert verdict([DISASSOCIATE, ASSOCIATE], made, actual, raced=True) == expected


@pytest.mark.parametrize(
    "steps, actual, says",
    [
        ((ASSOCIATE,), shown("pending"), "the instance is still pending; run again"),
        (
            (ASSOCIATE,),
            shown("running", LEAVING),
            "the association before is still disassociating; run again; if that does not help, stop and start the instance, then run again",
        ),
        (
            (),
            shown("pending", ("ours", "associating")),
            "the association ours is still associating; run again; if that does not help, run aws ec2 "
            "disassociate-iam-instance-profile --association-id ours, or stop and start the instance, then run again",
        ),
        ((ASSOCIATE,), shown("running"), "AWS does not show the change yet; run again"),
    ],
)
def test_missing_states_and_suggestions(steps, actual, says):
    row = Row(I, "associated", steps=steps)
    assert f"{missing_state(row, actual)}; {timeout_suggestion(row, actual)}" == says
