# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role with its instance profile: what is wanted, what is there, and the calls that lead from one to the other.

Pure.  Reading and writing are _iam's; checking what the user gave is _role_options's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Iterator, Mapping, Optional

from .._common.change import Change
from .._common.errors import OptionError
from .._policy.document import same_policy
from .._policy.trust import deleted_principals
from .._values.instance_profile import InstanceProfile
from .quotas import DEFAULT_QUOTAS, Quotas, Usage, check_quotas, usage

# https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
SERVICE_LINKED_PATH = "/aws-service-role/"
DEFAULT_SESSION_DURATION = 3600  # seconds; what IAM gives a role for which none is named


@dataclass(frozen=True)
class Role:
    """A role as IAM describes it; ``arn``, ``role_id`` and ``create_date`` are None until it exists.

    ``managed_policies`` maps a policy's ARN to its name, ``inline_policies`` a policy's name to its document;
    ``max_session_duration`` is in seconds.
    """

    name: str
    path: str
    trust_policy: Mapping
    description: str = ""
    max_session_duration: int = DEFAULT_SESSION_DURATION
    permissions_boundary: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)
    managed_policies: Mapping[str, str] = field(default_factory=dict)
    inline_policies: Mapping[str, Mapping] = field(default_factory=dict)
    arn: Optional[str] = None
    role_id: Optional[str] = None
    create_date: Optional[str] = None
    last_used: Mapping[str, str] = field(default_factory=dict)

    def as_result(self) -> dict:
        """The return value ``iam_role``: the keys of amazon.aws.iam_role, and ``inline_policies``."""
        values = {
            "role_name": self.name,
            "role_id": self.role_id,
            "arn": self.arn,
            "path": self.path,
            "create_date": self.create_date,
            "description": self.description,
            "max_session_duration": self.max_session_duration,
            "permissions_boundary": self._boundary_as_result(),
            "assume_role_policy_document": self.trust_policy,
            "attached_policies": [
                {"policy_arn": arn, "policy_name": name} for arn, name in sorted(self.managed_policies.items())
            ],
            "inline_policies": dict(self.inline_policies),
            "role_last_used": dict(self.last_used),
            "tags": dict(self.tags),
        }
        return {key: value for key, value in values.items() if value is not None}

    def _boundary_as_result(self) -> Optional[dict]:
        if self.permissions_boundary is None:
            return None
        return {
            "permissions_boundary_arn": self.permissions_boundary,
            "permissions_boundary_type": "Policy",
        }


@dataclass(frozen=True)
class RoleSpec:
    """The role that is wanted.  None leaves alone what is there; an empty value empties it."""

    name: str
    path: Optional[str] = None
    trust_policy: Optional[Mapping] = None
    description: Optional[str] = None
    max_session_duration: Optional[int] = None
    permissions_boundary: Optional[str] = None
    managed_policies: Optional[tuple[str, ...]] = None
    purge_policies: bool = True
    inline_policies: Optional[Mapping[str, Mapping]] = None
    purge_inline_policies: bool = True
    tags: Optional[Mapping[str, str]] = None
    purge_tags: bool = True
    create_instance_profile: bool = True
    instance_profile_name: Optional[str] = None
    replace_profile_role: bool = False

    @property
    def profile_name(self) -> str:
        """The name of the instance profile: the role's own unless another one is given."""
        return self.instance_profile_name or self.name


@dataclass(frozen=True)
class RoleState:
    """The role and the instance profile of one moment; None for what is not there.

    ``other_profiles`` are the further profiles that hold the role; they only matter to its deletion.
    """

    role: Optional[Role] = None
    profile: Optional[InstanceProfile] = None
    other_profiles: tuple[InstanceProfile, ...] = ()

    def as_diff(self) -> dict:
        """What a person compares: everything but ids, dates and ARNs."""
        shown = {}
        if self.role:
            hidden = ("role_id", "arn", "create_date", "role_last_used")
            shown["iam_role"] = {key: value for key, value in self.role.as_result().items() if key not in hidden}
        if self.profile:
            hidden = ("instance_profile_id", "arn", "create_date")
            shown["instance_profile"] = {
                key: value for key, value in self.profile.as_result().items() if key not in hidden
            }
        if self.other_profiles:
            shown["other_instance_profiles"] = {each.name: list(each.roles) for each in self.other_profiles}
        return shown


