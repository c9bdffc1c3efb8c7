# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role's work: reads what is there, plans, and makes the calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence

from .._aws.calls import in_parallel, poll_until
from .._aws.eventual_consistency import PROPAGATION_SECONDS, PrincipalWait, is_outdated
from .._aws.iam import Iam
from .._aws.instance_profiles import profile_in
from .._aws.roles import role_in
from .._common.change import Change
from .._common.errors import AwsError
from .._common.identifiers import name_in_arn, same_name
from .._policy.trusted_entities import ec2_trust_policy
from .._values.instance_profile import InstanceProfile
from .._values.quotas import DEFAULT_QUOTAS, Quotas
from .._values.role import Role
from .plan import RolePlan, plan_absent, plan_present, profiles_lost
from .policy_arns import policy_arns
from .profile_users import RoleUsers, Sweep, refuse_users
from .quotas import exceeds, peak_usage
from .spec import RoleSpec, WaitSpec
from .stale_sessions import LeftBehind, find_left_behind
from .state import RoleState


class RoleJob:
    """What creating and deleting have in common; ``_common.run`` says what the methods do."""

    def __init__(self, spec: RoleSpec, iam: Iam, principal_wait: PrincipalWait = PrincipalWait()) -> None:
        """``principal_wait`` is for principals that IAM does not know."""
        self._spec = spec
        self._iam = iam
        self._principal_wait = principal_wait

    def read(self) -> Any:
        """What is there."""
        raise NotImplementedError

    def plan(self, actual: Any) -> RolePlan:
        """The calls that are needed."""
        raise NotImplementedError

    def apply(self, plan: RolePlan, done: Callable[[Change], None]) -> RolePlan:
        """Makes the calls; the plan returned has the ids that AWS gave.

        IAM may have shown what was there a moment before.  Where a call meets more than the plan knew of, it is planned
        anew, once, from what is there.
        """
        made: list[Change] = []

        def note(change: Change) -> None:
            made.append(change)
            done(change)

        try:
            return self._make(plan, note)
        except AwsError as error:
            if not is_outdated(error):
                raise
            fresh = self._plan_anew(plan, made, error)
        end = self._make(fresh, done)
        return replace(end, before=plan.before if made else fresh.before, changes=(*made, *fresh.changes))

    def _make(self, plan: RolePlan, done: Callable[[Change], None]) -> RolePlan:
        answers = self._iam.make_in_order(plan.changes, done, self._principal_wait)
        self._wait(plan, answers)
        return replace(plan, after=known_after(plan.after, answers))

    def _plan_anew(self, plan: RolePlan, made: list[Change], error: AwsError) -> RolePlan:
        """The plan from what is there, once IAM shows what was made and what was met; raises the error if it never does."""
        refused = next(each for each in plan.changes if (each.permission, each.target) == (error.operation, error.target))

        def is_newer(fresh: RolePlan) -> bool:
            if any(each in made for each in fresh.changes):
                return False
            return refused not in fresh.changes or any(each not in plan.changes for each in fresh.changes)

        fresh = poll_until(lambda: self.plan(self.read()), is_newer, PROPAGATION_SECONDS)
        if not is_newer(fresh):
            raise error
        return fresh

    def _wait(self, plan: RolePlan, answers: Mapping[str, dict[str, Any]]) -> None:
        """Waits for what takes a while after the calls."""

    def result(self, plan: RolePlan) -> dict[str, Any]:
        """The role and the profile, as far as they are there."""
        shown = {"iam_role": plan.after.role, "instance_profile": plan.after.profile}
        result = {key: value.as_result() for key, value in shown.items() if value is not None}
        return result if plan.instances is None else {**result, "instances": list(plan.instances)}


class Found(NamedTuple):
    """What is there, what is wanted with names resolved, and the quotas that matter."""

    state: RoleState
    spec: RoleSpec
    quotas: Quotas
    left_behind: Optional[LeftBehind] = None


