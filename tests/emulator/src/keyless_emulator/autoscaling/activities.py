# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group's scaling activities, including failed ones."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from ..conditions.clock import clock
from ..server.paging import listed_page

PAGE = 100


def patch_activities() -> None:
    """Adds DescribeScalingActivities, the latest activity first. moto lacks it."""

    def describe_scaling_activities(self: Any) -> ActionResult:
        # pylint: disable=protected-access
        name = self._get_param("AutoScalingGroupName")
        groups = self.autoscaling_backend.describe_auto_scaling_groups([name] if name else [])
        rows = [row for group in groups for row in reversed(_activities(group))]
        page, token = listed_page(rows, self._get_int_param("MaxRecords") or PAGE, self._get_param("NextToken"))
        return ActionResult({"Activities": page, "NextToken": token})

    AutoScalingResponse.describe_scaling_activities = describe_scaling_activities


def launched(group: Any, instance_id: str) -> None:
    """Records that the group has launched an instance."""
    _note(group, f"Launching a new EC2 instance: {instance_id}", "Successful")


def terminated(group: Any, instance_id: str) -> None:
    """Records that an instance of the group has ended."""
    _note(group, f"Terminating EC2 instance: {instance_id}", "Successful")


def failed(group: Any, message: str) -> None:
    """Records why the group could not launch."""
    _note(group, "Launching a new EC2 instance", "Failed", f"{message}. Launching EC2 instance failed.")


def _note(group: Any, description: str, status: str, message: str | None = None) -> None:
    now = datetime.fromtimestamp(clock().now(), timezone.utc)
    _activities(group).append(
        {
            "ActivityId": str(uuid4()),
            "AutoScalingGroupName": group.name,
            "Description": description,
            "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} the number of instances was not the desired capacity.",
            "StartTime": now,
            "EndTime": now,
            "StatusCode": status,
            "StatusMessage": message,
            "Progress": 100,
            "AutoScalingGroupARN": group.arn,
        }
    )


def _activities(group: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = vars(group).setdefault("activities", [])
    return rows