@dataclass(frozen=True)
class RolePlan:
    """The calls that lead from ``before`` to ``after``, in order."""

    before: RoleState
    after: RoleState
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    def diff(self) -> dict:
        """The return value ``diff``."""
        return {"before": self.before.as_diff(), "after": self.after.as_diff()}

    def profiles_touched(self) -> list[InstanceProfile]:
        """The instance profiles of before that the calls delete or take a role out of."""
        targets = {change.target for change in self.changes}
        before = (self.before.profile, *self.before.other_profiles)
        return [each for each in before if each and f"instance-profile/{each.name}" in targets]


def plan_present(
    spec: RoleSpec,
    actual: RoleState,
    default_trust: Mapping,
    policy_arns: Mapping[str, str],
    quotas: Quotas = DEFAULT_QUOTAS,
) -> RolePlan:
    """The plan that makes the role and its profile as wanted.

    ``default_trust`` is for a new role for which no trust policy is given.  ``policy_arns`` maps each managed policy
    as the spec gives it, by name or ARN, to its ARN.  Raises OptionError for what AWS can't do.
    """
    role = _wanted_role(spec, actual.role, default_trust, policy_arns)
    check_quotas(usage(role.trust_policy, role.managed_policies, role.inline_policies), quotas)
    profile = _wanted_profile(spec, actual.profile)
    removals = list(_role_removals(actual.role, role))
    urgent = _urgent_removals(actual.role, role, removals, quotas)
    changes = [
        *urgent,
        *_role_additions(actual.role, role),
        *(_profile_changes(actual.profile, profile) if spec.create_instance_profile else ()),
        *(change for change in removals if change not in urgent),
    ]
    after = RoleState(role, profile)
    plan = RolePlan(replace(actual, other_profiles=()), after, tuple(changes), _warnings(role))
    return _refuse_service_linked(actual.role, plan)


def peak_usage(plan: RolePlan) -> Usage:
    """How much of IAM's quotas the role would use between the plan's additions and its removals."""
    before, after = plan.before.role, plan.after.role
    return _peak(before, after) if before else usage(after.trust_policy, after.managed_policies, after.inline_policies)


def _peak(before: Role, after: Role) -> Usage:
    attached = {**before.managed_policies, **after.managed_policies}
    inline = {**before.inline_policies, **after.inline_policies}
    return usage(after.trust_policy, attached, inline)


def _urgent_removals(before: Optional[Role], after: Role, removals: list[Change], quotas: Quotas) -> list[Change]:
    """The removals that have to make room before anything can be added."""
    if before is None:
        return []
    peak = _peak(before, after)
    detachments = [change for change in removals if change.operation == "DetachRolePolicy"]
    deletions = [change for change in removals if change.operation == "DeleteRolePolicy"]
    return [
        *detachments[: max(0, peak.attached - quotas.attached)],
        *(deletions if peak.inline_size > quotas.inline_size else ()),
    ]


def _warnings(role: Role) -> tuple[str, ...]:
    return tuple(
        f"The trust policy of the role {role.name} names {unique_id}, which is what IAM leaves of a user or role that "
        "was deleted: nobody can assume the role by it. Name the principal again, or leave it out."
        for unique_id in deleted_principals(role.trust_policy)
    )


def plan_absent(spec: RoleSpec, actual: RoleState) -> RolePlan:
    """The plan that deletes the role and its profile, in the order that IAM demands."""
    changes = [*_profile_removals(spec, actual), *(_role_deletion(actual.role) if actual.role else ())]
    kept = None if _owns_profile(spec, actual.profile) else actual.profile
    if kept and spec.name in kept.roles:
        kept = replace(kept, roles=())
    others = tuple(replace(each, roles=()) for each in actual.other_profiles)
    return _refuse_service_linked(actual.role, RolePlan(actual, RoleState(None, kept, others), tuple(changes)))


def _refuse_service_linked(role: Optional[Role], plan: RolePlan) -> RolePlan:
    """The plan; raises OptionError where it would change a role that belongs to a service of AWS."""
    if role is None or not role.path.startswith(SERVICE_LINKED_PATH) or not plan.changes:
        return plan
    service = role.path[len(SERVICE_LINKED_PATH) :].rstrip("/")
    raise OptionError(
        "name",
        f"the role {role.name} is linked to the service {service}, which alone can change it: AWS refuses to "
        f"{plan.changes[0].summary}.",
        "Use a role of your own; a service-linked role is deleted in the service, or with iam:DeleteServiceLinkedRole.",
    )


