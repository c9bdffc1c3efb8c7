# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying a fleet's plan: calls that flow, looking at many instances together, a failure staying with its row."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Callable, Mapping

from .._aws.calls import pauses
from .._aws.ec2 import Ec2
from .._common.change import Change
from .._common.errors import AwsError
from .._values.instances import InstanceSnapshot
from .plan import AttachmentPlan
from .progress import GO, OVERTAKEN, PLAN_AGAIN, WAIT, ended_by, next_for, what_helps, what_is_missing
from .row import Row, continued

# How AWS says that an instance is not, or no longer, as it was when the call was planned.
RACES = frozenset({"IncorrectState", "IncorrectInstanceState", "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound"})
FIRST_PAUSE = 0.25  # seconds between the first two looks; a whole one is more than all else that one instance takes
MOST_RACES = 3  # for one instance; somebody who is always there first is not waited for any longer


@dataclass
class RowProgress:
    """One row on its way: which of its steps were made, and until when it waits; ``races`` counts those it lost."""

    row: Row
    made: tuple[Change, ...] = ()
    deadline: float = 0.0
    races: int = 0
    raced: bool = False

    @property
    def next_step(self) -> Change:
        return self.row.steps[len(self.made)]

    @property
    def needs_a_call(self) -> bool:
        return self.raced or self.made != self.row.steps

    def fail(self, reason: str, msg: str) -> None:
        self.row = self.row.failed(reason, msg, self.made)


