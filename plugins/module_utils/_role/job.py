# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role's work: from its options, over the plan, to what it returns."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Mapping, NamedTuple, Optional

from .._aws.iam import IamGateway, known_after
from .._common.change import Change
from .._policy.trust import trust_ec2
from .plan import RolePlan, RoleSpec, RoleState, peak_usage, plan_absent, plan_present
from .quotas import DEFAULT_QUOTAS, UNKNOWN_QUOTAS, Quotas, exceeds
from .users import RoleUsers


class RoleJob:
    """What creating and deleting have in common; ``_module.Job`` says what the methods do."""

    def __init__(self, spec: RoleSpec, iam: IamGateway) -> None:
        self._spec = spec
        self._iam = iam

    def apply(self, plan: RolePlan, done: Callable[[Change], None]) -> RolePlan:
        """Makes the calls; the plan returned has the ids that AWS gave."""
        answers = self._iam.apply(plan.changes, done)
        self._wait(plan, answers)
        return replace(plan, after=known_after(plan.after, answers))

    def _wait(self, plan: RolePlan, answers: Mapping[str, dict]) -> None:
        """Waits for what takes a while after the calls."""

    def result(self, plan: RolePlan) -> dict:
        """The role and the profile, as far as they are there."""
        shown = {"iam_role": plan.after.role, "instance_profile": plan.after.profile}
        return {key: value.as_result() for key, value in shown.items() if value is not None}


class Found(NamedTuple):
    """What is there, the ARNs of the managed policies that are asked for, and the quotas that matter."""

    state: RoleState
    policy_arns: Mapping[str, str]
    quotas: Quotas


class PresentRole(RoleJob):
    """Makes a role and its instance profile as wanted."""

    def __init__(self, spec: RoleSpec, iam: IamGateway, wait_seconds: int, warnings: tuple[str, ...] = ()) -> None:
        """``wait_seconds`` is how long to wait until IAM shows a new profile; 0 for not at all.

        ``warnings`` are what was noticed about the spec, to be told with what the plan has to tell.
        """
        super().__init__(spec, iam)
        self._wait_seconds = wait_seconds
        self._warnings = warnings

    def read(self) -> Found:
        """What is there; raises OptionError for a policy that is asked for and is not there."""
        state = self._iam.read_for_present(self._spec)
        attached = state.role.managed_policies if state.role else {}
        policy_arns = self._iam.resolve_policies(self._spec.managed_policies or (), attached)
        boundary = self._spec.permissions_boundary
        if boundary and boundary != (state.role and state.role.permissions_boundary):
            self._iam.need_policy("permissions_boundary", boundary)
        return Found(state, policy_arns, self._quotas(state, policy_arns))

    def _quotas(self, state: RoleState, policy_arns: Mapping[str, str]) -> Quotas:
        draft = self._plan(Found(state, policy_arns, UNKNOWN_QUOTAS))
        return self._iam.read_quotas() if exceeds(peak_usage(draft), DEFAULT_QUOTAS) else DEFAULT_QUOTAS

    def plan(self, actual: Found) -> RolePlan:
        """The calls that are needed."""
        plan = self._plan(actual)
        return replace(plan, warnings=(*self._warnings, *plan.warnings))

    def _plan(self, found: Found) -> RolePlan:
        return plan_present(self._spec, found.state, trust_ec2(self._iam.partition), found.policy_arns, found.quotas)

    def _wait(self, plan: RolePlan, answers: Mapping[str, dict]) -> None:
        if self._wait_seconds and "AddRoleToInstanceProfile" in answers:
            self._iam.wait_for_profile(plan.after.profile, self._wait_seconds)


class AbsentRole(RoleJob):
    """Deletes a role and its instance profile."""

    def __init__(self, spec: RoleSpec, iam: IamGateway, users: Optional[RoleUsers]) -> None:
        """``users`` looks for instances that would lose their credentials; None for not caring."""
        super().__init__(spec, iam)
        self._users = users

    def read(self) -> RoleState:
        """What is there; raises OptionError where instances still use it."""
        state = self._iam.read_for_absent(self._spec)
        if self._users is not None:
            self._users.refuse_any(plan_absent(self._spec, state).profiles_touched())
        return state

    def plan(self, actual: RoleState) -> RolePlan:
        """The calls that are needed."""
        return plan_absent(self._spec, actual)
