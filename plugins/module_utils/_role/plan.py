# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that lead from the actual role to the desired one, or delete it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterable, Iterator, Optional

from .._common.change import Change
from .._common.errors import OptionError
from .._common.sentences import listed
from .._policy.trust_policy import deleted_principals, identities_trusted
from .._values.instance_profile import InstanceProfile
from .._values.protected_roles import protection_of
from .._values.quotas import DEFAULT_QUOTAS, Quotas
from .._values.role import Role
from .changes import profile_changes, profile_deletion, remove_roles, role_additions, role_deletion, role_removals
from .desired import desired_profile, desired_role
from .quota_order import early_removals
from .quotas import check_quotas, usage
from .spec import RoleSpec
from .state import RoleState
from .summary import summary_of

GIVING = ("AttachRolePolicy", "PutRolePolicy")
SHOWN = 5  # principals


@dataclass(frozen=True)
class RolePlan:
    """The calls that lead from ``before`` to ``after``, in order.

    ``instances`` keep the credentials of a former role; None if the role does not replace another one.
    """

    before: RoleState
    after: RoleState
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()
    instances: Optional[tuple[dict[str, Any], ...]] = None

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``."""
        return {"before": self.before.as_diff(), "after": self.after.as_diff()}

    def summary(self, planned: bool) -> str:
        """A sentence about the changes."""
        role = self.after.role or self.before.role
        return summary_of(role.name, self.changes, planned) if role else "There is no such role."


def plan_present(spec: RoleSpec, actual: RoleState, quotas: Quotas = DEFAULT_QUOTAS) -> RolePlan:
    """The plan that creates or changes the role and its profile; raises OptionError for what AWS can't do.

    The spec must name managed policies by ARN, and have a trust policy if the role does not exist.
    """
    spec = actual.with_actual_names(spec)
    role = desired_role(spec, actual.role)
    check_quotas(usage(role.trust_policy, role.managed_policies, role.inline_policies), quotas)
    profile = desired_profile(spec, actual.profile)
    # Additions come before removals, so that a running application never loses a permission that it keeps.
    changes = [
        *role_additions(actual.role, role),
        *(profile_changes(actual.profile, profile) if spec.create_instance_profile and profile else ()),
        *role_removals(actual.role, role),
    ]
    early = early_removals(actual.role, role, changes, quotas)
    changes = [*early, *(change for change in changes if change not in early)]
    after = RoleState(role, profile)
    warnings = (*_warnings(role, actual.role), *_trusting(spec, actual.role, changes))
    plan = RolePlan(replace(actual, other_profiles=()), after, tuple(changes), warnings)
    return _check_not_protected(actual.role, plan)


def _warnings(role: Role, current: Optional[Role]) -> tuple[str, ...]:
    """Warnings about principals named by their ids. IAM shows those of deleted ones in the current trust policy."""
    shown = deleted_principals(current.trust_policy) if current else []
    return tuple(
        f"The trust policy of the role {role.name} names {unique_id}, the id of a user or role that was deleted. "
        "Nobody can assume the role as this principal. Name the principal again, or remove it."
        if unique_id in shown
        else f"It is unknown whether a user or role with the id {unique_id} exists, which the trust policy of the role {role.name} names. "
        "AWS refuses the ids of deleted ones, and turns others into ARNs. Name the principal by its ARN."
        for unique_id in deleted_principals(role.trust_policy)
    )


def _trusting(spec: RoleSpec, current: Optional[Role], changes: Iterable[Change]) -> Iterator[str]:
    """A warning if a role that exists gets permissions, and keeps a trust policy that whoever has created it has chosen."""
    trusted = identities_trusted(current.trust_policy) if current and spec.trust_policy is None else []
    if trusted and any(change.operation in GIVING for change in changes):
        yield (
            f"The role {spec.name} exists, gets permissions, and keeps its trust policy, with which {listed(trusted, SHOWN)} may assume it. "
            "Whoever has created the role first has chosen them. If you do not know them, set trusted_entities."
        )


def plan_absent(spec: RoleSpec, actual: RoleState) -> RolePlan:
    """The plan that deletes the role and its profile, in the order that IAM requires."""
    spec = actual.with_actual_names(spec)
    changes = [
        *_removals_from_profiles(spec, actual),
        *(role_deletion(actual.role) if actual.role else ()),
        # A role or profile with the same name is another one. So everything that can be put back comes before both.
        *([profile_deletion(spec.profile_name)] if _owns_profile(spec, actual.profile) else ()),
    ]
    kept = None if _owns_profile(spec, actual.profile) else actual.profile
    if kept and spec.name in kept.roles:
        kept = replace(kept, roles=())
    others = tuple(replace(each, roles=()) for each in actual.other_profiles)
    return _check_not_protected(actual.role, RolePlan(actual, RoleState(None, kept, others), tuple(changes)))


def affected_profiles(spec: RoleSpec, actual: RoleState) -> list[InstanceProfile]:
    """The instance profiles that are deleted or emptied if the role is deleted."""
    spec = actual.with_actual_names(spec)
    owned = actual.profile if _owns_profile(spec, actual.profile) else None
    profiles = [each for each in (actual.profile, *actual.other_profiles) if each]
    return [each for each in profiles if spec.name in each.roles or each is owned]


def _removals_from_profiles(spec: RoleSpec, actual: RoleState) -> Iterator[Change]:
    for profile in affected_profiles(spec, actual):
        yield from remove_roles(profile.name, [role for role in profile.roles if role == spec.name])


def _owns_profile(spec: RoleSpec, profile: Optional[InstanceProfile]) -> bool:
    """Whether the profile is deleted with the role: the spec says so, and it contains no other role."""
    return profile is not None and spec.deletes_profile and set(profile.roles) <= {spec.name}


def _check_not_protected(role: Optional[Role], plan: RolePlan) -> RolePlan:
    """The plan; raises OptionError if it would change a role that only AWS can change."""
    protection = protection_of(role.path) if role and plan.changes else None
    if role is None or protection is None:
        return plan
    problem = f"the role {role.name} {protection.reason} AWS would refuse to {plan.changes[0].summary}."
    raise OptionError("name", problem, f"Use a role of your own. {protection.deletion}")