class Executor:
    """One plan on its way.

    ``wait`` is for what the calls bring about, and ``seconds`` bounds each waiting of each instance; ``done`` is told of
    every call that AWS accepted.
    """

    def __init__(self, plan: AttachmentPlan, ec2: Ec2, wait: bool, seconds: int, done: Callable[[Change], None]) -> None:
        self._plan = plan
        self._desired = plan.desired
        self._all = [RowProgress(row) for row in plan.rows]
        self._ec2 = ec2
        self._wait = wait
        self._seconds = seconds
        self._done = done
        self._needing_a_call: list[RowProgress] = []
        self._arriving: list[RowProgress] = []

    def run(self) -> AttachmentPlan:
        """Makes the calls and waits; the plan with what came of each row."""
        if any(course.row.steps or course.row.on_its_way for course in self._all):
            with self._ec2.calls() as self._calls:
                self._run()
        return replace(self._plan, rows=tuple(course.row for course in self._all))

    def _run(self) -> None:
        for course in self._all:
            self._begin(course)
        naps = pauses(FIRST_PAUSE)
        while self._is_waiting or not self._calls.is_idle:
            if not self._calls.is_idle:
                self._make_calls()
                naps = pauses(FIRST_PAUSE)
            self._look(self._needing_a_call, self._arriving)
            if self._is_waiting and self._calls.is_idle:
                self._sleep(next(naps))

    @property
    def _is_waiting(self) -> bool:
        return bool(self._needing_a_call or self._arriving)

    def _begin(self, course: RowProgress) -> None:
        if course.row.on_its_way and (course.row.steps or self._wait):
            self._wait_for(course)
        elif course.row.steps:
            self._calls.add(course, course.next_step)

    def _wait_for(self, course: RowProgress) -> None:
        course.deadline = time.monotonic() + self._seconds
        self._go_on_waiting(course)

    def _go_on_waiting(self, course: RowProgress) -> None:
        (self._needing_a_call if course.needs_a_call else self._arriving).append(course)

    def _sleep(self, seconds: float) -> None:
        left = min(course.deadline for course in chain(self._needing_a_call, self._arriving)) - time.monotonic()
        time.sleep(max(0.0, min(seconds, left)))

    # Calling

    def _make_calls(self) -> None:
        """Takes what is answered until nothing is left; meanwhile looks at those that need another call, and at no others."""
        naps = pauses(FIRST_PAUSE)
        next_look = time.monotonic() + next(naps)
        while not self._calls.is_idle:
            for course, outcome in self._calls.outcomes(max(0.0, next_look - time.monotonic())):
                if isinstance(outcome, AwsError):
                    self._refused(course, outcome)
                else:
                    self._accepted(course, outcome)
            if time.monotonic() >= next_look:
                self._look(self._needing_a_call)
                next_look = time.monotonic() + next(naps)

    def _accepted(self, course: RowProgress, answer: dict[str, Any]) -> None:
        self._done(course.next_step)
        course.made = (*course.made, course.next_step)
        is_last = course.made == course.row.steps
        if is_last and course.row.after:
            made = answer["IamInstanceProfileAssociation"]
            course.row = replace(course.row, association_id=made["AssociationId"])
            if self._is_of_another(course, made):
                return
        if self._wait or not is_last:
            self._wait_for(course)

    def _is_of_another(self, course: RowProgress, made: Mapping[str, Any]) -> bool:
        """Whether EC2 has associated another profile of the same name; the row has then failed.

        So it is where the profile was deleted and made again since it was read, or where EC2 has not heard of that yet.
        """
        wanted = self._desired.targets[course.row.instance_id].profile
        if wanted is None:
            return False
        found = made.get("IamInstanceProfile", {}).get("Id", wanted.profile_id)
        if found == wanted.profile_id:
            return False
        course.fail(
            "profile_recreated",
            f"the instance profile {wanted.name} was deleted and made again meanwhile: EC2 has associated {found}, and "
            f"{wanted.profile_id} was meant; run again",
        )
        return True

    def _refused(self, course: RowProgress, error: AwsError) -> None:
        course.races += 1
        if error.code in RACES and course.races <= MOST_RACES:
            course.raced = True
            self._wait_for(course)
        else:
            course.fail(error.code, str(error))

    # Looking

    def _look(self, *waiting: list[RowProgress]) -> None:
        courses = list(chain(*waiting))
        for each in waiting:
            each.clear()
        if not courses:
            return
        try:
            actual = self._ec2.read_instances([course.row.instance_id for course in courses])
        except AwsError as error:
            for course in courses:
                course.fail(error.code, str(error))
            return
        for course in courses:
            self._look_at(course, actual)

    def _look_at(self, course: RowProgress, actual: InstanceSnapshot) -> None:
        found = next_for(course.row, course.made, course.raced, actual)
        if found == WAIT:
            self._wait_or_give_up(course, actual)
        elif found == GO:
            # Between its two calls an instance has no credentials.
            self._calls.add(course, course.next_step, first=True)
        elif found == PLAN_AGAIN:
            self._plan_again(course, actual)
        elif found == OVERTAKEN:
            self._accept_or_fail(course, actual)

    def _wait_or_give_up(self, course: RowProgress, actual: InstanceSnapshot) -> None:
        if time.monotonic() < course.deadline:
            self._go_on_waiting(course)
        else:
            missing = what_is_missing(course.row, actual)
            course.fail("timed_out", f"{missing} after {self._seconds} seconds; {what_helps(course.row, actual)}")

    def _plan_again(self, course: RowProgress, actual: InstanceSnapshot) -> None:
        # An association that somebody has made since is as new as ours would be.
        held = actual.current_association(course.row.instance_id)
        is_old = held is not None and held.association_id in ended_by(course.row.steps)
        fresh = self._desired.plan_row(course.row.instance_id, actual, renew=is_old)
        course.row = continued(course.row, course.made, fresh)
        course.raced = False
        if fresh.steps:
            self._calls.add(course, course.next_step)

    def _accept_or_fail(self, course: RowProgress, actual: InstanceSnapshot) -> None:
        fresh = self._desired.plan_row(course.row.instance_id, actual, renew=False)
        if fresh.action == "unchanged" and not fresh.reason:
            course.row = continued(course.row, course.made, fresh)
        else:
            course.fail("changed_meanwhile", "somebody else has given it another instance profile meanwhile")
