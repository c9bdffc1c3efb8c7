# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do next about an instance, by what AWS shows of it.  Pure."""

from __future__ import annotations

from typing import Optional

from .._common.change import Change
from .._values.instances import TRANSITIONAL_ASSOCIATION_STATES, Association, InstanceSnapshot
from .row import Row

WAIT = "wait"  # it is on its way
GO = "go"  # it can take its next call
PLAN_AGAIN = "plan again"  # it is not, or no longer, what the plan was made for
ARRIVED = "arrived"
OVERTAKEN = "overtaken"  # after our last call somebody else made one

NOT_SHOWN = "AWS does not show the change yet"


def next_for(row: Row, made: tuple[Change, ...], raced: bool, actual: InstanceSnapshot) -> str:
    """One of the above, for a row of whose steps these were made; ``raced`` if somebody was there before the next one."""
    if actual.is_gone(row.instance_id):
        return PLAN_AGAIN
    if made and made == row.steps:
        return _after_the_last_call(row, actual)
    passing = actual.has_association_in_transition(row.instance_id)
    if passing or (row.steps and actual.is_in_transition(row.instance_id)):
        return WAIT
    return GO if made and not raced else PLAN_AGAIN


def _after_the_last_call(row: Row, actual: InstanceSnapshot) -> str:
    # What AWS shows may be older than the call, so what was there before the call says nothing yet.
    if actual.has_association_in_transition(row.instance_id):
        return WAIT
    held = actual.current_association(row.instance_id)
    if held is None:
        return WAIT if row.after else ARRIVED
    if held.association_id == row.association_id:
        return ARRIVED
    return WAIT if held.association_id in ended_by(row.steps) else OVERTAKEN


def ended_by(steps: tuple[Change, ...]) -> set[str]:
    """The ids of the associations that these calls end."""
    return {step.parameters["AssociationId"] for step in steps if "AssociationId" in step.parameters}


def what_is_missing(row: Row, actual: InstanceSnapshot) -> str:
    """What a row still waits for, for people."""
    if actual.is_in_transition(row.instance_id) and row.steps:
        return f"the instance is still {actual.instances[row.instance_id].state}"
    passing = _passing(row, actual)
    return f"the association {passing.association_id} is still {passing.state}" if passing else NOT_SHOWN


def what_helps(row: Row, actual: InstanceSnapshot) -> str:
    """What to do where that has lasted too long."""
    passing = None if actual.is_in_transition(row.instance_id) and row.steps else _passing(row, actual)
    if passing is None:
        return "run again"
    detach = f"run aws ec2 disassociate-iam-instance-profile --association-id {passing.association_id}, or " if passing.state == "associating" else ""
    return f"run again; if it stays so, {detach}stop and start the instance, and run again then"


def _passing(row: Row, actual: InstanceSnapshot) -> Optional[Association]:
    return next((each for each in actual.associations_of(row.instance_id) if each.state in TRANSITIONAL_ASSOCIATION_STATES), None)
