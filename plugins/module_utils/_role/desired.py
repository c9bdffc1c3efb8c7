# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role and its instance profile will be, given what is there.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.identifiers import name_in_arn
from .._policy.document import same_policy
from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .spec import RoleSpec


def wanted_role(spec: RoleSpec, actual: Optional[Role]) -> Role:
    """The role as it will be; raises OptionError for what AWS can't change."""
    base = actual or Role(name=spec.name, path=spec.path or "/", trust_policy=spec.trust_policy or {})
    _check_path(spec, f"the role {base.name}", base.path)
    given: dict[str, Any] = {
        "description": spec.description,
        "max_session_duration": spec.max_session_duration,
        "tags": None if spec.tags is None else _wanted_role_tags(spec.tags, base.tags, spec.purge_tags),
        "managed_policies": _wanted_managed(spec, base),
        "inline_policies": _wanted_inline(spec, base),
        "trust_policy": spec.trust_policy,
    }
    role = replace(base, **{key: value for key, value in given.items() if value is not None})
    if spec.trust_policy is not None and same_policy(spec.trust_policy, base.trust_policy):
        role = replace(role, trust_policy=base.trust_policy)
    if spec.permissions_boundary is not None:
        role = replace(role, permissions_boundary=spec.permissions_boundary or None)
    return role


def _check_path(spec: RoleSpec, thing: str, path: str) -> None:
    if spec.path is not None and spec.path != path:
        raise OptionError(
            "path",
            f"{thing} exists with the path {path}, and AWS can't change a path.",
            f"Give {path}, leave path out, or delete {thing} first.",
        )


def _wanted_managed(spec: RoleSpec, base: Role) -> Optional[dict[str, Any]]:
    if spec.managed_policies is None:
        return None
    kept = {} if spec.purge_policies else dict(base.managed_policies)
    return {**kept, **{arn: name_in_arn(arn) for arn in spec.managed_policies}}


def _wanted_inline(spec: RoleSpec, base: Role) -> Optional[dict[str, Any]]:
    if spec.inline_policies is None:
        return None
    wanted = {} if spec.purge_inline_policies else dict(base.inline_policies)
    for name, document in spec.inline_policies.items():
        there = base.inline_policies.get(name)
        wanted[name] = there if there is not None and same_policy(there, document) else document
    return wanted


def _wanted_role_tags(given: Mapping[str, str], actual: Mapping[str, str], purge: bool) -> dict[str, Any]:
    """The tags of a role, whose keys ignore case: what is given takes the place of the same key in another case."""
    keys = {key.lower() for key in given}
    others = {key: value for key, value in actual.items() if key.lower() not in keys}
    return _wanted_tags(given, others, purge)


def _wanted_tags(given: Mapping[str, str], actual: Mapping[str, str], purge: bool) -> dict[str, Any]:
    # Tags that begin with aws: are AWS's own; nobody else can set or remove them.
    kept = {key: value for key, value in actual.items() if not purge or key.startswith("aws:")}
    return {**kept, **given}


def wanted_profile(spec: RoleSpec, actual: Optional[InstanceProfile]) -> Optional[InstanceProfile]:
    """The instance profile as it will be; raises OptionError where it is another role's, or for another path."""
    if not spec.create_instance_profile:
        return actual
    base = actual or InstanceProfile(name=spec.profile_name, path=spec.path or "/", roles=(), tags={})
    _check_path(spec, f"the instance profile {base.name}", base.path)
    others = [role for role in base.roles if role != spec.name]
    if others and not spec.replace_profile_role:
        raise OptionError(
            "instance_profile_name",
            f"the instance profile {base.name} exists and holds the role {others[0]}; a profile holds one role.",
            "Choose another instance_profile_name, or set replace_profile_role to true to give it this role: "
            f"the instances that use it then lose {others[0]}.",
        )
    tags = base.tags if spec.tags is None else _wanted_tags(spec.tags, base.known_tags, spec.purge_tags)
    return replace(base, roles=(spec.name,), tags=tags)
