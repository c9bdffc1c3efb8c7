# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions that a call needs because of its parameters, and that CloudTrail shows as no event of their own.  Pure.

iam:PassRole is no call, and tagging during a creation is part of it. What the table does not settle is unclear:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping, NamedTuple, Optional

PASS_ROLE = "iam:PassRole"
ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+")
_LAUNCH = {"iamInstanceProfile": PASS_ROLE, "tagSpecificationSet": "ec2:CreateTags"}
_STACK = {"roleARN": PASS_ROLE}
# The parameters of a call, as CloudTrail writes them, and the permission that each needs; "" for a call that always needs it.
# Seen in published events: iamInstanceProfile and tagSpecificationSet of RunInstances, CreateFleetRequest.TagSpecification,
# AssociateIamInstanceProfileRequest, role of CreateFunction20150331, taskRoleArn. CloudTrail writes the other services' parameters
# as the API does, with a small first letter (stackName, templateURL), so roleARN and the rest are derived, not seen. If a name is
# wrong, the role's ARN or the tag is found all the same, and the call is listed as incomplete.
IMPLIED: Mapping[str, Mapping[str, str]] = {
    "autoscaling:CreateAutoScalingGroup": {"launchTemplate": "ec2:RunInstances", "mixedInstancesPolicy": "ec2:RunInstances"},
    "autoscaling:CreateLaunchConfiguration": {"iamInstanceProfile": PASS_ROLE},
    "autoscaling:UpdateAutoScalingGroup": {"launchTemplate": "ec2:RunInstances", "mixedInstancesPolicy": "ec2:RunInstances"},
    "cloudformation:CreateChangeSet": _STACK,
    "cloudformation:CreateStack": _STACK,
    "cloudformation:UpdateStack": _STACK,
    "ec2:AssociateIamInstanceProfile": {"": PASS_ROLE},
    "ec2:CreateFleet": {"": "ec2:RunInstances", "tagSpecificationSet": "ec2:CreateTags"},
    "ec2:ReplaceIamInstanceProfileAssociation": {"": PASS_ROLE},
    "ec2:RunInstances": _LAUNCH,
    "ecs:CreateService": {"role": PASS_ROLE, "tags": "ecs:TagResource"},
    "ecs:RegisterTaskDefinition": {"executionRoleArn": PASS_ROLE, "taskRoleArn": PASS_ROLE, "tags": "ecs:TagResource"},
    "iam:AddRoleToInstanceProfile": {"": PASS_ROLE},
    "iam:CreateInstanceProfile": {"tags": "iam:TagInstanceProfile"},
    "iam:CreatePolicy": {"tags": "iam:TagPolicy"},
    "iam:CreateRole": {"tags": "iam:TagRole"},
    "iam:CreateUser": {"tags": "iam:TagUser"},
    "lambda:CreateFunction": {"role": PASS_ROLE, "tags": "lambda:TagResource"},
    "lambda:UpdateFunctionConfiguration": {"role": PASS_ROLE},
}
# What a template or a stack contains is in no event.
OPAQUE = re.compile(r"launchTemplate\w*|mixedInstancesPolicy|templateURL|templateBody|launchConfigurationName", re.IGNORECASE)
TAGS = re.compile(r"tags?|tagSet|tagSpecifications?(Set)?", re.IGNORECASE)
# Calls about which a role or tags in the parameters mean nothing more: they are what the call itself is about.
ABOUT_ROLES_OR_TAGS = re.compile(r"(iam|sts):.*|\w+:(\w*Tag\w*|Describe|Get|List|Search)\w*", re.IGNORECASE)


class Implied(NamedTuple):
    """A permission that the parameters imply, and the role's ARN if it is known."""

    action: str
    resource: Optional[str] = None


def implied_actions(action: str, parameters: Mapping[str, Any]) -> frozenset[Implied]:
    """What the call certainly needs besides its own permission."""
    table, parameters = IMPLIED.get(action, {}), _normalized(parameters)
    found = {name: parameters[name] if name else None for name in table if not name or parameters.get(name)}
    tags = {Implied("ec2:CreateTags")} if action.startswith("ec2:") and parameters.get("tagSpecificationSet") else set()
    return frozenset({Implied(table[name], _role(value)) for name, value in found.items()} | tags)


def may_imply_more(action: str, parameters: Optional[Mapping[str, Any]]) -> bool:
    """Whether the call may need permissions that can't be derived from the parameters."""
    if ABOUT_ROLES_OR_TAGS.fullmatch(action):
        return False
    if parameters is None:
        return action in IMPLIED
    parameters = _normalized(parameters)
    settled = set(IMPLIED.get(action, ()))
    settled |= {"tagSpecificationSet"} if action.startswith("ec2:") else set()
    others = {name: value for name, value in parameters.items() if value and name not in settled}
    return any(map(OPAQUE.fullmatch, parameters)) or any(TAGS.fullmatch(name) or _names_role(value) for name, value in others.items())


def _normalized(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters in one form: EC2 has those of newer calls in one such as CreateFleetRequest, with other names."""
    inner = next(iter(parameters.values())) if len(parameters) == 1 and next(iter(parameters)).endswith("Request") else parameters
    names = {"tagSpecification": "tagSpecificationSet", "tagSpecifications": "tagSpecificationSet"}
    lowered = {f"{name[:1].lower()}{name[1:]}": value for name, value in (inner if isinstance(inner, Mapping) else parameters).items()}
    return {names.get(name, name): value for name, value in lowered.items()}


def _role(value: Any) -> Optional[str]:
    return value if isinstance(value, str) and ROLE_ARN.fullmatch(value) else None


def _names_role(value: Any) -> bool:
    return any(map(ROLE_ARN.fullmatch, _texts(value)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
