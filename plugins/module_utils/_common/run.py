# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of every module: the loop read → plan → apply, and what a module that only reads tells."""

from __future__ import annotations

from typing import Any, Callable, Iterable, NoReturn, Protocol

from .change import Change
from .errors import AwsError, OptionError


class Plan(Protocol):
    """What a job plans: the calls, in order, and what they make of what is there."""

    changes: tuple[Change, ...]
    warnings: tuple[str, ...]

    def diff(self) -> dict: ...


class Job(Protocol):
    """One module's work, for ``run``."""

    def read(self) -> Any:
        """What is there."""

    def plan(self, actual: Any) -> Plan:
        """What to do about it; never calls AWS."""

    def apply(self, plan: Any, done: Callable[[Change], None]) -> Any:
        """Makes the plan's calls, tells ``done`` of each that succeeded, and returns the plan with what came of it."""

    def result(self, plan: Any) -> dict:
        """The module's own return values; ``failed`` and ``msg`` among them where it did not wholly succeed."""


def run(module: Any, make_job: Callable[[], Job]) -> NoReturn:
    """Reads, plans, applies unless in check mode, and ends the module with the plan's account of it."""
    done: list[Change] = []
    try:
        job = make_job()
        plan = job.plan(job.read())
        for warning in plan.warnings:
            module.warn(warning)
        if module.check_mode:
            outcome, done = plan, list(plan.changes)
        else:
            outcome = job.apply(plan, done.append)
    except OptionError as error:
        module.fail_json(msg=str(error), **_account(done))
    except AwsError as error:
        module.fail_json(msg=str(error), error=error.as_result(), **_account(done))
    result = {**_account(_in_order(outcome, done)), **job.result(outcome)}
    if module._diff:  # pylint: disable=protected-access
        result["diff"] = outcome.diff()
    _end(module, result)


def report(module: Any, look: Callable[[], dict]) -> NoReturn:
    """Ends a module that only reads with what ``look`` returns."""
    try:
        result = look()
    except OptionError as error:
        module.fail_json(msg=str(error))
    except AwsError as error:
        module.fail_json(msg=str(error), error=error.as_result())
    module.exit_json(changed=False, **result)


def _in_order(plan: Plan, done: Iterable[Change]) -> list[Change]:
    """The changes that were made in the plan's order: calls made side by side end in any order."""
    made = {id(change) for change in done}
    return [change for change in plan.changes if id(change) in made]


def _account(changes: Iterable[Change]) -> dict:
    actions = [change.as_action() for change in changes]
    return {"changed": bool(actions), "actions": actions}


def _end(module: Any, result: dict) -> NoReturn:
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
