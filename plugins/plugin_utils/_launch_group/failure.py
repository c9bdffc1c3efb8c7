# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group returns and says after a failure.  Pure."""

from __future__ import annotations

from typing import Any, Sequence

from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import State, Step, describe_failure

from .._variables.option_names import by_variable
from .existing import ExistingGroup
from .results import Result, Results
from .rollback import rollback
from .template import MISSING_PROFILE, foreign_version, template_fails
from .variables import GroupVariables

VARIABLES = tuple(f"launch_group_{name}" for name in ("instance_profile", "on_conflict", "wait_timeout", "region"))
ROLE_STAYS = " The changes of the IAM role itself were complete before, and stay."
ROLE_TASK = "Manage the IAM role and its instance profile"
WRITES = (
    "Attach the instance profile to the group and its instances",
    "Create or update the launch template",
    "Create or update the Auto Scaling group",
)


def result_after_failure(variables: GroupVariables, existing: ExistingGroup, results: Results, task: str, failed: Result) -> dict[str, Any]:
    """The result of a run in which this task failed, after the rollback. What the group has now is not known."""
    task, failed = _failed(variables, existing, results, task, failed)
    is_role_changed = variables.role.create and bool((variables.role.result or {}).get("changed", False))
    ending = rollback(variables, existing, results).ending()
    subject, steps = f"The Auto Scaling group {variables.name}", _steps(results, is_role_changed)
    state, message = describe_failure(subject, steps, task, _with_variable(failed), ending)
    is_kept = is_role_changed and state in (State.NONE, State.ROLLED_BACK) and _is_after_the_role(steps, task)
    unknown = dict.fromkeys(("launch_template_id", "version", "instance_profile", "instance_ids"))
    changed = is_kept or state in (State.DONE, State.PARTLY)
    return {"name": variables.name, **unknown, "changed": changed, "failure": f"{message}{ROLE_STAYS if is_kept else ''}"}


def _failed(variables: GroupVariables, existing: ExistingGroup, results: Results, task: str, failed: Result) -> tuple[str, Result]:
    """The task that failed, and its result.

    If the host can't be reached, a template can't be planned in check mode, or its version is not that of this run, only a later task fails.
    """
    if results.unreachable:
        gone = [each.get("unreachable", False) for each in results.writes].index(True)
        return WRITES[gone], {"msg": results.unreachable}
    foreign = foreign_version(variables, existing, results)
    if foreign:
        return WRITES[1], {"msg": foreign}
    return (WRITES[1], results.template) if results.check_mode and template_fails(results) else (task, failed)


def _steps(results: Results, is_role_changed: bool) -> list[Step]:
    attached, template, group = (each.get("changed", False) for each in results.writes)
    return [
        Step("Check the variables"),
        Step("Read the launch template"),
        Step("Read the Auto Scaling group"),
        Step("Read the instance profile"),
        Step("Refuse a group that this role cannot change"),
        Step("Read the subnets"),
        Step("Read the security groups"),
        Step("Check the subnets and security groups"),
        Step(ROLE_TASK, "create the IAM role", is_role_changed),
        Step("Report the result"),
        Step(WRITES[0], "attach the instance profile", attached),
        Step(WRITES[1], "write the launch template", template, False),
        Step("Show what does not exist yet"),
        Step(WRITES[2], "write the group", group, False),
        Step("Set the result"),
    ]


def _is_after_the_role(steps: Sequence[Step], task: str) -> bool:
    """Whether the task comes after the role is created."""
    names = [each.task for each in steps]
    return task in names[names.index(ROLE_TASK) + 1 :]


def _with_variable(failed: Result) -> Result:
    """The failed result, with the names of variables instead of options; ec2_launch_template names none if it does not find the profile."""
    message = by_variable(str(failed.get("msg") or ""), "launch_group", VARIABLES)
    return {**failed, "msg": f"launch_group_instance_profile: {message}" if MISSING_PROFILE in message else message}
