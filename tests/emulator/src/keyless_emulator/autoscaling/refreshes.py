# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes: a group's instances are replaced one after the other, by the emulator's clock."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from ..conditions.clock import clock
from ..conditions.transitions import transitions
from ..server.paging import listed_page
from .maintenance import maintain
from .schedule import schedule_of

PAGE = 100
BUSY = ("Pending", "InProgress", "RollbackInProgress", "Cancelling")


@dataclass
class Refresh:
    """An instance refresh, and the instances that it has yet to replace."""

    group: Any
    desired: dict[str, Any]
    preferences: dict[str, Any]
    left: list[Any]
    identifier: str = field(default_factory=lambda: str(uuid4()))
    status: str = "Pending"
    reason: str | None = None
    began: float = field(default_factory=lambda: clock().now())
    ended: float | None = None
    before: dict[str, Any] = field(default_factory=dict)
    total: int = 0

    def show(self) -> dict[str, Any]:
        """Returns the refresh as AWS describes it."""
        done = self.total - len(self.left)
        return {
            "InstanceRefreshId": self.identifier,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StatusReason": self.reason,
            "StartTime": _time(self.began),
            "EndTime": _time(self.ended) if self.ended else None,
            "PercentageComplete": 100 * done // self.total if self.total else 100,
            "InstancesToUpdate": len(self.left),
            "Preferences": self.preferences or None,
            "DesiredConfiguration": self.desired or None,
        }

    def begin(self) -> None:
        """Applies the desired configuration to instances that are launched from now on."""
        self.before = source_of(self.group)
        self.total = len(self.left)
        set_source(self.group, self.desired)
        self.status = "InProgress"
        self._later()

    def step(self) -> None:
        """Replaces the next instance. Ends when none is left, or when the group can't launch."""
        if self.status not in ("InProgress", "RollbackInProgress"):
            return
        if not self.left:
            self._end({"InProgress": "Successful", "RollbackInProgress": "RollbackSuccessful"}[self.status])
            return
        member = self.left.pop(0)
        serving = len(self.group.active_instances())
        if member in self.group.instance_states:
            self.group.ec2_backend.terminate_instances([member.instance_id])
        maintain(self.group)
        if len(self.group.active_instances()) < serving:
            self._fail()
        else:
            self._later()

    def roll_back(self) -> None:
        """Restores the former configuration, and replaces again what was already replaced."""
        old = set(map(id, self.left))
        self.left = [each for each in self.group.active_instances() if id(each) not in old]
        self.total = len(self.left)
        set_source(self.group, self.before)
        self.status = "RollbackInProgress"
        self._later()

    def cancel(self) -> None:
        """Stops the refresh. Replaced instances stay, but the group gets its former configuration."""
        set_source(self.group, self.before)
        self._end("Cancelled")

    def _fail(self) -> None:
        self.reason = "The group could not launch an instance."
        if self.status == "InProgress" and self.preferences.get("AutoRollback") in (True, "true"):
            self.roll_back()
        else:
            self._end({"InProgress": "Failed", "RollbackInProgress": "RollbackFailed"}[self.status])

    def _later(self) -> None:
        schedule_of(self.group.autoscaling_backend).add(transitions().until("replacing"), self.step)

    def _end(self, status: str) -> None:
        self.status, self.ended = status, clock().now()


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def source_of(group: Any) -> dict[str, Any]:
    """Returns the group's source, as a desired configuration."""
    if group.mixed_instances_policy:
        return {"MixedInstancesPolicy": copy.deepcopy(group.mixed_instances_policy)}
    if group.ec2_launch_template:
        return {"LaunchTemplate": {"LaunchTemplateId": group.ec2_launch_template.id, "Version": group.launch_template_version}}
    return {"LaunchConfigurationName": group.launch_configuration_name}


def set_source(group: Any, desired: dict[str, Any]) -> None:
    """Sets the group's source, if the configuration names one."""
    # pylint: disable-next=protected-access
    group._set_launch_configuration(desired.get("LaunchConfigurationName"), desired.get("LaunchTemplate"), desired.get("MixedInstancesPolicy"))


def patch_refreshes() -> None:
    """Adds the operations, all of which moto lacks."""
    AutoScalingResponse.start_instance_refresh = _start
    AutoScalingResponse.cancel_instance_refresh = _cancel
    AutoScalingResponse.rollback_instance_refresh = _roll_back
    AutoScalingResponse.describe_instance_refreshes = _describe


def _start(response: Any) -> ActionResult:
    # pylint: disable=protected-access
    group = _group(response)
    if any(each.status in BUSY for each in _refreshes(group)):
        text = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."
        raise AutoscalingClientError("InstanceRefreshInProgress", text)
    desired = response._get_param("DesiredConfiguration") or {}
    preferences = response._get_param("Preferences") or {}
    refresh = Refresh(group, desired, preferences, list(group.active_instances()))
    refresh.begin()
    _refreshes(group).append(refresh)
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _cancel(response: Any) -> ActionResult:
    refresh = _busy(response)
    refresh.cancel()
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _roll_back(response: Any) -> ActionResult:
    refresh = _busy(response)
    refresh.roll_back()
    return ActionResult({"InstanceRefreshId": refresh.identifier})


def _describe(response: Any) -> ActionResult:
    # pylint: disable=protected-access
    wanted = response._get_param("InstanceRefreshIds") or []
    rows = [each.show() for each in reversed(_refreshes(_group(response))) if not wanted or each.identifier in wanted]
    size = response._get_int_param("MaxRecords") or PAGE
    page, token = listed_page(rows, size, response._get_param("NextToken"))
    return ActionResult({"InstanceRefreshes": page, "NextToken": token})


def _busy(response: Any) -> Refresh:
    group = _group(response)
    busy = [each for each in _refreshes(group) if each.status in BUSY]
    if not busy:
        text = f"No in progress or pending Instance Refresh found for Auto Scaling group {group.name}"
        raise AutoscalingClientError("ActiveInstanceRefreshNotFound", text)
    return busy[0]


def _group(response: Any) -> Any:
    # pylint: disable-next=protected-access
    name = response._get_param("AutoScalingGroupName")
    group = response.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise AutoscalingClientError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def _refreshes(group: Any) -> list[Refresh]:
    refreshes: list[Refresh] = vars(group).setdefault("refreshes", [])
    return refreshes
