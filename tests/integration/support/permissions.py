# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies that keyless.ec2.operator_policy prints, and users with exactly these policies."""

from __future__ import annotations

import itertools
import json
from copy import deepcopy
from typing import Any

from ansible_collections.keyless.ec2.plugins.filter.operator_policy import filter_operator_policy
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.role_files import permissions

from .aws import REGION, Aws

ACCOUNT = "123456789012"
# The beginning of all names in these tests, and the tag of the instances
NAMES = "rights"
TAGS = {"team": NAMES}
# Needs no permission
NEEDS_NO_PERMISSION = "sts:GetCallerIdentity"
# Resources that the role does not work on
OTHERS = {"role": f"arn:aws:iam::{ACCOUNT}:role/others*", "instance": f"arn:aws:ec2:us-west-2:{ACCOUNT}:instance/*"}

_numbers = itertools.count(1)


# What limits the policies that need it
LIMITS = {
    "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess",
    "quarantine_policy": f"{NAMES}-quarantine",
    "user_names": [f"{NAMES}*"],
    "assume_roles": [f"{NAMES}*"],
}


def policy_of(role: str, features: list[str] | None = None, tags: dict[str, str] | None = None, **limits: Any) -> dict:
    """The policy that is printed for the role and the resources of these tests, by default with all features of the role."""
    features = features_of(role) if features is None else features
    options = {**LIMITS, "launch_template_ids": None if tags else ["*"], **limits}
    return filter_operator_policy([role], features, ACCOUNT, REGION, role_names=[f"{NAMES}*"], tags=tags, **options)


def own_actions(role: str, features: list[str] | None = None) -> set[str]:
    """The actions that the role itself needs, without those of roles that it runs: all, or only those for these features."""
    statements = permissions()[role]["statements"]
    chosen = (each for each in statements if features is None or set(features) & set(each.get("for", ())))
    return {action for each in chosen for action in each["actions"]}


def features_of(role: str, *excluded: str) -> list[str]:
    """The variables that need additional permissions, without the excluded ones."""
    found = {feature for each in permissions()[role]["statements"] for feature in each.get("for", ())}
    return sorted(found - set(excluded))


def actions_of(policy: dict) -> set[str]:
    """The actions that the policy allows."""
    return {action for statement in policy["Statement"] for action in _listed(statement["Action"])}


def without(policy: dict, action: str) -> dict:
    """The policy without one of its actions."""
    kept = [{**each, "Action": [name for name in _listed(each["Action"]) if name != action]} for each in policy["Statement"]]
    return {**policy, "Statement": [each for each in kept if each["Action"]]}


def with_resource(policy: dict, sid: str, resource: str) -> dict:
    """The policy with another resource in one statement."""
    return _changed(policy, sid, "Resource", resource)


def with_condition(policy: dict, sid: str, condition: dict) -> dict:
    """The policy with another condition in one statement."""
    return _changed(policy, sid, "Condition", condition)


def user_with(aws: Aws, *policies: dict) -> str:
    """The access key of a new user with exactly these policies."""
    name = f"reader-{next(_numbers)}"
    aws.iam.create_user(UserName=name)
    for number, policy in enumerate(policies):
        aws.iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy))
    key = aws.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    aws.enforce_policies(key)
    return key


def _changed(policy: dict, sid: str, element: str, value: Any) -> dict:
    changed = deepcopy(policy)
    (statement,) = [each for each in changed["Statement"] if each["Sid"] == sid]
    assert statement.get(element) != value
    statement[element] = value
    return changed


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]
