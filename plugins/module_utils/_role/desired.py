# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired role and instance profile, from the spec and the actual state.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.identifiers import name_in_arn
from .._policy.document import same_policy
from .._values.instance_profile import InstanceProfile
from .._values.role import Role
from .spec import RoleSpec


def desired_role(spec: RoleSpec, actual: Optional[Role]) -> Role:
    """The role as it should be; raises OptionError for what AWS can't change."""
    base = actual or Role(name=spec.name, path=spec.path or "/", trust_policy=spec.trust_policy or {})
    _check_path(spec, f"the role {base.name}", base.path)
    given: dict[str, Any] = {
        "description": spec.description,
        "max_session_duration": spec.max_session_duration,
        "tags": None if spec.tags is None else _desired_role_tags(spec.tags, base.tags, spec.purge_tags),
        "managed_policies": _desired_managed(spec, base),
        "inline_policies": _desired_inline(spec, base),
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


def _desired_managed(spec: RoleSpec, base: Role) -> Optional[dict[str, Any]]:
    if spec.managed_policies is None:
        return None
    kept = {} if spec.purge_policies else dict(base.managed_policies)
    return {**kept, **{arn: name_in_arn(arn) for arn in spec.managed_policies}}


def _desired_inline(spec: RoleSpec, base: Role) -> Optional[dict[str, Any]]:
    if spec.inline_policies is None:
        return None
    desired = {} if spec.purge_inline_policies else dict(base.inline_policies)
    for name, document in spec.inline_policies.items():
        actual = base.inline_policies.get(name)
        desired[name] = actual if actual is not None and same_policy(actual, document) else document
    return desired


def _desired_role_tags(given: Mapping[str, str], actual: Mapping[str, str], purge: bool) -> dict[str, Any]:
    """The tags of a role. Their keys ignore case, so a given key replaces the same key in another case."""
    keys = {key.lower() for key in given}
    others = {key: value for key, value in actual.items() if key.lower() not in keys}
    return _desired_tags(given, others, purge)


def _desired_tags(given: Mapping[str, str], actual: Mapping[str, str], purge: bool) -> dict[str, Any]:
    # Tags that begin with aws: belong to AWS, and only AWS can set or remove them.
    kept = {key: value for key, value in actual.items() if not purge or key.startswith("aws:")}
    return {**kept, **given}


def desired_profile(spec: RoleSpec, actual: Optional[InstanceProfile]) -> Optional[InstanceProfile]:
    """The instance profile as it should be; raises OptionError if it contains another role or has another path."""
    if not spec.create_instance_profile:
        return actual
    base = actual or InstanceProfile(name=spec.profile_name, path=spec.path or "/", roles=(), tags={})
    _check_path(spec, f"the instance profile {base.name}", base.path)
    others = [role for role in base.roles if role != spec.name]
    if others and not spec.replace_profile_role:
        raise OptionError(
            "instance_profile_name",
            f"the instance profile {base.name} already contains the role {others[0]}, and it can contain only one.",
            "Choose another instance_profile_name, or set replace_profile_role to true to replace the role. "
            f"The instances that use the profile then lose {others[0]}.",
        )
    tags = base.tags if spec.tags is None else _desired_tags(spec.tags, base.known_tags, spec.purge_tags)
    return replace(base, roles=(spec.name,), tags=tags)
