# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do next with an instance whose metadata options change, by its current state in AWS.  Pure."""

from __future__ import annotations

from .._common.change import Change
from .._instances.next_action import CALL, DONE, OVERWRITTEN, PLAN_AGAIN, WAIT
from .._values.instances import Instance, InstanceSnapshot
from .row import Row, is_pending

NOT_VISIBLE = "AWS does not show the change yet"


def next_action(row: Row, made: tuple[Change, ...], raced: bool, actual: InstanceSnapshot) -> str:
    """What to do after these steps of a row were made.  ``raced`` says that AWS refused the next one, because another client was faster."""
    if actual.is_gone(row.instance_id):
        return PLAN_AGAIN
    instance = actual.instances[row.instance_id]
    if made == row.steps:
        return _after_the_last_call(row, instance)
    if is_pending(instance) or actual.is_in_transition(row.instance_id):
        return WAIT
    return CALL if made and not raced else PLAN_AGAIN


def _after_the_last_call(row: Row, instance: Instance) -> str:
    shown = {name: instance.metadata.value(name) for name in row.after}
    if shown == row.after:
        return WAIT if is_pending(instance) else DONE
    # EC2 is eventually consistent: it may still return the options from before a call.
    is_old = all(value in (row.before[name], row.after[name]) for name, value in shown.items())
    return WAIT if is_old else OVERWRITTEN


def missing_state(row: Row, actual: InstanceSnapshot) -> str:
    """What a row is still waiting for, in words."""
    instance = actual.instances[row.instance_id]
    if is_pending(instance):
        return "its metadata options are still pending"
    if actual.is_in_transition(row.instance_id):
        return f"the instance is still {instance.state}"
    return NOT_VISIBLE


def timeout_suggestion(row: Row, actual: InstanceSnapshot) -> str:
    """What to do about a row whose wait has timed out."""
    if is_pending(actual.instances[row.instance_id]):
        return "run again; if that does not help, stop and start the instance, then run again"
    return "run again"
