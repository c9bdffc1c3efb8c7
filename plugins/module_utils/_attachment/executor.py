# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies a plan.  Calls run in parallel, polling reads all waiting instances at once, and a failure stops only its own row."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Callable, Mapping

from .._aws.calls import as_aws_error, pauses
from .._aws.ec2 import Ec2
from .._common.change import Change
from .._common.errors import AwsError
from .._values.instances import InstanceSnapshot
from .plan import AttachmentPlan
from .progress import CALL, OVERWRITTEN, PLAN_AGAIN, WAIT, ended_by, missing_state, next_action, timeout_suggestion
from .row import Row, continued

# Error codes that mean that the state of an instance is not the planned one, because it changed since it was read.
RACES = frozenset({"IncorrectState", "IncorrectInstanceState", "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound"})
FIRST_PAUSE = 0.25  # seconds between the first two reads; a whole second would be longer than everything else for one instance
MAX_RACES = 3  # for one instance; then its row fails with the error


def _failure(error: Exception, doing: str) -> AwsError:
    return as_aws_error(error, "ec2:DescribeInstances", "instance/*", doing)


@dataclass
class RowProgress:
    """How far one row is: the steps that were made, and until when it waits.  ``races`` counts calls that were refused because of another client."""

    row: Row
    made: tuple[Change, ...] = ()
    deadline: float = 0.0
    races: int = 0
    raced: bool = False

    @property
    def next_step(self) -> Change:
        return self.row.steps[len(self.made)]

    @property
    def needs_call(self) -> bool:
        return self.raced or self.made != self.row.steps

    def fail(self, reason: str, msg: str) -> None:
        self.row = self.row.failed(reason, msg, self.made)


