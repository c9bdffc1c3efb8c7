# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions in the roles' READMEs, and users who have exactly these."""

from __future__ import annotations

import itertools
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from .aws import REGION, Aws

ROLES = Path(__file__).resolve().parents[3] / "roles"
ACCOUNT = "123456789012"
# What a reader puts in the place of the stars: the names of all that the tests make begin so.
NAMES = "rights"
PLACES = {
    "arn:aws:iam::*:role/*": f"arn:aws:iam::{ACCOUNT}:role/{NAMES}*",
    "arn:aws:iam::*:instance-profile/*": f"arn:aws:iam::{ACCOUNT}:instance-profile/{NAMES}*",
    "arn:aws:iam::*:user/*": f"arn:aws:iam::{ACCOUNT}:user/{NAMES}*",
    "arn:aws:ec2:*:*:instance/*": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*",
    "arn:aws:ec2:*:*:launch-template/*": f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/*",
    "arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*": (
        f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/*"
    ),
    "arn:aws:ssm:*::parameter/aws/service/*": f"arn:aws:ssm:{REGION}::parameter/aws/service/*",
}
# Elsewhere than the role works
OTHERS = {"role": f"arn:aws:iam::{ACCOUNT}:role/others*", "instance": f"arn:aws:ec2:us-west-2:{ACCOUNT}:instance/*"}

_numbers = itertools.count(1)


def policies_of(role: str) -> list[dict]:
    """The policies in the role's README, with their places filled."""
    text = (ROLES / role / "README.md").read_text(encoding="utf-8")
    for star, name in PLACES.items():
        text = text.replace(json.dumps(star), json.dumps(name))
    return [json.loads(each) for each in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def policy_of(role: str) -> dict:
    """All that the role's README asks for, in one policy."""
    return joined(*policies_of(role))


def joined(first: dict, *others: dict) -> dict:
    """All that the policies allow, in one."""
    return {**first, "Statement": [*first["Statement"], *(each for other in others for each in other["Statement"])]}


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