class PresentRole(RoleJob):
    """Makes a role and its instance profile as wanted."""

    def __init__(
        self,
        spec: RoleSpec,
        iam: Iam,
        wait: WaitSpec = WaitSpec(),
        warnings: tuple[str, ...] = (),
        say: Callable[[str], None] = lambda _text: None,
        users: Optional[RoleUsers] = None,
    ) -> None:
        """``warnings`` are what was noticed about the spec, to be told with what the plan has to tell.

        ``say`` tells the user what is being waited for.  ``users`` looks for the instances that keep a former role's
        credentials.
        """
        super().__init__(spec, iam, PrincipalWait(wait.principal, say))
        self._wait_seconds = wait.profile
        self._warnings = warnings
        self._users = users

    def read(self) -> Found:
        """What is there; raises OptionError for a policy that is asked for and is not there."""
        state = self._read_state()
        spec = self._resolve(state.role)
        left_behind = find_left_behind(spec, state.profile, self._users)
        return Found(state, spec, self._read_quotas(spec, state.role), left_behind)

    def _read_state(self) -> RoleState:
        """The role and the profile, side by side: four calls, and one for each inline policy."""
        spec = self._spec
        role, profile = in_parallel(
            lambda: self._iam.roles.find(spec.name),
            lambda: self._iam.instance_profiles.find(spec.profile_name) if spec.create_instance_profile else None,
        )
        return RoleState(role, profile)

    def _resolve(self, role: Optional[Role]) -> RoleSpec:
        """The spec with the ARNs of its policies, and, for a new role, a trust policy."""
        spec, policies = self._spec, self._iam.managed_policies
        if spec.managed_policies is not None:
            attached = role.managed_policies if role else {}
            spec = replace(spec, managed_policies=policy_arns(policies, spec.managed_policies, attached))
        if spec.permissions_boundary:
            bounding = role and role.permissions_boundary
            known = {bounding: name_in_arn(bounding)} if bounding else {}
            (boundary,) = policy_arns(policies, [spec.permissions_boundary], known, "permissions_boundary")
            spec = replace(spec, permissions_boundary=boundary)
        if role is None and spec.trust_policy is None:
            spec = replace(spec, trust_policy=ec2_trust_policy(self._iam.partition))
        return spec

    def _read_quotas(self, spec: RoleSpec, role: Optional[Role]) -> Quotas:
        """The account's quotas, which are only asked for where those that every account has may not be enough."""
        trust_policy = spec.trust_policy
        if trust_policy is None:
            trust_policy = role.trust_policy if role else {}  # where there is no role, the spec has one by now
        peak = peak_usage(role, trust_policy, spec.managed_policies or (), spec.inline_policies or {})
        return self._iam.read_quotas() if exceeds(peak, DEFAULT_QUOTAS) else DEFAULT_QUOTAS

    def plan(self, actual: Found) -> RolePlan:
        """The calls that are needed."""
        plan, left = plan_present(actual.spec, actual.state, actual.quotas), actual.left_behind
        warnings = (*self._warnings, *plan.warnings, *(left.warnings() if left else ()))
        return replace(plan, warnings=warnings, instances=left.rows() if left else None)

    def _wait(self, plan: RolePlan, answers: Mapping[str, dict[str, Any]]) -> None:
        profile = plan.after.profile
        if self._wait_seconds and profile and "AddRoleToInstanceProfile" in answers:
            self._iam.instance_profiles.wait_for(profile, self._wait_seconds)


class FoundInUse(NamedTuple):
    """What is there, and the instances that would lose their credentials."""

    state: RoleState
    use: Sweep


class AbsentRole(RoleJob):
    """Deletes a role and its instance profile."""

    def __init__(self, spec: RoleSpec, iam: Iam, users: Optional[RoleUsers]) -> None:
        """``users`` looks for instances that would lose their credentials; None for not caring."""
        super().__init__(spec, iam)
        self._users = users

    def read(self) -> FoundInUse:
        """The role with its profiles, and the instances that use those which would be deleted or emptied."""
        state = self._read_state()
        lost = profiles_lost(self._spec, state)
        return FoundInUse(state, _in_use(self._users, lost) if self._users and lost else Sweep())

    def _read_state(self) -> RoleState:
        """The role, its profile, and every other profile that holds the role."""
        spec = self._spec
        role, profile, holding = in_parallel(
            lambda: self._iam.roles.find(spec.name),
            lambda: self._iam.instance_profiles.find(spec.profile_name),
            lambda: self._iam.instance_profiles.of_role(spec.name),
        )
        return RoleState(role, profile, tuple(each for each in holding if not same_name(each.name, spec.profile_name)))

    def plan(self, actual: FoundInUse) -> RolePlan:
        """The calls that are needed; raises OptionError where instances still use the role."""
        plan = plan_absent(self._spec, actual.state)
        refuse_users(actual.use, profiles_lost(self._spec, actual.state))
        return plan


def _in_use(users: RoleUsers, profiles: Sequence[InstanceProfile]) -> Sweep:
    """The instances; only where there are none, what would launch some: either is reason enough to refuse."""
    arns = [profile.known_arn for profile in profiles]
    sweep = users.of(arns)
    return sweep if sweep.users else users.with_launch_sources(sweep, arns)


def known_after(planned: RoleState, answers: Mapping[str, dict[str, Any]]) -> RoleState:
    """The planned state with what only AWS could tell: the ARNs, ids and dates of what was created just now."""
    role, profile = planned.role, planned.profile
    if role and "CreateRole" in answers:
        made = role_in(answers["CreateRole"]["Role"], {}, {})
        role = replace(role, arn=made.arn, role_id=made.role_id, create_date=made.create_date)
    if profile and "CreateInstanceProfile" in answers:
        new = profile_in(answers["CreateInstanceProfile"]["InstanceProfile"])
        profile = replace(profile, arn=new.arn, profile_id=new.profile_id, create_date=new.create_date)
    return replace(planned, role=role, profile=profile)
