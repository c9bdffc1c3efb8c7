# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that a call needs: for the call itself on its resources, and others that AWS checks.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html, list_awsidentityandaccessmanagementiam.html and
list_amazonec2autoscaling.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from ..autoscaling.sources import specifications_in, version_of
from ..ec2.associations import table_of
from ..server.calls import Call
from .policy_evaluation import RequiredPermission
from .request_context import context_of

GROUP_CHANGES = ("CreateAutoScalingGroup", "UpdateAutoScalingGroup")
FLEET_CHANGES = {
    "CreateFleet": "fleet/*",
    "ModifyFleet": "fleet/{FleetId}",
    "RequestSpotFleet": "spot-fleet-request/*",
    "ModifySpotFleetRequest": "spot-fleet-request/{SpotFleetRequestId}",
}
LAUNCHED = ("image", "instance", "network-interface", "security-group", "subnet", "volume")
PASSING = ("RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")
TAGGING = ("CreateTags", "DeleteTags")
# The types of resources by the beginnings of their ids
TYPES = {"i": "instance", "lt": "launch-template", "sg": "security-group", "fleet": "fleet", "sfr": "spot-fleet-request", "vol": "volume"}
# The parameter with the ARN of the subject
WHOSE = {
    "AssumeRole": "RoleArn",
    "GenerateServiceLastAccessedDetails": "Arn",
    "SimulatePrincipalPolicy": "PolicySourceArn",
}
# Operations without a resource, whatever their parameters are
OF_NOTHING = ("ListRoles", "ListUsers", "ListPolicies", "ListInstanceProfiles")


def required_permissions(call: Call) -> list[RequiredPermission]:
    """Returns all permissions that a call needs, that of the call itself first."""
    found = _Asking(call)
    return [*found.for_itself(), *found.for_tags(), *found.for_the_image(), *found.for_the_role(), *_for_a_launcher(call)]


def _for_a_launcher(call: Call) -> Iterator[RequiredPermission]:
    """Yields the permissions of RunInstances that are needed to let a group or fleet launch from a launch template.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet-prerequisites.html
    """
    for specification in _specifications_in(call):
        launch = replace(call, service="ec2", operation="RunInstances", parameters=_template_data(call, specification))
        named = specification.get("LaunchTemplateId") or specification.get("LaunchTemplateName") or ""
        template = named if call.service == "autoscaling" else ""  # EC2 names the missing permission instead.
        yield from (replace(asked, template=template) for asked in required_permissions(launch))


def _specifications_in(call: Call) -> list[dict[str, str]]:
    if call.operation in GROUP_CHANGES:
        return list(specifications_in(call.parameters))
    if call.operation not in FLEET_CHANGES:
        return []
    configs = call.parameters.get("SpotFleetRequestConfig", call.parameters).get("LaunchTemplateConfigs", [])
    return [each["LaunchTemplateSpecification"] for each in configs if "LaunchTemplateSpecification" in each]


def _with_template(call: Call) -> dict[str, Any]:
    """Returns the parameters of a call.  A launch from a template has those of the template's version, unless it gives its own."""
    if call.operation != "RunInstances" or not call.parameters.get("LaunchTemplate"):
        return call.parameters
    return {**_template_data(call, call.parameters["LaunchTemplate"]), **call.parameters}


def _template_data(call: Call, specification: dict[str, str]) -> dict[str, Any]:
    try:
        return dict(version_of(ec2_backends[DEFAULT_ACCOUNT_ID][call.region or "us-east-1"], specification).data)
    except EC2ClientError:
        return {}  # The call itself fails because of that.


