# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role's work: from its options, over the plan, to what it returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping

from ._iam import IamGateway, known_after
from ._plan import Change
from ._role import RolePlan, RoleSpec, RoleState, plan_absent, plan_present
from ._trust import trust_ec2


class RoleJob:
    """What creating and deleting have in common; ``_module.Job`` says what the methods do."""

    def __init__(self, spec: RoleSpec, iam: IamGateway, wait_seconds: int) -> None:
        """``wait_seconds`` is how long to wait until IAM shows a new profile; 0 for not at all."""
        self._spec = spec
        self._iam = iam
        self._wait_seconds = wait_seconds

    def apply(self, plan: RolePlan, done: Callable[[Change], None]) -> RolePlan:
        """Makes the calls; the plan returned has the ids that AWS gave."""
        answers = self._iam.apply(plan.changes, done)
        if self._wait_seconds and "AddRoleToInstanceProfile" in answers:
            self._iam.wait_for_profile(plan.after.profile, self._wait_seconds)
        return replace(plan, after=known_after(plan.after, answers))

    def result(self, plan: RolePlan) -> dict:
        """The role and the profile, as far as they are there."""
        shown = {"iam_role": plan.after.role, "instance_profile": plan.after.profile}
        return {key: value.as_result() for key, value in shown.items() if value is not None}


class PresentRole(RoleJob):
    """Makes a role and its instance profile as wanted."""

    def read(self) -> tuple[RoleState, Mapping[str, str]]:
        """What is there, and the ARNs of the managed policies that are asked for."""
        state = self._iam.read_for_present(self._spec)
        attached = state.role.managed_policies if state.role else {}
        boundary = self._spec.permissions_boundary
        if boundary and boundary != (state.role and state.role.permissions_boundary):
            self._iam.need_policy("permissions_boundary", boundary)
        return state, self._iam.resolve_policies(self._spec.managed_policies or (), attached)

    def plan(self, actual: tuple[RoleState, Mapping[str, str]]) -> RolePlan:
        """The calls that are needed."""
        state, policy_arns = actual
        return plan_present(self._spec, state, trust_ec2(self._iam.partition), policy_arns)


class AbsentRole(RoleJob):
    """Deletes a role and its instance profile."""

    def read(self) -> RoleState:
        """What is there."""
        return self._iam.read_for_absent(self._spec)

    def plan(self, actual: RoleState) -> RolePlan:
        """The calls that are needed."""
        return plan_absent(self._spec, actual)


def role_job(options: Mapping[str, Any], spec: RoleSpec, iam: IamGateway) -> RoleJob:
    """The job that the option ``state`` asks for."""
    job = AbsentRole if options["state"] == "absent" else PresentRole
    return job(spec, iam, options["wait_timeout"] if options["wait"] else 0)
