# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the rows of a plan.  Calls run in parallel, polling reads all waiting instances at once, and a failure stops only its own row."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import chain
from typing import Any, Callable, Generic, Sequence, TypeVar

from .._aws.attempts import pauses
from .._aws.call_errors import as_aws_error
from .._aws.call_pool import CallPool
from .._common.change import Change
from .._common.errors import AwsError
from .._values.instances import InstanceSnapshot
from .next_action import CALL, OVERWRITTEN, PLAN_AGAIN, WAIT
from .row import InstanceRow, continued

FIRST_PAUSE = 0.25  # seconds between the first two reads; a whole second would be longer than everything else for one instance
MAX_RACES = 3  # for one instance; then its row fails with the error

R = TypeVar("R", bound=InstanceRow)


def _failure(error: Exception, doing: str) -> AwsError:
    return as_aws_error(error, "ec2:DescribeInstances", "instance/*", doing)


@dataclass
class RowProgress(Generic[R]):
    """How far one row is: the steps that were made, and until when it waits.  ``races`` counts calls that were refused because of another client."""

    row: R
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


class Executor(Generic[R], ABC):
    """Applies the rows of one plan.

    ``wait`` says whether to wait for the effect of the calls, and ``seconds`` limits each wait of each instance.  ``done`` is called
    with every call that AWS accepted.
    """

    doing = "change the instances"  # a phrase that can follow "Could not"
    overwritten = "another client changed it in the meantime"
    # Error codes that mean that the state of an instance is not the planned one, because it changed since it was read
    races: frozenset[str] = frozenset()

    def __init__(self, rows: Sequence[R], wait: bool, seconds: int, done: Callable[[Change], None]) -> None:
        self._rows = [RowProgress(row) for row in rows]
        self._wait = wait
        self._seconds = seconds
        self._done = done
        self._before_call: list[RowProgress[R]] = []
        self._after_last_call: list[RowProgress[R]] = []

    # What differs between the things that can change

    @abstractmethod
    def pool(self) -> CallPool:
        """A pool for the calls."""

    @abstractmethod
    def read(self, instance_ids: list[str]) -> InstanceSnapshot:
        """The instances with these ids, as far as they exist.  Raises AwsError."""

    @abstractmethod
    def next_action(self, progress: RowProgress[R], actual: InstanceSnapshot) -> str:
        """What to do next: WAIT, CALL, PLAN_AGAIN, DONE or OVERWRITTEN."""

    @abstractmethod
    def accepted(self, progress: RowProgress[R], answer: dict[str, Any]) -> None:
        """Takes what the row needs from AWS's answer to its last call; the row fails if the answer is not what was wanted."""

    @abstractmethod
    def planned_again(self, row: R, actual: InstanceSnapshot) -> R:
        """The row of an instance whose state is not the planned one."""

    @abstractmethod
    def planned_at_the_end(self, row: R, actual: InstanceSnapshot) -> R:
        """The row of an instance that another client changed after our last call."""

    def finished(self, row: R, _actual: InstanceSnapshot) -> R:
        """The row of an instance that needs nothing more."""
        return row

    @abstractmethod
    def missing_state(self, row: R, actual: InstanceSnapshot) -> str:
        """What the row is still waiting for, in words."""

    @abstractmethod
    def suggestion(self, row: R, actual: InstanceSnapshot) -> str:
        """What to do about a row whose wait has timed out."""

    # Running

    def run(self) -> tuple[R, ...]:
        """Makes the calls and waits.  Returns the rows with the results."""
        if any(progress.row.steps or progress.row.in_transition for progress in self._rows):
            try:
                self._run_in_pool()
            except Exception as error:  # pylint: disable=broad-exception-caught  # the rows say what was done
                self._fail_unfinished(_failure(error, self.doing))
        return tuple(progress.row for progress in self._rows)

    def _run_in_pool(self) -> None:
        with self.pool() as self._calls:
            try:
                self._run()
            except Exception as error:
                self._calls.stop(_failure(error, self.doing))
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

    def _begin(self, progress: RowProgress[R]) -> None:
        if progress.row.in_transition and (progress.row.steps or self._wait):
            self._wait_for(progress)
        elif progress.row.steps:
            self._calls.add(progress, progress.next_step)

    def _wait_for(self, progress: RowProgress[R]) -> None:
        progress.deadline = time.monotonic() + self._seconds
        self._keep_waiting(progress)

    def _keep_waiting(self, progress: RowProgress[R]) -> None:
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
                    self._answered(progress, outcome)
            if time.monotonic() >= next_read:
                self._poll(self._before_call)
                next_read = time.monotonic() + next(waits)

    def _answered(self, progress: RowProgress[R], answer: dict[str, Any]) -> None:
        self._record(progress)
        is_last = progress.made == progress.row.steps
        if is_last:
            self.accepted(progress, answer)
        if progress.row.action != "failed" and (self._wait or not is_last):
            self._wait_for(progress)

    def _record(self, progress: RowProgress[R]) -> None:
        self._done(progress.next_step)
        progress.made = (*progress.made, progress.next_step)

    def _refused(self, progress: RowProgress[R], error: AwsError) -> None:
        progress.races += 1
        if error.code in self.races and progress.races <= MAX_RACES:
            progress.raced = True
            self._wait_for(progress)
        else:
            progress.fail(error.code, str(error))

    # Polling

    def _poll(self, *waiting: list[RowProgress[R]]) -> None:
        rows = list(chain(*waiting))
        for each in waiting:
            each.clear()
        if not rows:
            return
        try:
            actual = self.read([progress.row.instance_id for progress in rows])
        except Exception as error:  # pylint: disable=broad-exception-caught  # one read must not hide the calls that were made
            failure = _failure(error, "read the instances again")
            for progress in rows:
                progress.fail(failure.code, str(failure))
            return
        for progress in rows:
            self._advance(progress, actual)

    def _advance(self, progress: RowProgress[R], actual: InstanceSnapshot) -> None:
        action = self.next_action(progress, actual)
        if action == WAIT:
            self._wait_or_give_up(progress, actual)
        elif action == CALL:
            # First, because between its two calls an instance has no credentials.
            self._calls.add(progress, progress.next_step, first=True)
        elif action == PLAN_AGAIN:
            self._plan_again(progress, actual)
        elif action == OVERWRITTEN:
            self._accept_or_fail(progress, actual)
        else:
            progress.row = self.finished(progress.row, actual)

    def _wait_or_give_up(self, progress: RowProgress[R], actual: InstanceSnapshot) -> None:
        if time.monotonic() < progress.deadline:
            self._keep_waiting(progress)
        else:
            missing = self.missing_state(progress.row, actual)
            progress.fail("timed_out", f"{missing} after {self._seconds} seconds; {self.suggestion(progress.row, actual)}")

    def _plan_again(self, progress: RowProgress[R], actual: InstanceSnapshot) -> None:
        fresh = self.planned_again(progress.row, actual)
        progress.row = continued(progress.row, progress.made, fresh)
        progress.raced = False
        if fresh.steps:
            self._calls.add(progress, progress.next_step)

    def _accept_or_fail(self, progress: RowProgress[R], actual: InstanceSnapshot) -> None:
        fresh = self.planned_at_the_end(progress.row, actual)
        if fresh.action == "unchanged" and not fresh.reason:
            progress.row = continued(progress.row, progress.made, fresh)
        else:
            progress.fail("changed_meanwhile", self.overwritten)