class _Asking:
    def __init__(self, call: Call) -> None:
        self._call = call
        self._parameters = _with_template(call)
        region = call.region or "us-east-1"
        self._partition = get_partition(region)
        self._iam = iam_backends[DEFAULT_ACCOUNT_ID][self._partition]
        self._region = region

    def for_itself(self) -> Iterator[RequiredPermission]:
        """Yields the permission of the call, for each of its resources."""
        find = {"ec2": self._ec2_resources, "autoscaling": self._groups}.get(self._call.service, self._iam_resources)
        for resource in find() or ["*"]:
            context = context_of(self._call, self._partition, resource) if resource != "*" else {}
            yield RequiredPermission(f"{self._call.service}:{self._call.operation}", resource, context)

    def for_tags(self) -> Iterator[RequiredPermission]:
        """Yields the permissions to tag what is launched."""
        for each in self._parameters.get("TagSpecifications", []):
            resource = self._ec2_arn(f"{each.get('ResourceType', '*')}/*")
            yield RequiredPermission("ec2:CreateTags", resource, {"ec2:CreateAction": self._call.operation})

    def for_the_image(self) -> Iterator[RequiredPermission]:
        """Yields the permission to look up an image in SSM."""
        image = self._parameters.get("ImageId", "")
        if image.startswith("resolve:ssm:"):
            name = image.removeprefix("resolve:ssm:")
            account = "" if name.startswith("/aws/") else DEFAULT_ACCOUNT_ID
            yield RequiredPermission("ssm:GetParameters", f"arn:{self._partition}:ssm:{self._region}:{account}:parameter{name}")

    def for_the_role(self) -> Iterator[RequiredPermission]:
        """Yields iam:PassRole for the role that is passed.

        AWS does not promise iam:PassedToService for AddRoleToInstanceProfile.
        https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
        """
        if self._call.operation == "AddRoleToInstanceProfile":
            of_any = f"arn:{self._partition}:ec2:*:{DEFAULT_ACCOUNT_ID}:instance/*"
            yield RequiredPermission("iam:PassRole", self._role(self._parameters["RoleName"]), {"iam:AssociatedResourceArn": of_any})
        elif self._call.operation in PASSING:
            suffix = ".cn" if self._partition == "aws-cn" else ""
            context = {"iam:PassedToService": f"ec2.amazonaws.com{suffix}"}
            for role in self._passed():
                yield RequiredPermission("iam:PassRole", role, context)

    def _passed(self) -> list[str]:
        named = self._parameters.get("IamInstanceProfile", {})
        for profile in self._iam.instance_profiles.values():
            if named.get("Name", "").lower() == profile.name.lower() or named.get("Arn") == profile.arn:
                return [role.arn for role in profile.roles]
        return []

    def _groups(self) -> list[str]:
        if self._call.operation.startswith("Describe"):
            return []
        tagged = {each["ResourceId"]: None for each in self._parameters.get("Tags", []) if "ResourceId" in each}
        name = self._parameters.get("AutoScalingGroupName")
        place = f"{self._region}:{DEFAULT_ACCOUNT_ID}"
        names = [name] if name else list(tagged)
        return [f"arn:{self._partition}:autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{each}" for each in names]

    def _ec2_resources(self) -> list[str]:
        operation = self._call.operation
        if operation.startswith("Describe"):
            return []
        if operation == "RunInstances":
            return [self._ec2_arn(f"{kind}/*", "" if kind == "image" else DEFAULT_ACCOUNT_ID) for kind in LAUNCHED]
        if operation in FLEET_CHANGES:
            return [self._ec2_arn(FLEET_CHANGES[operation].format_map(self._parameters)), *map(self._template, _specifications_in(self._call))]
        if "LaunchTemplate" in operation:
            return [self._template({} if operation == "CreateLaunchTemplate" else self._parameters)]
        if operation in TAGGING:
            return [self._ec2_arn(f"{TYPES.get(each.partition('-')[0], '*')}/{each}") for each in self._parameters.get("Resources", [])]
        ids = self._parameters.get("InstanceIds") or [self._parameters.get("InstanceId") or self._associated()]
        security_groups = self._parameters.get("Groups", []) if operation == "ModifyInstanceAttribute" else []
        named = [*(f"instance/{each}" for each in ids if each), *(f"security-group/{each}" for each in security_groups)]
        return [self._ec2_arn(each) for each in named]

    def _template(self, named: Mapping[str, Any]) -> str:
        """Returns the ARN of the launch template, which has the id even if the call has the name."""
        known = ec2_backends[DEFAULT_ACCOUNT_ID][self._region].launch_templates.values()
        by_name = (each.id for each in list(known) if each.name == named.get("LaunchTemplateName"))
        return self._ec2_arn(f"launch-template/{named.get('LaunchTemplateId') or next(by_name, '*')}")

    def _associated(self) -> str | None:
        """Returns the instance of the association that the call names."""
        backend = ec2_backends[DEFAULT_ACCOUNT_ID][self._region]
        found = table_of(backend).find(self._parameters.get("AssociationId", ""))
        return found and found.instance_id

    def _iam_resources(self) -> list[str]:
        return [self._iam_resource()]

    def _iam_resource(self) -> str:
        named = self._parameters.get(WHOSE.get(self._call.operation, ""))
        if named:
            return named
        if self._call.operation in OF_NOTHING or self._call.service != "iam":
            return "*"
        if "InstanceProfileName" in self._parameters:
            return self._profile(self._parameters["InstanceProfileName"])
        if "RoleName" in self._parameters:
            return self._role(self._parameters["RoleName"])
        user = self._parameters.get("UserName") or self._holder(self._parameters.get("AccessKeyId"))
        if user:
            return self._iam_arn(f"user/{user}")
        return self._parameters.get("PolicyArn", "*")

    def _role(self, name: str) -> str:
        return self._named(self._iam.roles.values(), "role", name)

    def _profile(self, name: str) -> str:
        return self._named(self._iam.instance_profiles.values(), "instance-profile", name)

    def _named(self, things: Any, kind: str, name: str) -> str:
        known = (each.arn for each in list(things) if each.name.lower() == name.lower())
        path = self._parameters.get("Path", "/")
        return next(known, self._iam_arn(f"{kind}{path}{name}"))

    def _holder(self, access_key_id: str | None) -> str | None:
        users = self._iam.users.values()
        return next((user.name for user in users for key in user.access_keys if key.access_key_id == access_key_id), None)

    def _iam_arn(self, rest: str) -> str:
        return f"arn:{self._partition}:iam::{DEFAULT_ACCOUNT_ID}:{rest}"

    def _ec2_arn(self, rest: str, account: str = DEFAULT_ACCOUNT_ID) -> str:
        return f"arn:{self._partition}:ec2:{self._region}:{account}:{rest}"