def policy_name(arn: str) -> str:
    """The name at the end of a managed policy's ARN."""
    return arn.rsplit("/", 1)[-1]


# What is wanted, given what is there


def _wanted_role(spec: RoleSpec, actual: Optional[Role], default_trust: Mapping, arns: Mapping[str, str]) -> Role:
    base = actual or Role(name=spec.name, path=spec.path or "/", trust_policy=default_trust)
    _check_path(spec, f"the role {base.name}", base.path)
    given = {
        "description": spec.description,
        "max_session_duration": spec.max_session_duration,
        "tags": None if spec.tags is None else _wanted_tags(spec.tags, base.tags, spec.purge_tags),
        "managed_policies": _wanted_managed(spec, base, arns),
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


def _wanted_managed(spec: RoleSpec, base: Role, arns: Mapping[str, str]) -> Optional[dict]:
    if spec.managed_policies is None:
        return None
    kept = {} if spec.purge_policies else dict(base.managed_policies)
    return {**kept, **{arns[each]: policy_name(arns[each]) for each in spec.managed_policies}}


def _wanted_inline(spec: RoleSpec, base: Role) -> Optional[dict]:
    if spec.inline_policies is None:
        return None
    wanted = {} if spec.purge_inline_policies else dict(base.inline_policies)
    for name, document in spec.inline_policies.items():
        there = base.inline_policies.get(name)
        wanted[name] = there if there is not None and same_policy(there, document) else document
    return wanted


def _wanted_tags(given: Mapping[str, str], actual: Mapping[str, str], purge: bool) -> dict:
    # Tags that begin with aws: are AWS's own; nobody else can set or remove them.
    kept = {key: value for key, value in actual.items() if not purge or key.startswith("aws:")}
    return {**kept, **given}


def _wanted_profile(spec: RoleSpec, actual: Optional[InstanceProfile]) -> Optional[InstanceProfile]:
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
    tags = base.tags if spec.tags is None else _wanted_tags(spec.tags, base.tags, spec.purge_tags)
    return replace(base, roles=(spec.name,), tags=tags)


# The calls of a role.  Additions come before removals: a running application never loses a permission that it keeps.


def _role_additions(before: Optional[Role], after: Role) -> Iterator[Change]:
    if before is None:
        yield _create_role(after)
    else:
        yield from _role_updates(before, after)
    attached = before.managed_policies if before else {}
    for arn in after.managed_policies:
        if arn not in attached:
            parameters = {"RoleName": after.name, "PolicyArn": arn}
            yield _role_change("AttachRolePolicy", after.name, parameters, f"attach the managed policy {arn} to")
    inline = before.inline_policies if before else {}
    for name, document in after.inline_policies.items():
        if inline.get(name) != document:
            parameters = {"RoleName": after.name, "PolicyName": name, "PolicyDocument": json.dumps(document)}
            yield _role_change("PutRolePolicy", after.name, parameters, f"put the inline policy {name} on")


def _create_role(role: Role) -> Change:
    parameters = {
        "RoleName": role.name,
        "Path": role.path,
        "AssumeRolePolicyDocument": json.dumps(role.trust_policy),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_duration,
        "PermissionsBoundary": role.permissions_boundary,
        "Tags": _tag_list(role.tags),
    }
    given = {key: value for key, value in parameters.items() if value}
    return _role_change("CreateRole", role.name, given, "create")


def _role_updates(before: Role, after: Role) -> Iterator[Change]:
    name = after.name
    if before.trust_policy != after.trust_policy:
        parameters = {"RoleName": name, "PolicyDocument": json.dumps(after.trust_policy)}
        yield _role_change("UpdateAssumeRolePolicy", name, parameters, "set the trust policy of")
    if (before.description, before.max_session_duration) != (after.description, after.max_session_duration):
        # UpdateRole sets the duration back to an hour where it is left out, so both always go along.
        parameters = {
            "RoleName": name,
            "Description": after.description,
            "MaxSessionDuration": after.max_session_duration,
        }
        yield _role_change("UpdateRole", name, parameters, "set the description and the session duration of")
    if after.permissions_boundary and after.permissions_boundary != before.permissions_boundary:
        parameters = {"RoleName": name, "PermissionsBoundary": after.permissions_boundary}
        yield _role_change("PutRolePermissionsBoundary", name, parameters, "set the permissions boundary of")
    added = {key: value for key, value in after.tags.items() if before.tags.get(key) != value}
    if added:
        yield _role_change("TagRole", name, {"RoleName": name, "Tags": _tag_list(added)}, "tag")


def _role_removals(before: Optional[Role], after: Role) -> Iterator[Change]:
    if before is None:
        return
    name = after.name
    if before.permissions_boundary and not after.permissions_boundary:
        summary = "remove the permissions boundary of"
        yield _role_change("DeleteRolePermissionsBoundary", name, {"RoleName": name}, summary)
    yield from _detach(name, [arn for arn in before.managed_policies if arn not in after.managed_policies])
    yield from _delete_inline(name, [each for each in before.inline_policies if each not in after.inline_policies])
    dropped = [key for key in before.tags if key not in after.tags]
    if dropped:
        yield _role_change("UntagRole", name, {"RoleName": name, "TagKeys": dropped}, "remove tags of")


def _role_deletion(role: Role) -> Iterator[Change]:
    yield from _detach(role.name, role.managed_policies)
    yield from _delete_inline(role.name, role.inline_policies)
    yield _role_change("DeleteRole", role.name, {"RoleName": role.name}, "delete")


def _detach(role_name: str, arns) -> Iterator[Change]:
    for arn in arns:
        parameters = {"RoleName": role_name, "PolicyArn": arn}
        yield _role_change("DetachRolePolicy", role_name, parameters, f"detach the managed policy {arn} from")


def _delete_inline(role_name: str, names) -> Iterator[Change]:
    for name in names:
        parameters = {"RoleName": role_name, "PolicyName": name}
        yield _role_change("DeleteRolePolicy", role_name, parameters, f"delete the inline policy {name} of")


def _role_change(operation: str, name: str, parameters: Mapping, verb: str) -> Change:
    return Change("iam", operation, f"role/{name}", parameters, f"{verb} the role {name}")


# The calls of an instance profile


def _profile_changes(before: Optional[InstanceProfile], after: InstanceProfile) -> Iterator[Change]:
    name = after.name
    if before is None:
        parameters = {"InstanceProfileName": name, "Path": after.path, "Tags": _tag_list(after.tags)}
        given = {key: value for key, value in parameters.items() if value}
        yield _profile_change("CreateInstanceProfile", name, given, "create")
    else:
        yield from _profile_tag_changes(before, after)
    held = before.roles if before else ()
    # A profile holds one role at most, so here the old one has to go first.
    yield from _take_out(name, [role for role in held if role not in after.roles])
    for role in after.roles:
        if role not in held:
            parameters = {"InstanceProfileName": name, "RoleName": role}
            yield _profile_change("AddRoleToInstanceProfile", name, parameters, f"add the role {role} to")


def _profile_tag_changes(before: InstanceProfile, after: InstanceProfile) -> Iterator[Change]:
    name = after.name
    added = {key: value for key, value in after.tags.items() if before.tags.get(key) != value}
    if added:
        parameters = {"InstanceProfileName": name, "Tags": _tag_list(added)}
        yield _profile_change("TagInstanceProfile", name, parameters, "tag")
    dropped = [key for key in before.tags if key not in after.tags]
    if dropped:
        parameters = {"InstanceProfileName": name, "TagKeys": dropped}
        yield _profile_change("UntagInstanceProfile", name, parameters, "remove tags of")


def _profile_removals(spec: RoleSpec, actual: RoleState) -> Iterator[Change]:
    profiles = [*([actual.profile] if actual.profile else ()), *actual.other_profiles]
    for profile in profiles:
        if spec.name in profile.roles:
            yield from _take_out(profile.name, [spec.name])
    if _owns_profile(spec, actual.profile):
        name = spec.profile_name
        yield _profile_change("DeleteInstanceProfile", name, {"InstanceProfileName": name}, "delete")


def _owns_profile(spec: RoleSpec, profile: Optional[InstanceProfile]) -> bool:
    """Whether the profile goes with the role: it has the name that we give, and no other role is in it."""
    return bool(profile) and spec.create_instance_profile and set(profile.roles) <= {spec.name}


def _take_out(profile_name: str, roles) -> Iterator[Change]:
    for role in roles:
        parameters = {"InstanceProfileName": profile_name, "RoleName": role}
        yield _profile_change("RemoveRoleFromInstanceProfile", profile_name, parameters, f"take the role {role} out of")


def _profile_change(operation: str, name: str, parameters: Mapping, verb: str) -> Change:
    return Change("iam", operation, f"instance-profile/{name}", parameters, f"{verb} the instance profile {name}")


def _tag_list(tags: Mapping[str, str]) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