class Executor:
    """Applies one plan.

    ``wait`` says whether to wait for the effect of the calls, and ``seconds`` limits each wait of each instance.  ``done`` is called
    with every call that AWS accepted.
    """

    def __init__(self, plan: AttachmentPlan, ec2: Ec2, wait: bool, seconds: int, done: Callable[[Change], None]) -> None:
        self._plan = plan
        self._desired = plan.desired
        self._rows = [RowProgress(row) for row in plan.rows]
        self._ec2 = ec2
        self._wait = wait
        self._seconds = seconds
        self._done = done
        self._before_call: list[RowProgress] = []
        self._after_last_call: list[RowProgress] = []

    def run(self) -> AttachmentPlan:
        """Makes the calls and waits.  Returns the plan with the results in its rows."""
        if any(progress.row.steps or progress.row.in_transition for progress in self._rows):
            try:
                self._run_in_pool()
            except Exception as error:  # pylint: disable=broad-exception-caught  # the rows say what was done
                self._fail_unfinished(_failure(error, "change the instance profiles"))
        return replace(self._plan, rows=tuple(progress.row for progress in self._rows))

    def _run_in_pool(self) -> None:
        with self._ec2.calls() as self._calls:
            try:
                self._run()
            except Exception as error:
                self._calls.stop(_failure(error, "change the instance profiles"))
                self._take_open_calls()
                raise

    def _take_open_calls(self) -> None:
        """Records the calls that AWS accepted."""
        while not self._calls.is_idle:
            for progress, outcome in self._calls.outcomes(FIRST_PAUSE):
                if isinstance(outcome, AwsError):
                    progress.fail(outcome.code, str(outcome))
                else:
                    self._record(progress)

    def _fail_unfinished(self, failure: AwsError) -> None:
        """Fails the rows with a call left or a wait before them; those that had no call stay."""
        for progress in self._rows:
            is_open = progress.made != progress.row.steps or (self._wait and (progress.made or progress.row.in_transition))
            if is_open and progress.row.action != "failed":
                progress.fail(failure.code, str(failure))

    def _run(self) -> None:
        for progress in self._rows:
            self._begin(progress)
        waits = pauses(FIRST_PAUSE)
        while self._is_waiting or not self._calls.is_idle:
            if not self._calls.is_idle:
                self._make_calls()
                waits = pauses(FIRST_PAUSE)
            self._poll(self._before_call, self._after_last_call)
            if self._is_waiting and self._calls.is_idle:
                self._sleep(next(waits))

    @property
    def _is_waiting(self) -> bool:
        return bool(self._before_call or self._after_last_call)

    def _begin(self, progress: RowProgress) -> None:
        if progress.row.in_transition and (progress.row.steps or self._wait):
            self._wait_for(progress)
        elif progress.row.steps:
            self._calls.add(progress, progress.next_step)

    def _wait_for(self, progress: RowProgress) -> None:
        progress.deadline = time.monotonic() + self._seconds
        self._keep_waiting(progress)

    def _keep_waiting(self, progress: RowProgress) -> None:
        (self._before_call if progress.needs_call else self._after_last_call).append(progress)

    def _sleep(self, seconds: float) -> None:
        left = min(progress.deadline for progress in chain(self._before_call, self._after_last_call)) - time.monotonic()
        time.sleep(max(0.0, min(seconds, left)))

    # Calling

    def _make_calls(self) -> None:
        """Handles answers until no call is open.  Meanwhile, polls only the rows that need another call."""
        waits = pauses(FIRST_PAUSE)
        next_read = time.monotonic() + next(waits)
        while not self._calls.is_idle:
            for progress, outcome in self._calls.outcomes(max(0.0, next_read - time.monotonic())):
                if isinstance(outcome, AwsError):
                    self._refused(progress, outcome)
                else:
                    self._accepted(progress, outcome)
            if time.monotonic() >= next_read:
                self._poll(self._before_call)
                next_read = time.monotonic() + next(waits)

    def _accepted(self, progress: RowProgress, answer: dict[str, Any]) -> None:
        self._record(progress)
        is_last = progress.made == progress.row.steps
        if is_last and progress.row.after:
            made = answer["IamInstanceProfileAssociation"]
            progress.row = replace(progress.row, association_id=made["AssociationId"])
            if self._is_other_profile(progress, made):
                return
        if self._wait or not is_last:
            self._wait_for(progress)

    def _record(self, progress: RowProgress) -> None:
        self._done(progress.next_step)
        progress.made = (*progress.made, progress.next_step)

    def _is_other_profile(self, progress: RowProgress, made: Mapping[str, Any]) -> bool:
        """Whether EC2 associated another profile of the same name.  Then the row fails.

        This happens if the profile was recreated after it was read, or if EC2 does not know the recreated one yet.
        """
        wanted = self._desired.targets[progress.row.instance_id].profile
        if wanted is None:
            return False
        found = made.get("IamInstanceProfile", {}).get("Id", wanted.profile_id)
        if found == wanted.profile_id:
            return False
        progress.fail(
            "profile_recreated",
            f"the instance profile {wanted.name} was recreated in the meantime: EC2 associated the one with the id {found} instead of "
            f"{wanted.profile_id}; run again",
        )
        return True

    def _refused(self, progress: RowProgress, error: AwsError) -> None:
        progress.races += 1
        if error.code in RACES and progress.races <= MAX_RACES:
            progress.raced = True
            self._wait_for(progress)
        else:
            progress.fail(error.code, str(error))

    # Polling

    def _poll(self, *waiting: list[RowProgress]) -> None:
        rows = list(chain(*waiting))
        for each in waiting:
            each.clear()
        if not rows:
            return
        try:
            actual = self._ec2.read_instances([progress.row.instance_id for progress in rows])
        except Exception as error:  # pylint: disable=broad-exception-caught  # one read must not hide the calls that were made
            failure = _failure(error, "read the instances again")
            for progress in rows:
                progress.fail(failure.code, str(failure))
            return
        for progress in rows:
            self._advance(progress, actual)

    def _advance(self, progress: RowProgress, actual: InstanceSnapshot) -> None:
        action = next_action(progress.row, progress.made, progress.raced, actual)
        if action == WAIT:
            self._wait_or_give_up(progress, actual)
        elif action == CALL:
            # First, because between its two calls an instance has no credentials.
            self._calls.add(progress, progress.next_step, first=True)
        elif action == PLAN_AGAIN:
            self._plan_again(progress, actual)
        elif action == OVERWRITTEN:
            self._accept_or_fail(progress, actual)

    def _wait_or_give_up(self, progress: RowProgress, actual: InstanceSnapshot) -> None:
        if time.monotonic() < progress.deadline:
            self._keep_waiting(progress)
        else:
            missing = missing_state(progress.row, actual)
            progress.fail("timed_out", f"{missing} after {self._seconds} seconds; {timeout_suggestion(progress.row, actual)}")

    def _plan_again(self, progress: RowProgress, actual: InstanceSnapshot) -> None:
        # If another client associated the profile again in the meantime, ours need not be renewed.
        current = actual.current_association(progress.row.instance_id)
        is_old = current is not None and current.association_id in ended_by(progress.row.steps)
        fresh = self._desired.plan_row(progress.row.instance_id, actual, renew=is_old)
        progress.row = continued(progress.row, progress.made, fresh)
        progress.raced = False
        if fresh.steps:
            self._calls.add(progress, progress.next_step)

    def _accept_or_fail(self, progress: RowProgress, actual: InstanceSnapshot) -> None:
        fresh = self._desired.plan_row(progress.row.instance_id, actual, renew=False)
        if fresh.action == "unchanged" and not fresh.reason:
            progress.row = continued(progress.row, progress.made, fresh)
        else:
            progress.fail("changed_meanwhile", "another client attached a different instance profile in the meantime")
