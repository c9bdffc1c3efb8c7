# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role launch_group, and groups and templates as amazon.aws returns them."""

from __future__ import annotations

from typing import Any

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.existing import ExistingGroup
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.variables import GroupVariables, group_variables

LATE = "Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"


def role_variables(**others: Any) -> dict[str, Any]:
    """The role's variables without their prefix, as the role is given them."""
    usual = {
        "name": "workers",
        "image_id": "ami-12345678",
        "instance_type": "t3.micro",
        "instance_types": [],
        "profile": "web",
        "min_size": 1,
        "max_size": None,
        "desired_capacity": None,
        "purchase": "on_demand",
        "on_demand_base_capacity": 0,
        "on_demand_percentage": 50,
        "spot_allocation_strategy": "price-capacity-optimized",
        "subnet_ids": [],
        "availability_zones": [],
        "security_groups": [],
        "key_name": None,
        "user_data": None,
        "tags": {},
        "target_group_arns": [],
        "health_check_type": None,
        "health_check_grace_period": None,
        "http_put_response_hop_limit": 1,
        "wait": True,
        "on_conflict": "fail",
    }
    return {**usual, **others}


def variables(role: RoleProfile = RoleProfile(), **others: Any) -> GroupVariables:
    """The variables as the plan takes them."""
    return group_variables(role_variables(**others), role)


def template(*datas: dict[str, Any], default: int = 1) -> dict[str, Any]:
    """The launch template with a version for each of the data."""
    versions = [{"version_number": number, "launch_template_data": each} for number, each in enumerate(datas, 1)]
    return {
        "launch_template_id": "lt-1",
        "default_version_number": default,
        "latest_version_number": len(datas),
        "versions": versions,
    }


# What the role writes with the variables above
DATA = {
    "image_id": "ami-12345678",
    "instance_type": "t3.micro",
    "metadata_options": {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1, "state": "applied"},
    "iam_instance_profile": {"name": "web"},
}
SOURCE = {"launch_template_id": "lt-1", "launch_template_name": "workers", "version": "1"}


def group(**others: Any) -> dict[str, Any]:
    """The group that the role makes with the variables above."""
    usual = {
        "auto_scaling_group_name": "workers",
        "launch_template": SOURCE,
        "min_size": 1,
        "max_size": 1,
        "desired_capacity": 1,
        "health_check_type": "EC2",
        "health_check_grace_period": 300,
        "tags": [{"key": "Name", "value": "workers", "propagate_at_launch": True}],
        "instances": [{"instance_id": "i-1"}],
    }
    return {**usual, **others}


def policy(*overrides: dict[str, Any], **distribution: Any) -> dict[str, Any]:
    """A mixed instances policy of the group."""
    return {"launch_template": {"launch_template_specification": SOURCE, "overrides": list(overrides)}, "instances_distribution": distribution}


NEW = ExistingGroup({}, {})


def written(number: int, data: dict[str, Any], template_id: str = "lt-1") -> dict[str, Any]:
    """The result of ec2_launch_template that has created this version."""
    versions = [{"version_number": number, "launch_template_data": data}]
    return {"changed": True, "template": {"launch_template_id": template_id}, "latest_version": number, "versions": versions}


def existing(*datas: dict[str, Any], default: int = 1, **others: Any) -> ExistingGroup:
    """The group and its template, which has the usual data unless other data is given."""
    return ExistingGroup(group(**others), template(*(datas or (DATA,)), default=default))
