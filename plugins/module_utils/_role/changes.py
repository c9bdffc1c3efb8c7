# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that create, change and delete a role and its instance profile.  Pure."""

from __future__ import annotations

import json
from typing import Any, Iterable, Iterator, Mapping, Optional

from .._common.change import Change
from .._values.instance_profile import InstanceProfile
from .._values.role import Role

# Roles


def role_additions(before: Optional[Role], after: Role) -> Iterator[Change]:
    """The calls that create the role, or that set and add what it lacks."""
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
            yield _role_change("PutRolePolicy", after.name, parameters, f"add the inline policy {name} to")


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
        parameters: dict[str, Any] = {"RoleName": name, "PolicyDocument": json.dumps(after.trust_policy)}
        yield _role_change("UpdateAssumeRolePolicy", name, parameters, "set the trust policy of")
    if (before.description, before.max_session_duration) != (after.description, after.max_session_duration):
        # Without a duration, UpdateRole resets it to one hour. So both are always sent.
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


def role_removals(before: Optional[Role], after: Role) -> Iterator[Change]:
    """The calls that remove what the role should not have."""
    if before is None:
        return
    name = after.name
    if before.permissions_boundary and not after.permissions_boundary:
        summary = "remove the permissions boundary of"
        yield _role_change("DeleteRolePermissionsBoundary", name, {"RoleName": name}, summary)
    yield from _detach(name, [arn for arn in before.managed_policies if arn not in after.managed_policies])
    yield from _delete_inline(name, [each for each in before.inline_policies if each not in after.inline_policies])
    # A key in another case is the same tag: TagRole has changed its case, and UntagRole would remove it.
    kept = {key.lower() for key in after.tags}
    dropped = [key for key in before.tags if key.lower() not in kept]
    if dropped:
        yield _role_change("UntagRole", name, {"RoleName": name, "TagKeys": dropped}, "remove tags of")


def role_deletion(role: Role) -> Iterator[Change]:
    """The calls that delete the role, in the order that IAM requires."""
    yield from _detach(role.name, role.managed_policies)
    yield from _delete_inline(role.name, role.inline_policies)
    yield _role_change("DeleteRole", role.name, {"RoleName": role.name}, "delete")


def _detach(role_name: str, arns: Iterable[str]) -> Iterator[Change]:
    for arn in arns:
        parameters = {"RoleName": role_name, "PolicyArn": arn}
        yield _role_change("DetachRolePolicy", role_name, parameters, f"detach the managed policy {arn} from")


def _delete_inline(role_name: str, names: Iterable[str]) -> Iterator[Change]:
    for name in names:
        parameters = {"RoleName": role_name, "PolicyName": name}
        yield _role_change("DeleteRolePolicy", role_name, parameters, f"delete the inline policy {name} of")


def _role_change(operation: str, name: str, parameters: Mapping[str, Any], verb: str) -> Change:
    return Change("iam", operation, f"role/{name}", parameters, f"{verb} the role {name}")


# Instance profiles


def profile_changes(before: Optional[InstanceProfile], after: InstanceProfile) -> Iterator[Change]:
    """The calls that create or change an instance profile."""
    name = after.name
    if before is None:
        parameters = {"InstanceProfileName": name, "Path": after.path, "Tags": _tag_list(after.known_tags)}
        given = {key: value for key, value in parameters.items() if value}
        yield _profile_change("CreateInstanceProfile", name, given, "create")
    else:
        yield from _profile_tag_changes(before, after)
    actual = before.roles if before else ()
    # A profile can contain only one role, so the old one must be removed first.
    yield from remove_roles(name, [role for role in actual if role not in after.roles])
    for role in after.roles:
        if role not in actual:
            parameters = {"InstanceProfileName": name, "RoleName": role}
            yield _profile_change("AddRoleToInstanceProfile", name, parameters, f"add the role {role} to")


def _profile_tag_changes(before: InstanceProfile, after: InstanceProfile) -> Iterator[Change]:
    name, actual, desired = after.name, before.known_tags, after.known_tags
    added = {key: value for key, value in desired.items() if actual.get(key) != value}
    if added:
        parameters = {"InstanceProfileName": name, "Tags": _tag_list(added)}
        yield _profile_change("TagInstanceProfile", name, parameters, "tag")
    dropped = [key for key in actual if key not in desired]
    if dropped:
        parameters = {"InstanceProfileName": name, "TagKeys": dropped}
        yield _profile_change("UntagInstanceProfile", name, parameters, "remove tags of")


def profile_deletion(name: str) -> Change:
    """The call that deletes an empty instance profile."""
    return _profile_change("DeleteInstanceProfile", name, {"InstanceProfileName": name}, "delete")


def remove_roles(profile_name: str, roles: Iterable[str]) -> Iterator[Change]:
    """The calls that remove roles from an instance profile."""
    for role in roles:
        parameters = {"InstanceProfileName": profile_name, "RoleName": role}
        yield _profile_change("RemoveRoleFromInstanceProfile", profile_name, parameters, f"remove the role {role} from")


def _profile_change(operation: str, name: str, parameters: Mapping[str, Any], verb: str) -> Change:
    return Change("iam", operation, f"instance-profile/{name}", parameters, f"{verb} the instance profile {name}")


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
