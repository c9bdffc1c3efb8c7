# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire puts back, returns and says after a failure.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import State, Step, describe_failure

from .quarantine import POLICY, TAG
from .retirement import Options, Retirement
from .rollback import Plan, Result, Results, Rollback


def rollback(found: Mapping[str, Any], plan: Retirement, options: Options, results: Results) -> Rollback:
    """The rollback of this plan for the role that was found."""
    planned = Plan(plan.deny, plan.delete, plan.tags.get(TAG), options.policy)
    return Rollback(next(iter(found["iam_roles"]), {}), planned, results)


def is_unreachable(result: Result) -> bool:
    """Whether the task could not reach the host. It does not end the block then; a later task does."""
    return bool(result.get("unreachable", False))


def result_after_failure(plan: Retirement, taken_back: Rollback, task: str, failed: Result, writes: Sequence[Result] = ()) -> dict[str, Any]:
    """The result of a run in which this task failed, after the rollback; ``writes`` are the results of the tasks that change something."""
    steps = _steps(plan)
    for step, result in zip(steps, writes):
        if is_unreachable(result):
            task, failed = step.task, {"msg": f"The host can't be reached: {result.get('msg')}"}
            break
    state, message = describe_failure(f"The role {plan.role}", steps, task, failed, taken_back.ending())
    if state is State.DONE:
        return {**plan.result, "failure": message}
    if state is State.PARTLY:
        return {**plan.result_if_failed, "state": "incomplete", "quarantined_at": None, "deletable_from": None, "failure": message}
    return {**plan.result_if_failed, "state": "unchanged", "failure": message}


def _steps(plan: Retirement) -> list[Step]:
    policy = next(iter(plan.managed_policies), POLICY)
    return [
        Step("Remove the quarantine tag", f"remove the tag {TAG}" * plan.remove_tag),
        Step("Deny the role everything", f"add the policy {policy}" * plan.deny),
        Step("Write the quarantine tag", f"add the tag {TAG}" * plan.deny),
        Step("Remove the quarantine policy", f"remove the policy {POLICY}" * plan.remove_denial, is_known=False),
        Step("Detach the quarantine policy", "detach the quarantine policy" * plan.detach),
        Step("Delete the role", "delete the role" * plan.delete),
        Step("Set the result"),
        Step("Show what was done"),
    ]
