# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has written to a role: IAM is eventually consistent, and may show the role as it was before.  Pure."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.error_suggestions import UNEXPECTED_ANSWER, UNREACHABLE

from .quarantine import POLICY

Result = Mapping[str, Any]  # what a module returned
Role = Mapping[str, Any]  # as iam_ec2_role_info returns it
Write = Callable[[Role, Mapping[str, Any]], Role]  # the role after a call with these parameters

# After these errors, the call may have been made nevertheless.
UNKNOWN = UNREACHABLE | {UNEXPECTED_ANSWER, "InternalFailure", "ServiceFailure", "ServiceUnavailable"}


def with_writes(role: Role, results: Iterable[Result]) -> Optional[Role]:
    """The role after the calls that these results of tasks list; None if it was deleted."""
    for operation, parameters in _calls(results):
        if operation == "iam:DeleteRole":
            return None
        role = WRITES[operation](role, parameters) if operation in WRITES else role
    return role


def has_unknown_end(result: Result) -> bool:
    """Whether the task failed, and may have made a call that it does not list."""
    if not (result.get("failed", False) or result.get("unreachable", False)):
        return False
    return "actions" not in result or "exception" in result or (result.get("error") or {}).get("code") in UNKNOWN


def is_same(one: Role, other: Role) -> bool:
    """Whether the policies, tags and instance profiles are the same."""
    return _comparable(one) == _comparable(other)


def arns_of(role: Role) -> list[str]:
    """The ARNs of its managed policies."""
    return [each["policy_arn"] for each in role["attached_policies"]]


def profiles_of(role: Role) -> list[str]:
    """The names of its instance profiles."""
    return [each["instance_profile_name"] for each in role.get("instance_profiles", ())]


def _calls(results: Iterable[Result]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for result in results:
        if "actions" in result:
            yield from ((each["operation"], each["parameters"]) for each in result["actions"])
        elif result.get("changed", False) and not has_unknown_end(result):
            # amazon.aws.iam_policy, which only removes that policy
            yield "iam:DeleteRolePolicy", {"PolicyName": POLICY}


def _comparable(role: Role) -> tuple[Any, ...]:
    tags = {key: each for key, each in role["tags"].items() if not key.startswith("aws:")}
    return role["inline_policies"], set(arns_of(role)), tags, set(profiles_of(role))


def _attach(role: Role, parameters: Mapping[str, Any]) -> Role:
    return {**role, "attached_policies": [*_detach(role, parameters)["attached_policies"], {"policy_arn": parameters["PolicyArn"]}]}


def _detach(role: Role, parameters: Mapping[str, Any]) -> Role:
    return {**role, "attached_policies": [each for each in role["attached_policies"] if each["policy_arn"] != parameters["PolicyArn"]]}


def _put(role: Role, parameters: Mapping[str, Any]) -> Role:
    return {**role, "inline_policies": {**role["inline_policies"], parameters["PolicyName"]: json.loads(parameters["PolicyDocument"])}}


def _delete(role: Role, parameters: Mapping[str, Any]) -> Role:
    return {**role, "inline_policies": {key: each for key, each in role["inline_policies"].items() if key != parameters["PolicyName"]}}


def _tag(role: Role, parameters: Mapping[str, Any]) -> Role:
    return {**role, "tags": {**role["tags"], **{each["Key"]: each["Value"] for each in parameters["Tags"]}}}


def _untag(role: Role, parameters: Mapping[str, Any]) -> Role:
    return {**role, "tags": {key: each for key, each in role["tags"].items() if key not in parameters["TagKeys"]}}


def _add(role: Role, parameters: Mapping[str, Any]) -> Role:
    named = {"instance_profile_name": parameters["InstanceProfileName"]}
    return {**role, "instance_profiles": [*_remove(role, parameters)["instance_profiles"], named]}


def _remove(role: Role, parameters: Mapping[str, Any]) -> Role:
    others = (each for each in role.get("instance_profiles", ()) if each["instance_profile_name"] != parameters["InstanceProfileName"])
    return {**role, "instance_profiles": list(others)}


WRITES: Mapping[str, Write] = {
    "iam:AttachRolePolicy": _attach,
    "iam:DetachRolePolicy": _detach,
    "iam:PutRolePolicy": _put,
    "iam:DeleteRolePolicy": _delete,
    "iam:TagRole": _tag,
    "iam:UntagRole": _untag,
    "iam:AddRoleToInstanceProfile": _add,
    "iam:RemoveRoleFromInstanceProfile": _remove,
}
