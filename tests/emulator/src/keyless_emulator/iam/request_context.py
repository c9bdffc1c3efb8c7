# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The condition keys of a call: policies and boundaries, and the tags of its resource and of its request.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html, list_amazonec2.html and
list_amazonec2autoscaling.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from ..server.calls import Call

CHANGES_ATTACHED = ("AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy")
# They set a boundary. The other operations on a role are about the one that it has.
SETS_BOUNDARY = ("CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary")
BOUNDED = (
    *("AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "DeleteRole", "DeleteRolePermissionsBoundary"),
    *("UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
)
# AWS's examples limit these by aws:ResourceTag, too, which are then the tags that they create.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/security_iam_id-based-policy-examples.html
CREATES_TAGGED = {"CreateLaunchTemplate": "launch-template", "CreateAutoScalingGroup": ""}


def context_of(call: Call, partition: str, resource: str) -> dict[str, str]:
    """Returns the condition keys for one of the call's resources, with their values."""
    found = _Context(call, partition, resource)
    return {**found.policies(), **found.tags()}


class _Context:
    def __init__(self, call: Call, partition: str, resource: str) -> None:
        self._call = call
        self._resource = resource
        self._iam = iam_backends[DEFAULT_ACCOUNT_ID][partition]
        self._region = call.region or "us-east-1"

    def policies(self) -> dict[str, str]:
        """Returns the policy that is attached or detached, and the permissions boundary."""
        operation, parameters = self._call.operation, self._call.parameters
        found = {"iam:PolicyARN": parameters.get("PolicyArn")} if operation in CHANGES_ATTACHED else {}
        if operation in SETS_BOUNDARY:
            found["iam:PermissionsBoundary"] = parameters.get("PermissionsBoundary")
        elif operation in BOUNDED:
            role = self._named(self._iam.roles)
            found["iam:PermissionsBoundary"] = role and role.permissions_boundary_arn
        return {key: value for key, value in found.items() if value}

    def tags(self) -> dict[str, str]:
        """Returns the tags of the resource and of the request."""
        requested = self._requested()
        own = requested if self._call.operation in CREATES_TAGGED else self._own()
        return {
            **{f"aws:RequestTag/{key}": value for key, value in requested.items()},
            **{f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", self._call.service) for key, value in own.items()},
        }

    def _requested(self) -> dict[str, str]:
        specifications = self._call.parameters.get("TagSpecifications", [])
        kind = CREATES_TAGGED.get(self._call.operation)
        specified = (tag for each in specifications if each.get("ResourceType") == kind for tag in each.get("Tags", []))
        return _by_key([*self._call.parameters.get("Tags", []), *specified])

    def _own(self) -> dict[str, str]:
        parts = self._resource.split(":", 5)
        kind, _slash, name = parts[5].partition("/")
        if parts[2] == "autoscaling":
            return _by_key(self._group_tags(name))
        if parts[2] == "ec2":
            return self._of_ec2(name)
        found = self._named({"role": self._iam.roles, "user": self._iam.users}.get(kind, {}))
        return _by_key((found.tags if kind == "role" else self._iam.list_user_tags(found.name)) if found else [])

    def _group_tags(self, name: str) -> list[dict[str, str]]:
        group = autoscaling_backends[DEFAULT_ACCOUNT_ID][self._region].autoscaling_groups.get(name)
        return group.tags if group else []

    def _of_ec2(self, resource_id: str) -> dict[str, str]:
        if "*" in resource_id:
            return {}
        found = ec2_backends[DEFAULT_ACCOUNT_ID][self._region].describe_tags(filters={"resource-id": [resource_id]})
        return {tag["key"]: tag["value"] for tag in found}

    def _named(self, things: Mapping[str, Any]) -> Any:
        """Returns the role or user that the resource is, or None."""
        return next((each for each in list(things.values()) if each.arn == self._resource), None)


def _by_key(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {each["Key"]: each.get("Value") or "" for each in tags}
