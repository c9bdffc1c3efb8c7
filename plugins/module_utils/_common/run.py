# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module that changes something has in common: clients, and the run loop read → plan → apply."""

from __future__ import annotations

from typing import Any, Callable, Iterable, NoReturn, Optional, Protocol

from .change import Change
from .errors import AwsError, OptionError

# Throttling then costs time and not a failure: botocore paces the calls to what AWS lets through.
RETRIES = {"mode": "adaptive", "total_max_attempts": 12}


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


def client(module: Any, service: str, concurrency: int = 10, region: Optional[str] = None) -> Any:
    """A boto3 client made from amazon.aws's connection options, for so many calls at a time; of another region if given."""
    from botocore.config import Config

    elsewhere = {"region": region} if region else {}
    return module.client(service, config=Config(retries=RETRIES, max_pool_connections=concurrency), **elsewhere)


def client_anywhere(module: Any, service: str, region: Optional[str] = None) -> Any:
    """A client of the region, or of any that answers for all: the module's own, else that of AWS's first."""
    return client(module, service, region=region or module.region or "us-east-1")


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
