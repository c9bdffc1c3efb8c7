# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a fleet's plan: calls side by side, looking at all instances together, a failure staying with its row."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Callable

from .._aws.calls import pauses
from .._aws.ec2 import Ec2Gateway, Outcome
from .._common.change import Change
from .._common.errors import AwsError
from .._values.fleet import FleetState
from .arrival import GO, OVERTAKEN, PLAN_AGAIN, WAIT, next_for, what_is_missing
from .plan import AttachmentPlan
from .row import Row, continued

# How AWS says that an instance is not, or no longer, as it was when the call was planned.
RACES = frozenset(
    {"IncorrectState", "IncorrectInstanceState", "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound"}
)
MOST_RACES = 3  # for one instance; somebody who is always there first is not waited for any longer


@dataclass
class Course:
    """One row on its way: which of its steps were made, and until when it waits; ``races`` counts those it lost."""

    row: Row
    made: tuple[Change, ...] = ()
    deadline: float = 0.0
    races: int = 0
    raced: bool = False

    @property
    def next_step(self) -> Change:
        return self.row.steps[len(self.made)]

    def fail(self, reason: str, msg: str) -> None:
        self.row = self.row.failed(reason, msg, self.made)


class Rollout:
    """One plan on its way.

    ``wait`` is for what the calls bring about, and ``seconds`` bounds each waiting of each instance; ``done`` is told of
    every call that AWS accepted.
    """

    def __init__(
        self, plan: AttachmentPlan, ec2: Ec2Gateway, wait: bool, seconds: int, done: Callable[[Change], None]
    ) -> None:
        self._desired = plan.desired
        self._courses = [Course(row) for row in plan.rows]
        self._ec2 = ec2
        self._wait = wait
        self._seconds = seconds
        self._done = done
        self._going: list[Course] = []
        self._waiting: list[Course] = []

    def run(self) -> AttachmentPlan:
        """Makes the calls and waits; the plan with what came of each row."""
        for course in self._courses:
            self._begin(course)
        naps = pauses()
        while self._going or self._waiting:
            if self._going:
                self._make_calls()
                naps = pauses()
            self._look()
            if self._waiting and not self._going:
                self._sleep(next(naps))
        return AttachmentPlan(tuple(course.row for course in self._courses), self._desired)

    def _begin(self, course: Course) -> None:
        if course.row.on_its_way and (course.row.steps or self._wait):
            self._wait_for(course)
        elif course.row.steps:
            self._going.append(course)

    def _wait_for(self, course: Course) -> None:
        course.deadline = time.monotonic() + self._seconds
        self._waiting.append(course)

    def _sleep(self, seconds: float) -> None:
        left = min(course.deadline for course in self._waiting) - time.monotonic()
        time.sleep(max(0.0, min(seconds, left)))

    # Calling

    def _make_calls(self) -> None:
        going, self._going = self._going, []
        outcomes = self._ec2.perform_all([course.next_step for course in going])
        for course, outcome in zip(going, outcomes):
            if isinstance(outcome, AwsError):
                self._refused(course, outcome)
            else:
                self._accepted(course, outcome)

    def _accepted(self, course: Course, answer: Outcome) -> None:
        self._done(course.next_step)
        course.made = (*course.made, course.next_step)
        is_last = course.made == course.row.steps
        if is_last and course.row.after:
            association_id = answer["IamInstanceProfileAssociation"]["AssociationId"]
            course.row = replace(course.row, association_id=association_id)
        if self._wait or not is_last:
            self._wait_for(course)

    def _refused(self, course: Course, error: AwsError) -> None:
        course.races += 1
        if error.code in RACES and course.races <= MOST_RACES:
            course.raced = True
            self._wait_for(course)
        else:
            course.fail(error.code, str(error))

    # Looking

    def _look(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            actual = self._ec2.read_fleet([course.row.instance_id for course in waiting])
        except AwsError as error:
            for course in waiting:
                course.fail(error.code, str(error))
            return
        for course in waiting:
            self._look_at(course, actual)

    def _look_at(self, course: Course, actual: FleetState) -> None:
        found = next_for(course.row, course.made, course.raced, actual)
        if found == WAIT:
            self._go_on_waiting(course, actual)
        elif found == GO:
            self._going.append(course)
        elif found == PLAN_AGAIN:
            self._plan_again(course, actual)
        elif found == OVERTAKEN:
            self._accept_or_fail(course, actual)

    def _go_on_waiting(self, course: Course, actual: FleetState) -> None:
        if time.monotonic() < course.deadline:
            self._waiting.append(course)
        else:
            missing = what_is_missing(course.row, actual)
            course.fail("timed_out", f"{missing} after {self._seconds} seconds; run again")

    def _plan_again(self, course: Course, actual: FleetState) -> None:
        fresh = self._desired.plan_row(course.row.instance_id, actual)
        course.row = continued(course.row, course.made, fresh)
        course.raced = False
        if fresh.steps:
            self._going.append(course)

    def _accept_or_fail(self, course: Course, actual: FleetState) -> None:
        fresh = self._desired.plan_row(course.row.instance_id, actual)
        if fresh.action == "unchanged" and not fresh.reason:
            course.row = continued(course.row, course.made, fresh)
        else:
            course.fail("changed_meanwhile", "somebody else has given it another instance profile meanwhile")
