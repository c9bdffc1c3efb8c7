# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to Auto Scaling."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from .._common.change import Change
from .._common.errors import AwsError
from .._values.launch import Group
from .calls import perform, read
from .eventual_consistency import PROPAGATION_SECONDS, is_unseen_profile
from .parallel import chunks, each_in_parallel
from .responses import plain

WORKERS = 8  # parallel reads
PAGE = 100  # the maximum of DescribeAutoScalingGroups
NAMES_IN_A_CALL = 50


class AutoScaling:
    """The Auto Scaling groups of a region through one boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list_groups(self, filters: Optional[list[dict[str, Any]]] = None) -> list[Group]:
        """All groups, or those that match the filters, by name; one call for every 100."""
        selection = {"Filters": filters} if filters else {}
        doing = "list the Auto Scaling groups"
        found = read(
            self._client,
            "autoscaling:DescribeAutoScalingGroups",
            "autoScalingGroup/*",
            doing,
            PaginationConfig={"PageSize": PAGE},
            **selection,
        )
        return sorted(map(_group, found["AutoScalingGroups"]), key=lambda group: group.name)

    def read_groups(self, names: Iterable[str]) -> list[Group]:
        """The groups of these names that exist; one call for every 50."""

        def describe(some: list[str]) -> list[dict[str, Any]]:
            doing = "read the Auto Scaling groups of the instances"
            target, operation = "autoScalingGroup/*", "autoscaling:DescribeAutoScalingGroups"
            found: list[dict[str, Any]] = read(self._client, operation, target, doing, AutoScalingGroupNames=some)["AutoScalingGroups"]
            return found

        parts = each_in_parallel(describe, chunks(sorted(set(names)), NAMES_IN_A_CALL), WORKERS)
        return [_group(each) for part in parts for each in part]

    def warm_instance_ids(self, group_name: str) -> list[str]:
        """The instances in the group's warm pool."""
        doing = f"list the warm pool of the Auto Scaling group {group_name}"
        target = f"autoScalingGroup/{group_name}"
        found = read(self._client, "autoscaling:DescribeWarmPool", target, doing, AutoScalingGroupName=group_name)
        return [each["InstanceId"] for each in found["Instances"]]

    def launch_configurations(self, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """The launch configurations of these names that exist, as AWS describes them."""

        def describe(some: list[str]) -> list[dict[str, Any]]:
            doing = f"read the launch configurations {', '.join(some)}"
            target, operation = "launchConfiguration/*", "autoscaling:DescribeLaunchConfigurations"
            response = read(self._client, operation, target, doing, LaunchConfigurationNames=some)
            found: list[dict[str, Any]] = response["LaunchConfigurations"]
            return found

        parts = each_in_parallel(describe, chunks(sorted(set(names)), NAMES_IN_A_CALL), WORKERS)
        return {each["LaunchConfigurationName"]: plain(each) for part in parts for each in part}

    def update(self, change: Change) -> dict[str, Any]:
        """Makes the change of a group; repeats the call while the instance profile is not visible to EC2."""
        return perform(self._client, change, _patience)


def _patience(error: AwsError) -> float:
    """For how many seconds to repeat the call."""
    return PROPAGATION_SECONDS if _is_unseen(error) else 0


def _is_unseen(error: AwsError) -> bool:
    """Whether Auto Scaling reports that the instance profile is not visible to EC2 yet."""
    return error.code == "ValidationError" and is_unseen_profile(error)


def _group(described: Mapping[str, Any]) -> Group:
    return Group(
        name=described["AutoScalingGroupName"],
        launch_template=plain(described.get("LaunchTemplate")),
        mixed_instances_policy=plain(described.get("MixedInstancesPolicy")),
        launch_configuration_name=described.get("LaunchConfigurationName"),
        instance_ids=tuple(each["InstanceId"] for each in described.get("Instances", [])),
        has_warm_pool="WarmPoolConfiguration" in described,
        tags={each["Key"]: each.get("Value") or "" for each in described.get("Tags", [])},
        target_groups=tuple(described.get("TargetGroupARNs", ())),
    )
