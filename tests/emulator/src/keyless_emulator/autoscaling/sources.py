# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a group launches from: a launch configuration, or a version of a launch template, possibly of an override."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.ec2.exceptions import EC2ClientError

from ..ec2.imds_defaults import metadata_options
from ..ec2.profiles import ProfileReference, usable_profile


@dataclass(frozen=True)
class Source:
    """The launch data, as in a launch template. ``version`` is None for a launch configuration."""

    data: Mapping[str, Any]
    version: Any = None
    configuration: Any = None

    @property
    def specification(self) -> dict[str, str] | None:
        """Returns the launch template and version number, as an instance of a group shows them."""
        if self.version is None:
            return None
        template = self.version.template
        number = str(self.version.number)
        return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": number}

    def profile(self, ec2_backend: Any) -> ProfileReference | None:
        """Returns the instance profile, by the rules of RunInstances. Raises EC2's error."""
        specification = self.data.get("IamInstanceProfile")
        return usable_profile(ec2_backend, specification) if specification else None

    def check(self, ec2_backend: Any) -> None:
        """Raises EC2's error if it would not launch from this."""
        self.profile(ec2_backend)
        metadata_options(ec2_backend, self.data)


def sources_of(group: Any) -> list[Source]:
    """Returns the sources of a group: one, or one for each override. Raises EC2's error if one does not exist."""
    overrides = ((group.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or [{}]
    return [_source(group, each) for each in overrides]


def _source(group: Any, override: Mapping[str, Any]) -> Source:
    if group.ec2_launch_template is None:
        return Source(_data_of(group.launch_config), configuration=group.launch_config)
    specification = override.get("LaunchTemplateSpecification")
    version = version_of(group.ec2_backend, specification) if specification else _own_version(group)
    own = {"InstanceType": override["InstanceType"]} if override.get("InstanceType") else {}
    return Source({**version.data, **own}, version)


def _own_version(group: Any) -> Any:
    return group.ec2_launch_template.get_version(group.launch_template_version)


def specifications_in(parameters: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Returns the launch templates that a request names as the source of a group."""
    mixed = (parameters.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    for place in (mixed, *(mixed.get("Overrides") or ())):
        if place.get("LaunchTemplateSpecification"):
            yield place["LaunchTemplateSpecification"]
    if parameters.get("LaunchTemplate"):
        yield parameters["LaunchTemplate"]


def version_of(backend: Any, specification: Mapping[str, str]) -> Any:
    """Returns the version that a specification names. Raises EC2's error."""
    template_id, name = specification.get("LaunchTemplateId"), specification.get("LaunchTemplateName")
    template = backend.get_launch_template(template_id) if template_id else backend.get_launch_template_by_name(name)
    return template.get_version(specification.get("Version") or "$Default")


def _data_of(configuration: Any) -> dict[str, Any]:
    profile = configuration.iam_instance_profile
    data = {
        "ImageId": configuration.image_id,
        "InstanceType": configuration.instance_type,
        "KeyName": configuration.key_name,
        "UserData": configuration.user_data,
        "SecurityGroups": configuration.security_groups,
        "MetadataOptions": configuration.metadata_options,
        "IamInstanceProfile": profile_named(profile) if profile else None,
    }
    return {key: value for key, value in data.items() if value}


def profile_named(name_or_arn: str) -> dict[str, str]:
    """Returns the profile in EC2's form. A launch configuration has its name or ARN in one string."""
    return {"Arn" if name_or_arn.startswith("arn:") else "Name": name_or_arn}


def check_sources(group: Any) -> None:
    """Raises ValidationError if EC2 would not launch from the group's sources.

    The message is AWS's, as in hashicorp/terraform-provider-aws#15531 and other issues.
    """
    try:
        for source in sources_of(group):
            source.check(group.ec2_backend)
    except EC2ClientError as error:
        text = f"You must use a valid fully-formed launch template. {error.message}"
        raise AutoscalingClientError("ValidationError", text) from error
