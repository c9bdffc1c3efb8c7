# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role_info's work: roles with their instance profiles, the instances that use them, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Mapping, Optional, Sequence

from .._aws.calls import each_in_parallel, in_parallel
from .._aws.iam import Iam
from .._common.identifiers import name_in_arn
from .._policy.role_references import reference_forms, referenced_arns
from .._policy.service_principals import EC2
from .._policy.trust_policy import deleted_principals, trusts_service
from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .options import path_of
from .problems import PROBLEMS
from .profile_users import RegionLaunchSource, RoleUsers, Sweep
from .usage import Looking

# One role costs four calls, and one for each inline policy.  The three lists of the account cost three calls for every
# hundred roles in it: for five roles that is less in an account of up to some six hundred.
FEW = 5
WORKERS = 4  # roles read side by side


@dataclass(frozen=True)
class RoleInfo:
    """A role, the instance profiles that it is in, the instances that use them, and the roles whose trust policies name it.

    None is what was not looked for.
    """

    role: Role
    profiles: tuple[InstanceProfile, ...]
    users: Optional[tuple[tuple[str, str], ...]] = None
    launch_sources: tuple[RegionLaunchSource, ...] = ()
    trusting: Optional[tuple[str, ...]] = None
    usage: Optional[Mapping[str, Any]] = None
    simulated: Optional[tuple[dict[str, Any], ...]] = None

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``iam_roles``."""
        shown = {
            **self.role.as_result(),
            "managed_policies": self.role.attached_as_result(),
            "instance_profiles": [each.as_result() for each in self.profiles],
        }
        if self.users is not None:
            shown["instances"] = [{"instance_id": each, "region": region} for each, region in self.users]
            shown["launched_by"] = [{"kind": each.kind, "name": each.name, "region": each.region} for each in self.launch_sources]
        if self.trusting is not None:
            shown["trusting_roles"] = list(self.trusting)
        if self.simulated is not None:
            shown["simulated"] = list(self.simulated)
        shown.update(self.usage or {})
        return {**shown, "problems": self.problems()}

    def problems(self) -> list[dict[str, Any]]:
        """What is wrong with the role: a code, a sentence, and the fix."""
        trust = self.role.trust_policy
        found = [PROBLEMS["deleted_principal"].with_values({"unique_id": each}) for each in deleted_principals(trust)]
        trusts_ec2 = trusts_service(trust, EC2)
        if trusts_ec2 and not self.profiles:
            found.append(PROBLEMS["no_profile"].with_values({"role": self.role.name}))
        if self.profiles and not trusts_ec2:
            found.append(PROBLEMS["role_not_assumable_by_ec2"])
        return [each.as_result() for each in found]


def look(
    iam: Iam,
    names: Optional[Sequence[str]],
    path_prefix: Optional[str],
    users: Optional[RoleUsers] = None,
    include_tags: bool = False,
    include_trusting_roles: bool = False,
    looking: Optional[Looking] = None,
    simulate: Optional[Callable[[str], list[dict[str, Any]]]] = None,
) -> dict[str, Any]:
    """The module's return values; with ``users``, the instances that use each role too, with ``looking`` what it did."""
    infos = read_roles(iam, names, path_of(path_prefix or "/"))
    if include_tags:
        infos = _with_profile_tags(iam, infos)
    if include_trusting_roles and infos:
        infos = with_trusting(infos, iam.roles.trust_policies())
    if simulate is not None:
        answers = each_in_parallel(lambda info: simulate(info.role.arn or ""), infos, WORKERS)
        infos = [replace(info, simulated=tuple(found)) for info, found in zip(infos, answers)]
    if looking is not None:
        usages = each_in_parallel(lambda info: looking.of(info.role), infos, WORKERS)
        infos = [replace(info, usage=usage) for info, usage in zip(infos, usages)]
    if users is None:
        return {"iam_roles": [info.as_result() for info in infos]}
    arns = [profile.known_arn for info in infos for profile in info.profiles]
    sweep = users.with_launch_sources(users.of(arns), arns) if arns else Sweep()
    return {
        "iam_roles": [info.as_result() for info in with_users(infos, sweep)],
        "incomplete": [each.as_result() for each in sweep.incomplete],
    }


def read_roles(iam: Iam, names: Optional[Sequence[str]], path_prefix: str) -> list[RoleInfo]:
    """The roles of these names that exist, in that order, or all under the path, by name."""
    if names is not None and len(names) < FEW:
        return [each for each in each_in_parallel(lambda name: _read_role(iam, name), names, WORKERS) if each]
    roles, profiles = in_parallel(lambda: iam.roles.list(path_prefix), iam.instance_profiles.by_role)
    found = sorted((RoleInfo(role, tuple(profiles.get(role.name, ()))) for role in roles), key=lambda info: info.role.name)
    if names is None:
        return found
    by_name = {info.role.name.lower(): info for info in found}
    return [by_name[name.lower()] for name in names if name.lower() in by_name]


def _read_role(iam: Iam, name: str) -> Optional[RoleInfo]:
    role, profiles = in_parallel(lambda: iam.roles.find(name), lambda: iam.instance_profiles.of_role(name))
    return role and RoleInfo(role, tuple(profiles))


def _with_profile_tags(iam: Iam, infos: Sequence[RoleInfo]) -> list[RoleInfo]:
    """The same with the tags of the instance profiles: a call for each; one that was deleted meanwhile stays without."""
    found = iam.instance_profiles.find_each(profile.name for info in infos for profile in info.profiles)
    return [replace(info, profiles=tuple(found[each.name] or each for each in info.profiles)) for info in infos]


def with_trusting(infos: Sequence[RoleInfo], trust_policies: Mapping[str, Mapping[str, Any]]) -> list[RoleInfo]:
    """The same with the other roles whose trust policies name each role."""
    naming: dict[str, set[str]] = {}
    for name, document in trust_policies.items():
        for arn in referenced_arns(document):
            naming.setdefault(arn, set()).add(name)

    def trusting(role: Role) -> tuple[str, ...]:
        found = set().union(*(naming.get(arn, ()) for arn in reference_forms(role.arn or "")))
        return tuple(sorted(found - {role.name}))

    return [replace(info, trusting=trusting(info.role)) for info in infos]


def with_users(infos: Sequence[RoleInfo], sweep: Sweep) -> list[RoleInfo]:
    """The same with the instances that use each role, and with what would launch others."""
    roles = {profile.known_arn: info.role.name for info in infos for profile in info.profiles}
    names = {name_in_arn(arn).lower(): role for arn, role in roles.items()}
    users: dict[str, list[tuple[str, str]]] = {}
    sources: dict[str, list[RegionLaunchSource]] = {}
    for user in sweep.users:
        users.setdefault(roles[user.profile_arn], []).append((user.instance_id, user.region))
    for each in sweep.launch_sources:
        sources.setdefault(names[each.profile_name.lower()], []).append(each)
    return [
        replace(
            info,
            users=tuple(sorted(users.get(info.role.name, ()))),
            launch_sources=tuple(sorted(sources.get(info.role.name, ()))),
        )
        for info in infos
    ]
