# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do next with an instance, by its current state in AWS.  Pure."""

from __future__ import annotations

from typing import Optional

from .._common.change import Change
from .._instances.next_action import CALL, DONE, OVERWRITTEN, PLAN_AGAIN, WAIT
from .._values.instances import TRANSITIONAL_ASSOCIATION_STATES, Association, InstanceSnapshot
from .row import Row

NOT_VISIBLE = "AWS does not show the change yet"


def next_action(row: Row, made: tuple[Change, ...], raced: bool, actual: InstanceSnapshot) -> str:
    """One of the above, after these steps of a row were made.  ``raced`` says that AWS refused the next one, because another client was faster."""
    if actual.is_gone(row.instance_id):
        return PLAN_AGAIN
    if made and made == row.steps:
        return _after_the_last_call(row, actual)
    transitional = actual.has_association_in_transition(row.instance_id)
    if transitional or (row.steps and actual.is_in_transition(row.instance_id)):
        return WAIT
    return CALL if made and not raced else PLAN_AGAIN


def _after_the_last_call(row: Row, actual: InstanceSnapshot) -> str:
    # EC2 is eventually consistent: it may still return the state from before the call.
    if actual.has_association_in_transition(row.instance_id):
        return WAIT
    current = actual.current_association(row.instance_id)
    if current is None:
        return WAIT if row.after else DONE
    if current.association_id == row.association_id:
        return DONE
    return WAIT if current.association_id in ended_by(row.steps) else OVERWRITTEN


def ended_by(steps: tuple[Change, ...]) -> set[str]:
    """The ids of the associations that these calls end."""
    return {step.parameters["AssociationId"] for step in steps if "AssociationId" in step.parameters}


def missing_state(row: Row, actual: InstanceSnapshot) -> str:
    """What a row is still waiting for, in words."""
    if actual.is_in_transition(row.instance_id) and row.steps:
        return f"the instance is still {actual.instances[row.instance_id].state}"
    transitional = _transitional(row, actual)
    return f"the association {transitional.association_id} is still {transitional.state}" if transitional else NOT_VISIBLE


def timeout_suggestion(row: Row, actual: InstanceSnapshot) -> str:
    """What to do about a row whose wait has timed out."""
    transitional = None if actual.is_in_transition(row.instance_id) and row.steps else _transitional(row, actual)
    if transitional is None:
        return "run again"
    command = f"run aws ec2 disassociate-iam-instance-profile --association-id {transitional.association_id}, or "
    detach = command if transitional.state == "associating" else ""
    return f"run again; if that does not help, {detach}stop and start the instance, then run again"


def _transitional(row: Row, actual: InstanceSnapshot) -> Optional[Association]:
    return next((each for each in actual.associations_of(row.instance_id) if each.state in TRANSITIONAL_ASSOCIATION_STATES), None)
