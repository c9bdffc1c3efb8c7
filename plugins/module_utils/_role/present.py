# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of iam_ec2_role with state=present: creates or changes a role and its instance profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, NamedTuple, Optional

from .._aws.eventual_consistency import PrincipalWait
from .._aws.iam import Iam
from .._aws.parallel import in_parallel
from .._common.identifiers import name_in_arn
from .._policy.partitions import check_partition, check_policy_partition
from .._policy.trusted_entities import ec2_trust_policy
from .._values.quotas import DEFAULT_QUOTAS, Quotas
from .._values.role import Role
from .empty_profile import EmptyProfile, find_users_of_empty
from .job import RoleJob
from .plan import RolePlan, plan_present
from .policy_arns import resolve_policies
from .principal_ids import with_arns
from .profile_users import ProfileUserFinder
from .quotas import exceeds, peak_usage
from .spec import RoleSpec, WaitSpec
from .stale_sessions import StaleSessions, find_stale_sessions
from .state import RoleState


class PresentFacts(NamedTuple):
    """The actual state, the spec with ARNs instead of policy names, and the quotas that apply."""

    state: RoleState
    spec: RoleSpec
    quotas: Quotas
    stale_sessions: Optional[StaleSessions] = None
    empty_profile: Optional[EmptyProfile] = None


class PresentRole(RoleJob):
    """Creates or changes a role and its instance profile."""

    def __init__(
        self,
        spec: RoleSpec,
        iam: Iam,
        wait: WaitSpec = WaitSpec(),
        warnings: tuple[str, ...] = (),
        notify: Callable[[str], None] = lambda _text: None,
        finder: Optional[ProfileUserFinder] = None,
    ) -> None:
        """``warnings`` are about the spec, and are added to those of the plan. ``notify`` tells the user what the module waits for.

        ``finder`` finds the instances that keep a former role's credentials, and what uses an instance profile without a role.
        """
        super().__init__(spec, iam, PrincipalWait(wait.principal, notify))
        self._wait_seconds = wait.profile
        self._warnings = warnings
        self._finder = finder

    def read(self, _check_mode: bool = False) -> PresentFacts:
        """The facts; raises OptionError for a managed policy that does not exist, or an ARN of another partition."""
        self._check_partitions()
        state = self._read_state()
        spec = self._resolve(state.role)
        stale = find_stale_sessions(spec, state.profile, self._finder)
        empty = find_users_of_empty(spec, state, self._finder)
        return PresentFacts(state, spec, self._read_quotas(spec, state.role), stale, empty)

    def _check_partitions(self) -> None:
        spec, partition = self._spec, self._iam.partition
        for name, document in (spec.inline_policies or {}).items():
            check_partition(f"inline_policies[{name}]", document, partition)
        check_partition(spec.trust_option, spec.trust_policy or {}, partition)
        for policy in spec.managed_policies or ():
            check_policy_partition("managed_policies", policy, partition)
        check_policy_partition("permissions_boundary", spec.permissions_boundary or "", partition)

    def _read_state(self) -> RoleState:
        """The role and the profile, read in parallel: four calls, and one for each inline policy."""
        spec = self._spec
        role, profile = in_parallel(
            lambda: self._iam.roles.find(spec.name),
            lambda: self._iam.instance_profiles.find(spec.profile_name) if spec.create_instance_profile else None,
        )
        return RoleState(role, profile)

    def _resolve(self, role: Optional[Role]) -> RoleSpec:
        """The spec with the ARNs of its policies and, for a new role, a trust policy."""
        spec, policies = self._spec, self._iam.managed_policies
        if spec.managed_policies is not None:
            attached = role.managed_policies if role else {}
            spec = replace(spec, managed_policies=resolve_policies(policies, spec.managed_policies, attached))
        if spec.permissions_boundary:
            current = role and role.permissions_boundary
            known = {current: name_in_arn(current)} if current else {}
            (boundary,) = resolve_policies(policies, [spec.permissions_boundary], known, "permissions_boundary")
            spec = replace(spec, permissions_boundary=boundary)
        if spec.trust_policy is not None:
            trust_policy = with_arns(self._iam, spec.trust_option, spec.trust_policy, role.trust_policy if role else {})
            spec = replace(spec, trust_policy=trust_policy)
        if role is None and spec.trust_policy is None:
            spec = replace(spec, trust_policy=ec2_trust_policy(self._iam.partition))
        return spec

    def _read_quotas(self, spec: RoleSpec, role: Optional[Role]) -> Quotas:
        """The account's quotas. They are only read if the default quotas may not be enough."""
        trust_policy = spec.trust_policy
        if trust_policy is None:
            trust_policy = role.trust_policy if role else {}  # without a role, the resolved spec has one
        peak = peak_usage(role, trust_policy, spec.managed_policies or (), spec.inline_policies or {})
        return self._iam.read_quotas() if exceeds(peak, DEFAULT_QUOTAS) else DEFAULT_QUOTAS

    def plan(self, actual: PresentFacts) -> RolePlan:
        """The calls that are needed; raises OptionError if something uses an instance profile that has no role yet."""
        plan, stale, empty = plan_present(actual.spec, actual.state, actual.quotas), actual.stale_sessions, actual.empty_profile
        if empty:
            empty.check()
        warnings = (*self._warnings, *plan.warnings, *(stale.warnings() if stale else ()), *(empty.warnings() if empty else ()))
        return replace(plan, warnings=warnings, instances=stale.rows() if stale else None)

    def _wait(self, plan: RolePlan, answers: Mapping[str, dict[str, Any]]) -> None:
        profile = plan.after.profile
        if self._wait_seconds and profile and "AddRoleToInstanceProfile" in answers:
            self._iam.instance_profiles.wait_for(profile, self._wait_seconds)
