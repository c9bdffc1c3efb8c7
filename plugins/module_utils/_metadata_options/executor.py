# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies a plan: how metadata options differ from other things of an instance that can change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable

from .._aws.call_pool import CallPool
from .._aws.ec2 import Ec2
from .._common.change import Change
from .._instances.executor import Executor, RowProgress
from .._values.instances import InstanceSnapshot
from .plan import InstancesPlan
from .progress import missing_state, next_action, timeout_suggestion
from .row import Row

RESULT = "InstanceMetadataOptions"


def apply_plan(plan: InstancesPlan, ec2: Ec2, wait: bool, seconds: int, done: Callable[[Change], None]) -> InstancesPlan:
    """Makes the calls and waits.  Returns the plan with the results in its rows."""
    return replace(plan, rows=MetadataOptionsExecutor(plan, ec2, wait, seconds, done).run())


class MetadataOptionsExecutor(Executor[Row]):
    """Applies the rows of one plan."""

    doing = "change the metadata options"
    overwritten = "another client set other metadata options in the meantime"
    races = frozenset({"IncorrectState", "IncorrectInstanceState", "InvalidInstanceID.NotFound"})

    def __init__(self, plan: InstancesPlan, ec2: Ec2, wait: bool, seconds: int, done: Callable[[Change], None]) -> None:
        super().__init__(plan.rows, wait, seconds, done)
        self._desired = plan.desired
        self._ec2 = ec2

    def pool(self) -> CallPool:
        """A pool for the calls."""
        return self._ec2.calls(RESULT, "State")

    def read(self, instance_ids: list[str]) -> InstanceSnapshot:
        """The instances."""
        return self._ec2.read_without_associations(instance_ids)

    def next_action(self, progress: RowProgress[Row], actual: InstanceSnapshot) -> str:
        """What to do next."""
        return next_action(progress.row, progress.made, progress.raced, actual)

    def accepted(self, progress: RowProgress[Row], answer: dict[str, Any]) -> None:
        """Takes the state of the options."""
        progress.row = replace(progress.row, state=answer[RESULT]["State"])

    def planned_again(self, row: Row, actual: InstanceSnapshot) -> Row:
        """The row of an instance whose state is not the planned one."""
        return self._desired.plan_row(row.instance_id, actual)

    def planned_at_the_end(self, row: Row, actual: InstanceSnapshot) -> Row:
        """The row of an instance that another client changed after our last call."""
        return self._desired.plan_row(row.instance_id, actual)

    def finished(self, row: Row, actual: InstanceSnapshot) -> Row:
        """The row with the state that EC2 shows at the end."""
        return replace(row, state=actual.instances[row.instance_id].metadata.state)

    def missing_state(self, row: Row, actual: InstanceSnapshot) -> str:
        """What the row is still waiting for, in words."""
        return missing_state(row, actual)

    def suggestion(self, row: Row, actual: InstanceSnapshot) -> str:
        """What to do about a row whose wait has timed out."""
        return timeout_suggestion(row, actual)
