# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of iam_ec2_role's work that is the same for state=present and state=absent: applying a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping

from .._aws.attempts import poll_until
from .._aws.eventual_consistency import PROPAGATION_SECONDS, PrincipalWait, is_outdated
from .._aws.iam import Iam
from .._aws.instance_profiles import profile_in
from .._aws.roles import role_in
from .._common.change import Change
from .._common.errors import AwsError
from .plan import RolePlan
from .spec import RoleSpec
from .state import RoleState


class RoleJob:
    """The base class of PresentRole and AbsentRole. ``_common.run`` documents the methods."""

    def __init__(self, spec: RoleSpec, iam: Iam, principal_wait: PrincipalWait = PrincipalWait()) -> None:
        """``principal_wait`` is for principals that IAM does not know."""
        self._spec = spec
        self._iam = iam
        self._principal_wait = principal_wait

    def read(self, _check_mode: bool = False) -> Any:
        """The actual state, and what else the plan depends on."""
        raise NotImplementedError

    def plan(self, actual: Any) -> RolePlan:
        """The calls that are needed."""
        raise NotImplementedError

    def apply(self, plan: RolePlan, done: Callable[[Change], None]) -> RolePlan:
        """Makes the calls, and returns the plan with the ids that AWS assigned.

        What IAM returned may have been outdated. If a call fails because of that, the rest is planned again, once.
        """
        made: list[Change] = []

        def record(change: Change) -> None:
            made.append(change)
            done(change)

        try:
            return self._make(plan, record)
        except AwsError as error:
            if not is_outdated(error):
                raise
            fresh = self._plan_again(plan, made, error)
        outcome = self._make(fresh, done)
        return replace(outcome, before=plan.before if made else fresh.before, changes=(*made, *fresh.changes))

    def _make(self, plan: RolePlan, done: Callable[[Change], None]) -> RolePlan:
        answers = self._iam.make_in_order(plan.changes, done, self._principal_wait)
        self._wait(plan, answers)
        return replace(plan, after=with_assigned_ids(plan.after, answers))

    def _plan_again(self, plan: RolePlan, made: list[Change], error: AwsError) -> RolePlan:
        """The plan once IAM shows the changes that were made and what the failed call met; raises the error if it never does."""
        failed = next(each for each in plan.changes if (each.permission, each.target) == (error.operation, error.target))

        def is_newer(fresh: RolePlan) -> bool:
            if any(each in made for each in fresh.changes):
                return False
            return failed not in fresh.changes or any(each not in plan.changes for each in fresh.changes)

        fresh = poll_until(lambda: self.plan(self.read()), is_newer, PROPAGATION_SECONDS)
        if not is_newer(fresh):
            raise error
        return fresh

    def _wait(self, plan: RolePlan, answers: Mapping[str, dict[str, Any]]) -> None:
        """Waits for what takes effect some time after the calls."""

    def result(self, plan: RolePlan) -> dict[str, Any]:
        """The role and the instance profile, if they exist afterwards."""
        values = {"iam_role": plan.after.role, "instance_profile": plan.after.profile}
        result = {key: value.as_result() for key, value in values.items() if value is not None}
        return result if plan.instances is None else {**result, "instances": list(plan.instances)}


def with_assigned_ids(planned: RoleState, answers: Mapping[str, dict[str, Any]]) -> RoleState:
    """The planned state with the ARNs, ids and dates that AWS assigned to what was created."""
    role, profile = planned.role, planned.profile
    if role and "CreateRole" in answers:
        created = role_in(answers["CreateRole"]["Role"], {}, {})
        role = replace(role, arn=created.arn, role_id=created.role_id, create_date=created.create_date)
    if profile and "CreateInstanceProfile" in answers:
        new = profile_in(answers["CreateInstanceProfile"]["InstanceProfile"])
        profile = replace(profile, arn=new.arn, profile_id=new.profile_id, create_date=new.create_date)
    return replace(planned, role=role, profile=profile)
