# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies that keyless.ec2.operator_policy prints, and users who have exactly these."""

from __future__ import annotations

import itertools
import json
from copy import deepcopy
from typing import Any

from ansible_collections.keyless.ec2.plugins.filter.operator_policy import filter_operator_policy, permissions

from .aws import REGION, Aws

ACCOUNT = "123456789012"
# The names of all that the tests make begin so, and the instances have this tag.
NAMES = "rights"
TAGS = {"team": NAMES}
# Everybody may do it.
FREE = "sts:GetCallerIdentity"
# Elsewhere than the role works
OTHERS = {"role": f"arn:aws:iam::{ACCOUNT}:role/others*", "instance": f"arn:aws:ec2:us-west-2:{ACCOUNT}:instance/*"}

_numbers = itertools.count(1)


def policy_of(role: str, features: list[str] | None = None, tags: dict[str, str] | None = None) -> dict:
    """What somebody prints who runs the role on the things of these tests."""
    names = [f"{NAMES}*"]
    return filter_operator_policy([role], features=features, role_names=names, tags=tags, account=ACCOUNT, region=REGION)


def own_actions(role: str, features: list[str] | None = None) -> set[str]:
    """The actions that the role needs by itself, and not for another role that it runs: all, or those only for these features."""
    statements = permissions()[role]["statements"]
    chosen = (each for each in statements if features is None or set(features) & set(each.get("for", ())))
    return {action for each in chosen for action in each["actions"]}


def features_of(role: str, *left_out: str) -> list[str]:
    """The variables that ask for more, but for some."""
    found = {feature for each in permissions()[role]["statements"] for feature in each.get("for", ())}
    return sorted(found - set(left_out))


def actions_of(policy: dict) -> set[str]:
    """The actions that it allows."""
    return {action for statement in policy["Statement"] for action in _listed(statement["Action"])}


def without(policy: dict, action: str) -> dict:
    """The policy without one of its actions."""
    kept = [{**each, "Action": [name for name in _listed(each["Action"]) if name != action]} for each in policy["Statement"]]
    return {**policy, "Statement": [each for each in kept if each["Action"]]}


def elsewhere(policy: dict, sid: str, resource: str) -> dict:
    """The policy with another resource in one of its statements."""
    return _changed(policy, sid, "Resource", resource)


def under(policy: dict, sid: str, condition: dict) -> dict:
    """The policy with another condition of one of its statements."""
    return _changed(policy, sid, "Condition", condition)


def user_with(aws: Aws, *policies: dict) -> str:
    """The access key of a new user who may do what the policies say, and nothing else."""
    name = f"reader-{next(_numbers)}"
    aws.iam.create_user(UserName=name)
    for number, policy in enumerate(policies):
        aws.iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy))
    key = aws.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    aws.hold_to_policies(key)
    return key


def _changed(policy: dict, sid: str, element: str, value: Any) -> dict:
    changed = deepcopy(policy)
    (statement,) = [each for each in changed["Statement"] if each["Sid"] == sid]
    assert statement.get(element) != value
    statement[element] = value
    return changed


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]
