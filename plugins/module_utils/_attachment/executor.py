# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies a plan: how instance profiles differ from other things of an instance that can change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping

from .._aws.call_pool import CallPool
from .._aws.ec2 import Ec2
from .._common.change import Change
from .._instances.executor import Executor, RowProgress
from .._values.instances import InstanceSnapshot
from .plan import AttachmentPlan
from .progress import ended_by, missing_state, next_action, timeout_suggestion
from .row import Row


def apply_plan(plan: AttachmentPlan, ec2: Ec2, wait: bool, seconds: int, done: Callable[[Change], None]) -> AttachmentPlan:
    """Makes the calls and waits.  Returns the plan with the results in its rows."""
    return replace(plan, rows=AttachmentExecutor(plan, ec2, wait, seconds, done).run())


class AttachmentExecutor(Executor[Row]):
    """Applies the rows of one plan."""

    doing = "change the instance profiles"
    overwritten = "another client attached a different instance profile in the meantime"
    races = frozenset({"IncorrectState", "IncorrectInstanceState", "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound"})

    def __init__(self, plan: AttachmentPlan, ec2: Ec2, wait: bool, seconds: int, done: Callable[[Change], None]) -> None:
        super().__init__(plan.rows, wait, seconds, done)
        self._desired = plan.desired
        self._ec2 = ec2

    def pool(self) -> CallPool:
        """A pool for the calls."""
        return self._ec2.calls()

    def read(self, instance_ids: list[str]) -> InstanceSnapshot:
        """The instances and their associations."""
        return self._ec2.read_instances(instance_ids)

    def next_action(self, progress: RowProgress[Row], actual: InstanceSnapshot) -> str:
        """What to do next."""
        return next_action(progress.row, progress.made, progress.raced, actual)

    def accepted(self, progress: RowProgress[Row], answer: dict[str, Any]) -> None:
        """Takes the id of the new association."""
        if not progress.row.after:
            return
        made = answer["IamInstanceProfileAssociation"]
        progress.row = replace(progress.row, association_id=made["AssociationId"])
        self._fail_if_other_profile(progress, made)

    def _fail_if_other_profile(self, progress: RowProgress[Row], made: Mapping[str, Any]) -> None:
        """Fails the row if EC2 associated another profile of the same name.

        This happens if the profile was recreated after it was read, or if EC2 does not know the recreated one yet.
        """
        wanted = self._desired.targets[progress.row.instance_id].profile
        if wanted is None:
            return
        found = made.get("IamInstanceProfile", {}).get("Id", wanted.profile_id)
        if found != wanted.profile_id:
            progress.fail(
                "profile_recreated",
                f"the instance profile {wanted.name} was recreated in the meantime: EC2 associated the one with the id {found} instead of "
                f"{wanted.profile_id}; run again",
            )

    def planned_again(self, row: Row, actual: InstanceSnapshot) -> Row:
        """The row of an instance whose state is not the planned one."""
        # If another client associated the profile again in the meantime, ours need not be renewed.
        current = actual.current_association(row.instance_id)
        is_old = current is not None and current.association_id in ended_by(row.steps)
        return self._desired.plan_row(row.instance_id, actual, renew=is_old)

    def planned_at_the_end(self, row: Row, actual: InstanceSnapshot) -> Row:
        """The row of an instance that another client changed after our last call."""
        return self._desired.plan_row(row.instance_id, actual, renew=False)

    def missing_state(self, row: Row, actual: InstanceSnapshot) -> str:
        """What the row is still waiting for, in words."""
        return missing_state(row, actual)

    def suggestion(self, row: Row, actual: InstanceSnapshot) -> str:
        """What to do about a row whose wait has timed out."""
        return timeout_suggestion(row, actual)
