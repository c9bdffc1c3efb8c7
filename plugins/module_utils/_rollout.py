# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a fleet's plan: calls side by side, waiting for all instances together, a failure staying with its row."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterable

from ._attachment import AttachmentPlan, FleetState, Row, is_ready, is_settled
from ._calls import wait_until
from ._ec2 import Ec2Gateway, Outcome
from ._errors import AwsError
from ._plan import Change


class Rollout:
    """One plan on its way.  ``seconds`` bounds each waiting; ``done`` is told of every call that AWS accepted."""

    def __init__(self, plan: AttachmentPlan, ec2: Ec2Gateway, seconds: int, done: Callable[[Change], None]) -> None:
        self._plan = plan
        self._ec2 = ec2
        self._seconds = seconds
        self._done = done
        self._rows = {row.instance_id: row for row in plan.rows}
        self._made: dict[str, tuple[Change, ...]] = {}

    def run(self, wait: bool) -> AttachmentPlan:
        """Makes the calls, and if asked waits for what they bring about; the plan with what came of each row."""
        for number, phase in enumerate(self._plan.phases()):
            # A first call waits only for what was on its way before us, a second one for what the first set going.
            self._wait((row for row, _change in phase if number or row.on_its_way), is_ready)
            self._ec2.perform_all([step for step in phase if self._is_going(step[0])], self._tell)
        if wait:
            self._wait((row for row in self._plan.rows if row.steps or row.on_its_way), is_settled)
        return AttachmentPlan(tuple(self._rows.values()))

    def _is_going(self, row: Row) -> bool:
        return self._rows[row.instance_id].action != "failed"

    def _tell(self, row: Row, change: Change, outcome: Outcome) -> None:
        if isinstance(outcome, AwsError):
            self._fail(row, outcome.code, str(outcome))
            return
        self._done(change)
        self._made[row.instance_id] = (*self._made.get(row.instance_id, ()), change)
        if change is row.steps[-1] and row.after:
            association_id = outcome["IamInstanceProfileAssociation"]["AssociationId"]
            self._rows[row.instance_id] = replace(row, association_id=association_id)

    def _fail(self, row: Row, reason: str, msg: str) -> None:
        current = self._rows[row.instance_id]
        self._rows[row.instance_id] = current.failed(reason, msg, self._made.get(row.instance_id, ()))

    def _wait(self, rows: Iterable[Row], arrived: Callable[[Row, FleetState], bool]) -> None:
        """Looks at all the rows' instances in one go until every one has arrived; fails those that don't."""
        waiting = [row for row in rows if self._is_going(row)]

        def look() -> bool:
            if waiting:
                actual = self._ec2.read_fleet([row.instance_id for row in waiting])
                waiting[:] = [row for row in waiting if not arrived(row, actual)]
            return not waiting

        if not wait_until(look, self._seconds):
            for row in waiting:
                self._fail(row, "timed_out", f"AWS did not get there within {self._seconds} seconds; run again")
