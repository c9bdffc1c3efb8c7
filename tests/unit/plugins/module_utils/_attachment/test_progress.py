# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do next, by what AWS shows: every moment of a row's way."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.progress import (
    ARRIVED,
    GO,
    OVERTAKEN,
    PLAN_AGAIN,
    WAIT,
    next_for,
    what_helps,
    what_is_missing,
)
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Row
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Association, Instance, InstanceSnapshot

I = "i-0123456789abcdef0"  # noqa: E741
ASSOCIATE = Change("ec2", "AssociateIamInstanceProfile", I, {"InstanceId": I}, "x")
REPLACE = Change("ec2", "ReplaceIamInstanceProfileAssociation", I, {"AssociationId": "before"}, "x")
DISASSOCIATE = Change("ec2", "DisassociateIamInstanceProfile", I, {"AssociationId": "before"}, "x")


def shown(state, *associations):
    held = tuple(Association(each, I, "arn", "AIPA", passing) for each, passing in associations)
    return InstanceSnapshot({I: Instance(I, state)}, {I: held})


def verdict(steps, made, actual, raced=False, association_id="ours", after="arn"):
    row = Row(I, "associated", after=after, association_id=association_id, steps=tuple(steps))
    return next_for(row, tuple(steps[:made]), raced, actual)


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
        (shown("stopped"), GO),
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
        ([ASSOCIATE], shown("stopping", OURS), "arn", ARRIVED),
        ([ASSOCIATE], shown("running", OTHER), "arn", OVERTAKEN),
        ([REPLACE], shown("running", LEAVING, OURS), "arn", WAIT),
        ([REPLACE], shown("running", BEFORE), "arn", WAIT),
        ([REPLACE], shown("running", OURS), "arn", ARRIVED),
        ([REPLACE], shown("running", OTHER), "arn", OVERTAKEN),
        ([REPLACE], shown("terminated"), "arn", PLAN_AGAIN),
        ([DISASSOCIATE], shown("running", LEAVING), None, WAIT),
        ([DISASSOCIATE], shown("running", BEFORE), None, WAIT),
        ([DISASSOCIATE], shown("running"), None, ARRIVED),
        ([DISASSOCIATE], shown("running", OTHER), None, OVERTAKEN),
    ],
)
def test_after_the_last_call(steps, actual, after, expected):
    association_id = "ours" if after else None
    assert verdict(steps, len(steps), actual, after=after, association_id=association_id) == expected


@pytest.mark.parametrize("made", [0, 1])
@pytest.mark.parametrize("actual, expected", [(shown("running", ("x", "associating")), WAIT), (shown("running", OTHER), PLAN_AGAIN)])
def test_after_a_race_that_was_lost(made, actual, expected):
    assert verdict([DISASSOCIATE, ASSOCIATE], made, actual, raced=True) == expected


@pytest.mark.parametrize(
    "steps, actual, says",
    [
        ((ASSOCIATE,), shown("pending"), "the instance is still pending; run again"),
        (
            (ASSOCIATE,),
            shown("running", LEAVING),
            "the association before is still disassociating; run again; if it stays so, stop and start the instance, and run again then",
        ),
        (
            (),
            shown("pending", ("ours", "associating")),
            "the association ours is still associating; run again; if it stays so, run aws ec2 "
            "disassociate-iam-instance-profile --association-id ours, or stop and start the instance, and run again then",
        ),
        ((ASSOCIATE,), shown("running"), "AWS does not show the change yet; run again"),
    ],
)
def test_what_is_missing_is_told_with_the_mend(steps, actual, says):
    row = Row(I, "associated", steps=steps)
    assert f"{what_is_missing(row, actual)}; {what_helps(row, actual)}" == says
