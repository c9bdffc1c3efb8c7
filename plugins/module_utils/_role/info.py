# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of iam_ec2_role_info: roles with their instance profiles, what uses them, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Mapping, Optional, Sequence

from .._aws.iam import Iam
from .._aws.parallel import each_in_parallel, in_parallel
from .._common.identifiers import name_in_arn
from .._policy.role_references import reference_forms, referenced_arns
from .._policy.service_principals import EC2
from .._policy.trust_policy import deleted_principals, trusts_service
from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .options import normalized_path
from .problems import PROBLEMS
from .profile_users import ProfileUserFinder, ProfileUsers, RegionLaunchSource
from .usage import UsageReader

# One role takes four calls, and one for each inline policy. The account's three lists take three calls for every hundred
# roles in it. For five roles, the lists take fewer calls in an account of up to about six hundred roles.
MIN_FOR_LISTS = 5
LISTED = "listed_names"  # in what gather returns: the names of all roles, if they were listed
WORKERS = 4  # roles read in parallel


@dataclass(frozen=True)
class RoleInfo:
    """A role, the instance profiles that contain it, what uses them, and the roles whose trust policies name it.

    None means that it was not read. ``instances`` are pairs of an id and a region.
    """

    role: Role
    profiles: tuple[InstanceProfile, ...]
    instances: Optional[tuple[tuple[str, str], ...]] = None
    launch_sources: tuple[RegionLaunchSource, ...] = ()
    trusting_roles: Optional[tuple[str, ...]] = None
    usage: Optional[Mapping[str, Any]] = None
    simulated: Optional[tuple[dict[str, Any], ...]] = None

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``iam_roles``."""
        result = {
            **self.role.as_result(),
            "managed_policies": self.role.attached_as_result(),
            "instance_profiles": [each.as_result() for each in self.profiles],
        }
        if self.instances is not None:
            result["instances"] = [{"instance_id": each, "region": region} for each, region in self.instances]
            result["launched_by"] = [{"kind": each.kind, "name": each.name, "region": each.region} for each in self.launch_sources]
        if self.trusting_roles is not None:
            result["trusting_roles"] = list(self.trusting_roles)
        if self.simulated is not None:
            result["simulated"] = list(self.simulated)
        result.update(self.usage or {})
        return {**result, "problems": self.problems()}

    def problems(self) -> list[dict[str, Any]]:
        """What is wrong with the role: the return value ``problems``."""
        trust = self.role.trust_policy
        found = [PROBLEMS["deleted_principal"].with_values({"unique_id": each}) for each in deleted_principals(trust)]
        trusts_ec2 = trusts_service(trust, EC2)
        if trusts_ec2 and not self.profiles:
            found.append(PROBLEMS["no_profile"].with_values({"role": self.role.name}))
        if self.profiles and not trusts_ec2:
            found.append(PROBLEMS["role_not_assumable_by_ec2"])
        return [each.as_result() for each in found]


def gather(
    iam: Iam,
    names: Optional[Sequence[str]],
    path_prefix: Optional[str],
    finder: Optional[ProfileUserFinder] = None,
    include_tags: bool = False,
    include_trusting_roles: bool = False,
    usage_reader: Optional[UsageReader] = None,
    simulate: Optional[Callable[[str], list[dict[str, Any]]]] = None,
) -> dict[str, Any]:
    """The module's return values, and what was LISTED. The optional arguments add what uses the roles, what they did, and what they may do."""
    infos, known = _read_roles(iam, names, normalized_path(path_prefix or "/"))
    if include_tags:
        infos = _with_profile_tags(iam, infos)
    if include_trusting_roles and infos:
        infos = with_trusting_roles(infos, iam.roles.trust_policies())
    if simulate is not None:
        answers = each_in_parallel(lambda info: simulate(info.role.arn or ""), infos, WORKERS)
        infos = [replace(info, simulated=tuple(found)) for info, found in zip(infos, answers)]
    if usage_reader is not None:
        usages = each_in_parallel(lambda info: usage_reader.read(info.role), infos, WORKERS)
        infos = [replace(info, usage=usage) for info, usage in zip(infos, usages)]
    listed = {} if known is None else {LISTED: known}
    if finder is None:
        return {"iam_roles": [info.as_result() for info in infos], **listed}
    arns = [profile.known_arn for info in infos for profile in info.profiles]
    users = finder.with_launch_sources(finder.find_instances(arns), arns) if arns else ProfileUsers()
    return {
        "iam_roles": [info.as_result() for info in with_users(infos, users)],
        "incomplete": [each.as_result() for each in users.incomplete],
        **listed,
    }


