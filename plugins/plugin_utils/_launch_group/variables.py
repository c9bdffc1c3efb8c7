# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role launch_group, and what can be wrong with them.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import name_in_arn, same_name
from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import MAX_SECONDS
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile, missing_profile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.variables import HOPS, IMAGE, IMAGE_EXAMPLE, MAX_USER_DATA
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.checks import (
    Check,
    errors_of,
    length,
    no_spaces_alone,
    number,
    pattern,
    profile,
    tags,
    texts,
)

NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")  # of a launch template
HEALTH_CHECK_TYPES = ("EC2", "ELB")


@dataclass(frozen=True)
class GroupVariables:
    """The role's variables without their prefix; ``tags`` include the name, lists are sorted except for ``instance_types``."""

    name: str
    image_id: str
    instance_type: str
    instance_types: list[str]
    profile: Optional[str]
    min_size: int
    max_size: Optional[int]
    desired_capacity: Optional[int]
    purchase: str
    on_demand_base_capacity: int
    on_demand_percentage: int
    spot_allocation_strategy: str
    subnet_ids: list[str]
    availability_zones: list[str]
    security_groups: list[str]
    key_name: Optional[str]
    user_data: Optional[str]
    tags: Mapping[str, Any]
    target_group_arns: list[str]
    health_check_type: Optional[str]
    health_check_grace_period: Optional[int]
    http_put_response_hop_limit: int
    wait: bool
    on_conflict: str = "fail"
    role: RoleProfile = field(default_factory=RoleProfile)

    def has_profile(self, name: str) -> bool:
        """Whether this is the name of the instance profile that the group should have."""
        return same_name(name, name_in_arn(self.profile or ""))

    def errors(self) -> list[str]:
        """A message for each variable with an invalid value."""
        return list(self._errors())

    def _errors(self) -> Iterator[str]:
        if not self.profile:
            yield missing_profile("launch_group")
        if not NAME.fullmatch(self.name):
            yield (
                f"launch_group_name: '{self.name}' is not a valid name for a launch template. "
                "Use 3 to 128 letters, digits and the characters ( ) . - / _."
            )
        yield from self._errors_of_sizes()
        if self.purchase == "on_demand" and self.instance_types:
            yield (
                "launch_group_instance_types: requires launch_group_purchase spot or mixed. "
                "A group of On-Demand Instances uses launch_group_instance_type."
            )
        if self.subnet_ids and self.availability_zones:
            yield "launch_group_availability_zones: can't be combined with launch_group_subnet_ids. The subnets determine the zones."
        if self.health_check_type and self.health_check_type not in HEALTH_CHECK_TYPES:
            yield f"launch_group_health_check_type: must be {' or '.join(HEALTH_CHECK_TYPES)}, not '{self.health_check_type}'."

    def _errors_of_sizes(self) -> Iterator[str]:
        sizes = [each for each in (0, self.min_size, self.desired_capacity, self.max_size) if each is not None]
        if sizes != sorted(sizes):
            yield (
                "launch_group_desired_capacity: must be between launch_group_min_size and launch_group_max_size, which can't be negative. "
                f"The minimum is {self.min_size}, the maximum {_size(self.max_size)}, and the desired capacity {_size(self.desired_capacity)}."
            )
        if not 0 <= self.on_demand_percentage <= 100 or self.on_demand_base_capacity < 0:
            yield (
                "launch_group_on_demand_percentage: must be between 0 and 100, and launch_group_on_demand_base_capacity can't be negative. "
                f"They are {self.on_demand_percentage} and {self.on_demand_base_capacity}."
            )


def _size(number: Optional[int]) -> str:
    return "not set" if number is None else str(number)


def group_variables(values: Mapping[str, Any], role: RoleProfile) -> GroupVariables:
    """The variables from the values that the role was given, in which numbers may be strings."""
    given = dict(values)
    for name in ("min_size", "max_size", "desired_capacity", "on_demand_base_capacity", "on_demand_percentage"):
        given[name] = _number(given[name])
    for name in ("health_check_grace_period", "http_put_response_hop_limit"):
        given[name] = _number(given[name])
    for name in ("subnet_ids", "availability_zones", "security_groups", "target_group_arns"):
        given[name] = sorted(given[name])
    tags = {"Name": given["name"], **given["tags"]}
    return GroupVariables(**{**given, "profile": role.name(given["profile"]), "tags": tags, "role": role})


def value_errors(values: Mapping[str, Any]) -> list[str]:
    """An error for each value that is invalid by itself; ``values`` are those of the role's variables, converted."""
    lists = ("instance_types", "subnet_ids", "availability_zones", "target_group_arns")
    return errors_of(
        [
            pattern("launch_group_image_id", values["image_id"], IMAGE, IMAGE_EXAMPLE),
            profile("launch_group_instance_profile", values["profile"]),
            *(texts(f"launch_group_{name}", values[name]) for name in lists),
            _ids("launch_group_security_groups", values["security_groups"]),
            length("launch_group_user_data", values["user_data"], 0, MAX_USER_DATA),
            tags("launch_group_tags", values["tags"]),
            number("launch_group_health_check_grace_period", values["health_check_grace_period"], 0),
            number("launch_group_http_put_response_hop_limit", values["http_put_response_hop_limit"], 1, HOPS),
            number("launch_group_wait_timeout", values["wait_timeout"], 1, MAX_SECONDS),
            *no_spaces_alone("launch_group", values, ("instance_type", "key_name", "region")),
        ]
    )


def _ids(name: str, values: Any) -> Check:
    """The ids of security groups.  EC2 takes names only in a default VPC, and a group launches nothing if it does not take them."""

    def check() -> None:
        texts(name, values)()
        names = [each for each in values if not each.startswith("sg-")]
        if names:
            raise OptionError(name, f"{', '.join(names)} is not the id of a security group.", "Give ids, for example sg-0123456789abcdef0.")

    return check


def _number(value: Any) -> Optional[int]:
    return None if value is None else int(value)
