# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of every module: the loop read → plan → apply, and what a module that only reads tells.

It runs on hosts too, with any Python that Ansible has there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, NoReturn, Sequence

from .errors import AwsError, OptionError

if TYPE_CHECKING:
    # Python 3.7 has no Protocol, and these are only for who reads and checks types.
    from typing import Protocol

    class Module(Protocol):
        """What is needed of AnsibleModule, which has no types."""

        check_mode: bool
        _diff: bool

        def warn(self, warning: str) -> None: ...

        def fail_json(self, msg: str, **result: Any) -> NoReturn: ...

        def exit_json(self, **result: Any) -> NoReturn: ...

    class Plan(Protocol):
        """What a job plans: the changes, in order, and what they make of what is there."""

        @property
        def changes(self) -> Sequence[Any]: ...

        @property
        def warnings(self) -> Sequence[str]: ...

        def diff(self) -> dict[str, Any]: ...

    class Job(Protocol):
        """One module's work, for ``run``."""

        def read(self) -> Any:
            """What is there."""

        def plan(self, actual: Any) -> Plan:
            """What to do about it; only from what was read."""

        def apply(self, plan: Any, done: Callable[[Any], None]) -> Any:
            """Makes the changes, tells ``done`` of each that succeeded, and returns the plan with what came of it."""

        def result(self, plan: Any) -> dict[str, Any]:
            """The module's own return values; ``failed`` and ``msg`` among them where it did not wholly succeed."""


def with_actions(changes: Sequence[Any]) -> dict[str, Any]:
    """The account of changes that are calls to AWS."""
    actions = [change.as_action() for change in changes]
    return {"changed": bool(actions), "actions": actions}


def without_actions(changes: Sequence[Any]) -> dict[str, Any]:
    """The account of other changes, of which the job's own result tells the rest."""
    return {"changed": bool(changes)}


def run(module: Module, make_job: Callable[[], Job], account: Callable[[Sequence[Any]], dict[str, Any]] = with_actions) -> NoReturn:
    """Reads, plans, applies unless in check mode, and ends the module.

    ``account`` makes return values of the changes that were made; in check mode, of those that are planned.
    """
    done: list[Any] = []
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
        module.fail_json(msg=str(error), **account(done))
    except AwsError as error:
        module.fail_json(msg=str(error), error=error.as_result(), **account(done))
    result = {**account(_in_order(outcome, done)), **job.result(outcome)}
    if module._diff:  # pylint: disable=protected-access
        result["diff"] = outcome.diff()
    _end(module, result)


def run_info(module: Module, look: Callable[[], dict[str, Any]]) -> NoReturn:
    """Ends a module that only reads with what ``look`` returns."""
    try:
        result = look()
    except OptionError as error:
        module.fail_json(msg=str(error))
    except AwsError as error:
        module.fail_json(msg=str(error), error=error.as_result())
    module.exit_json(changed=False, **result)


def _in_order(plan: Plan, done: Iterable[Any]) -> list[Any]:
    """The changes that were made in the plan's order: those made side by side end in any order."""
    made = {id(change) for change in done}
    return [change for change in plan.changes if id(change) in made]


def _end(module: Module, result: dict[str, Any]) -> NoReturn:
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