def _read_roles(iam: Iam, names: Optional[Sequence[str]], path_prefix: str) -> tuple[list[RoleInfo], Optional[list[str]]]:
    """The roles with these names that exist, in that order, or all roles under the path, sorted by name.

    Also the names of all roles, if they were listed.
    """
    if names is not None and len(names) < MIN_FOR_LISTS:
        return [each for each in each_in_parallel(lambda name: _read_role(iam, name), names, WORKERS) if each], None
    roles, profiles = in_parallel(lambda: iam.roles.list(path_prefix), iam.instance_profiles.by_role)
    found = sorted((RoleInfo(role, tuple(profiles.get(role.name, ()))) for role in roles), key=lambda info: info.role.name)
    listed = [info.role.name for info in found]
    if names is None:
        return found, listed
    by_name = {info.role.name.lower(): info for info in found}
    return [by_name[name.lower()] for name in names if name.lower() in by_name], listed


def _read_role(iam: Iam, name: str) -> Optional[RoleInfo]:
    role, profiles = in_parallel(lambda: iam.roles.find(name), lambda: iam.instance_profiles.of_role(name))
    return role and RoleInfo(role, tuple(profiles))


def _with_profile_tags(iam: Iam, infos: Sequence[RoleInfo]) -> list[RoleInfo]:
    """Adds the tags of the instance profiles, with one call for each. A profile that was deleted in the meantime has none."""
    found = iam.instance_profiles.find_each(profile.name for info in infos for profile in info.profiles)
    return [replace(info, profiles=tuple(found[each.name] or each for each in info.profiles)) for info in infos]


def with_trusting_roles(infos: Sequence[RoleInfo], trust_policies: Mapping[str, Mapping[str, Any]]) -> list[RoleInfo]:
    """Adds the other roles whose trust policies name each role."""
    names_by_arn: dict[str, set[str]] = {}
    for name, document in trust_policies.items():
        for arn in referenced_arns(document):
            names_by_arn.setdefault(arn, set()).add(name)

    def trusting(role: Role) -> tuple[str, ...]:
        found = set().union(*(names_by_arn.get(arn, ()) for arn in reference_forms(role.arn or "")))
        return tuple(sorted(found - {role.name}))

    return [replace(info, trusting_roles=trusting(info.role)) for info in infos]


def with_users(infos: Sequence[RoleInfo], users: ProfileUsers) -> list[RoleInfo]:
    """Adds the instances and launch sources that use each role."""
    roles_by_arn = {profile.known_arn: info.role.name for info in infos for profile in info.profiles}
    roles_by_profile = {name_in_arn(arn).lower(): role for arn, role in roles_by_arn.items()}
    instances: dict[str, list[tuple[str, str]]] = {}
    sources: dict[str, list[RegionLaunchSource]] = {}
    for user in users.instances:
        instances.setdefault(roles_by_arn[user.profile_arn], []).append((user.instance_id, user.region))
    for source in users.launch_sources:
        sources.setdefault(roles_by_profile[source.profile_name.lower()], []).append(source)
    return [
        replace(
            info,
            instances=tuple(sorted(instances.get(info.role.name, ()))),
            launch_sources=tuple(sorted(sources.get(info.role.name, ()))),
        )
        for info in infos
    ]
