# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every module runs and ends: read → plan → apply for modules that change something, and gather for info modules.

It also runs on managed hosts, with any Python that Ansible supports there.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Callable, Iterable, NoReturn, Sequence

from .ansible_keys import original_key, passed_key, with_keys
from .core_dumps import forbid_core_dumps
from .detached import NoResult
from .errors import AwsError, OptionError
from .quoting import lines, readable_result

if TYPE_CHECKING:
    # Python 3.7 has no Protocol; only type checkers and readers need these.
    from typing import Protocol

    class Module(Protocol):
        """The parts of AnsibleModule that are used here; it has no type annotations."""

        params: dict[str, Any]
        check_mode: bool
        _diff: bool

        def warn(self, warning: str) -> None: ...

        def fail_json(self, msg: str, **result: Any) -> NoReturn: ...

        def exit_json(self, **result: Any) -> NoReturn: ...

    class Plan(Protocol):
        """A job's planned changes, in order, and the difference that they make.  ``summary`` is a sentence about it, or about what came of it."""

        @property
        def changes(self) -> Sequence[Any]: ...

        @property
        def warnings(self) -> Sequence[str]: ...

        def diff(self) -> dict[str, Any]: ...

        def summary(self, planned: bool) -> str: ...

    class Job(Protocol):
        """The work of one module, for ``run``."""

        def read(self, __check_mode: bool) -> Any:
            """The actual state.  In check mode, an earlier task may not have created what is missing, so it is planned, and not waited for."""

        def plan(self, actual: Any) -> Plan:
            """The changes that lead to the desired state.  It makes no calls."""

        def apply(self, plan: Any, done: Callable[[Any], None]) -> Any:
            """Makes the changes, calls ``done`` with each that succeeded, and returns the plan with the outcome."""

        def result(self, plan: Any) -> dict[str, Any]:
            """The module's own return values, with ``failed`` and ``msg`` if something failed."""


def with_actions(changes: Sequence[Any]) -> dict[str, Any]:
    """Return values for AWS changes."""
    actions = [change.as_action() for change in changes]
    return {"changed": bool(actions), "actions": actions}


def without_actions(changes: Sequence[Any]) -> dict[str, Any]:
    """Return values for other changes, which the job's own result describes."""
    return {"changed": bool(changes)}


# Calls the function, here or in another process, and returns what it returns.
Caller = Callable[[Callable[[], Any]], Any]


def here(function: Callable[[], Any]) -> Any:
    return function()


def run(
    module: Module,
    make_job: Callable[[], Job],
    describe: Callable[[Sequence[Any]], dict[str, Any]] = with_actions,
    call: Caller = here,
) -> NoReturn:
    """Reads, plans, applies unless in check mode, and ends the module.

    ``describe`` turns the changes that were made (in check mode, the planned ones) into return values.
    """
    _begin(module)
    result, warnings = _called(call, lambda: _outcome(module, make_job, describe))
    for warning in warnings:
        module.warn(lines(warning))
    _end(module, result)


def _begin(module: Module) -> None:
    forbid_core_dumps()
    module.params.update({name: with_keys(original_key, value) for name, value in module.params.items()})


def _outcome(module: Module, make_job: Callable[[], Job], describe: Callable[[Sequence[Any]], dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """The module's return values, and warnings."""
    done: list[Any] = []
    warnings: list[str] = []
    try:
        job = make_job()
        plan = job.plan(job.read(module.check_mode))
        warnings.extend(plan.warnings)
        if module.check_mode:
            outcome, done = plan, list(plan.changes)
        else:
            outcome = job.apply(plan, done.append)
        result = {"msg": outcome.summary(module.check_mode), **describe(_in_order(outcome, done)), **job.result(outcome)}
        if module._diff:  # pylint: disable=protected-access
            result["diff"] = outcome.diff()
    except Exception as error:  # pylint: disable=broad-exception-caught  # no error may hide what was done
        result = {**_failure(error), **describe(done)}
    return result, warnings


def run_info(module: Module, gather: Callable[[], dict[str, Any]], call: Caller = here) -> NoReturn:
    """Ends an info module with what ``gather`` returns."""
    _begin(module)
    result, _no_warnings = _called(call, lambda: _gathered(gather))
    _end(module, result)


def _gathered(gather: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    try:
        return {"changed": False, **gather()}, []
    except Exception as error:  # pylint: disable=broad-exception-caught
        return _failure(error), []


def _called(call: Caller, function: Callable[[], tuple[dict[str, Any], list[str]]]) -> tuple[dict[str, Any], list[str]]:
    try:
        result: tuple[dict[str, Any], list[str]] = call(function)
        return result
    except NoResult:
        text = "The module did not end in time, or was killed. A file system may not respond. What was changed is unknown. Run again."
        return {"failed": True, "msg": text}, []


def _failure(error: Exception) -> dict[str, Any]:
    """The return values for the error."""
    if isinstance(error, OptionError):
        return {"failed": True, "msg": str(error)}
    if isinstance(error, AwsError):
        return {"failed": True, "msg": str(error), "error": error.as_result()}
    # Only the type and the place: the text of an error can quote a file or a response, with the secrets in it.
    text = f"Unexpected error, which is a fault of this collection: {type(error).__name__}. Please report it with its traceback."
    return {"failed": True, "msg": text, "exception": "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__}


def _in_order(plan: Plan, done: Iterable[Any]) -> list[Any]:
    """The changes that were made, in the plan's order: parallel calls end in any order.  Those that are not in the plan come last.

    A plan may return equal but new objects.  Comparing all of them with each other would take too long for thousands of changes.
    """
    planned = list(plan.changes)
    by_identity = {id(change): index for index, change in enumerate(planned)}

    def position(change: Any) -> int:
        found = by_identity.get(id(change))
        if found is None:
            found = next((index for index, each in enumerate(planned) if each == change), len(planned))
        return found

    return sorted(done, key=position)


def _end(module: Module, result: dict[str, Any]) -> NoReturn:
    """Ends the module.  Not while an error is handled: Ansible would add the texts of that and of its causes, which can have secrets."""
    shown = with_keys(passed_key, readable_result(result))
    if shown.pop("failed", False):
        module.fail_json(**shown)
    module.exit_json(**shown)
