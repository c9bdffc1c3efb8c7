# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about groups: what AWS refuses, and what an update leaves unchanged."""

from __future__ import annotations

import copy
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.ec2.exceptions import EC2ClientError

from ..ec2.profiles import usable_profile
from .mixed_instances import check_policy
from .sources import check_sources, profile_named, version_of


def patch_sources() -> None:
    """Replaces one kind of source with another, and requires it to exist and to be usable. moto keeps both."""
    original = FakeAutoScalingGroup._set_launch_configuration  # pylint: disable=protected-access

    def set_launch_configuration(self: Any, name: Any, template: Any, mixed_instances_policy: Any) -> None:
        if not (name or template or mixed_instances_policy):
            return
        self.launch_config, self.launch_configuration_name, self.ec2_launch_template = None, None, None
        self.mixed_instances_policy = copy.deepcopy(mixed_instances_policy)
        try:
            original(self, name, template, self.mixed_instances_policy)
        except EC2ClientError as error:
            text = f"You must use a valid fully-formed launch template. {error.message}"
            raise AutoscalingClientError("ValidationError", text) from error
        except KeyError as error:
            text = f"Launch configuration name not found - Launch configuration {name} not found"
            raise AutoscalingClientError("ValidationError", text) from error
        check_sources(self)
        check_policy(self)
        _name_templates(self)

    FakeAutoScalingGroup._set_launch_configuration = set_launch_configuration  # pylint: disable=protected-access


def patch_update() -> None:
    """Keeps what an update does not name, including a mixed instances policy, and the distribution of a new one."""
    original = AutoScalingBackend.update_auto_scaling_group

    def update_auto_scaling_group(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        group = self.autoscaling_groups.get(name)
        given = kwargs.get("mixed_instances_policy")
        kept = group and _as_given(group.mixed_instances_policy)
        if kept and given:
            kwargs["mixed_instances_policy"] = {**kept, **given}
        elif kept and not (kwargs.get("launch_template") or kwargs.get("launch_config_name")):
            kwargs["mixed_instances_policy"] = kept
        before = dict(vars(group)) if group else {}
        try:
            return original(self, name, *args, **kwargs)
        except AutoscalingClientError:
            # moto has changed some of it by then.
            if group:
                vars(group).update(before)
            raise

    AutoScalingBackend.update_auto_scaling_group = update_auto_scaling_group


def _name_templates(group: Any) -> None:
    """Shows the template of an override with its id and its name."""
    for override in ((group.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or ():
        specification = override.get("LaunchTemplateSpecification")
        if specification:
            if "LaunchTemplateId" in specification and "LaunchTemplateName" in specification:
                text = "Valid requests must contain either launchTemplateId or LaunchTemplateName"
                raise AutoscalingClientError("ValidationError", text)
            template = version_of(group.ec2_backend, specification).template
            specification.update(LaunchTemplateId=template.id, LaunchTemplateName=template.name)


def _as_given(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    """Returns the policy as a request may contain it. A shown policy names a template by id and name, but a request may use only one of them."""
    policy = copy.deepcopy(policy)
    if policy:
        template = policy["LaunchTemplate"]
        for place in (template, *template.get("Overrides", ())):
            place.get("LaunchTemplateSpecification", {}).pop("LaunchTemplateName", None)
    return policy


def patch_create() -> None:
    """Refuses a name that is taken. moto replaces the group."""
    original = AutoScalingBackend.create_auto_scaling_group

    def create_auto_scaling_group(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in self.autoscaling_groups:
            text = "AutoScalingGroup by this name already exists - A group with this name already exists"
            raise AutoscalingClientError("AlreadyExists", text)
        return original(self, name, *args, **kwargs)

    AutoScalingBackend.create_auto_scaling_group = create_auto_scaling_group


def patch_deletion() -> None:
    """Refuses to delete a group that has instances without ForceDelete. moto always deletes it."""
    original = AutoScalingResponse.delete_auto_scaling_group

    def delete_auto_scaling_group(self: Any) -> Any:
        # pylint: disable=protected-access
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group and group.active_instances() and not self._get_bool_param("ForceDelete"):
            text = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group."
            raise AutoscalingClientError("ResourceInUse", text)
        return original(self)

    AutoScalingResponse.delete_auto_scaling_group = delete_auto_scaling_group


def patch_public_addresses() -> None:
    """Leaves out the setting for public addresses if a launch configuration has none. moto shows false."""
    original = AutoScalingResponse.create_launch_configuration

    def create_launch_configuration(self: Any) -> Any:
        answer = original(self)
        # pylint: disable=protected-access
        if self._get_param("AssociatePublicIpAddress") is None:
            made = self.autoscaling_backend.launch_configurations[self._get_param("LaunchConfigurationName")]
            made.associate_public_ip_address = None
        return answer

    AutoScalingResponse.create_launch_configuration = create_launch_configuration


def patch_launch_configurations() -> None:
    """Refuses a launch configuration's name that is taken, a missing instance profile, and the deletion of one that is in use."""
    create, delete = AutoScalingBackend.create_launch_configuration, AutoScalingBackend.delete_launch_configuration

    def create_launch_configuration(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in self.launch_configurations:
            text = f"Launch Configuration by this name already exists - {name}"
            raise AutoscalingClientError("AlreadyExists", text)
        profile = kwargs.get("instance_profile_name")
        if profile:
            try:
                usable_profile(self.ec2_backend, profile_named(profile))
            except EC2ClientError as error:
                raise AutoscalingClientError("ValidationError", f"Invalid IamInstanceProfile: {profile}") from error
        return create(self, name, *args, **kwargs)

    def delete_launch_configuration(self: Any, launch_configuration_name: str) -> None:
        if launch_configuration_name not in self.launch_configurations:
            text = f"Launch configuration name not found - {launch_configuration_name}"
            raise AutoscalingClientError("ValidationError", text)
        groups = self.autoscaling_groups.values()
        if any(each.launch_config is self.launch_configurations[launch_configuration_name] for each in groups):
            text = f"Cannot delete launch configuration {launch_configuration_name} because it is attached to a group"
            raise AutoscalingClientError("ResourceInUse", text)
        delete(self, launch_configuration_name)

    AutoScalingBackend.create_launch_configuration = create_launch_configuration
    AutoScalingBackend.delete_launch_configuration = delete_launch_configuration
