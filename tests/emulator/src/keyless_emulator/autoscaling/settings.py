# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group's other settings: sizes, cooldown, termination policies, metrics."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

METRICS = (
    *("GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances"),
    *("GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalInstances"),
)


def patch_sizes() -> None:
    """Requires the bounds to be in order and the capacity to lie between them. moto accepts anything."""
    create, update = AutoScalingBackend.create_auto_scaling_group, AutoScalingBackend.update_auto_scaling_group

    def create_auto_scaling_group(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        check_sizes(kwargs.get("min_size"), kwargs.get("max_size"), kwargs.get("desired_capacity"))
        return create(self, name, *args, **kwargs)

    def update_auto_scaling_group(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        group = self.autoscaling_groups.get(name)
        if group:
            bounds = [group.min_size, group.max_size]
            given = [kwargs.get("min_size"), kwargs.get("max_size")]
            low, high = (old if new is None else new for old, new in zip(bounds, given))
            check_sizes(low, high, kwargs.get("desired_capacity"))
        return update(self, name, *args, **kwargs)

    AutoScalingBackend.create_auto_scaling_group = create_auto_scaling_group
    AutoScalingBackend.update_auto_scaling_group = update_auto_scaling_group


def check_sizes(low: int | None, high: int | None, desired: int | None) -> None:
    """Raises AWS's ValidationError, with AWS's messages."""
    if low is None or high is None:
        return
    if high < low:
        text = f"Max bound, {high}, must be greater than or equal to min bound, {low}"
        raise AutoscalingClientError("ValidationError", text)
    if desired is not None and not low <= desired <= high:
        text = f"Desired capacity:{desired} must be between the specified min size:{low} and max size:{high}"
        raise AutoscalingClientError("ValidationError", text)


def patch_settings() -> None:
    """Makes UpdateAutoScalingGroup change the cooldown and the termination policies. moto ignores them."""
    original = AutoScalingResponse.update_auto_scaling_group

    def update_auto_scaling_group(self: Any) -> Any:
        # pylint: disable=protected-access
        answer = original(self)
        group = self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
        cooldown, policies = self._get_int_param("DefaultCooldown"), self._get_param("TerminationPolicies")
        if cooldown is not None:
            group.default_cooldown = cooldown
        if policies:
            group.termination_policies = policies
        return answer

    AutoScalingResponse.update_auto_scaling_group = update_auto_scaling_group


def patch_metrics() -> None:
    """Adds DisableMetricsCollection, which moto lacks, and keeps metrics that were enabled before."""

    def enable_metrics_collection(self: Any) -> ActionResult:
        group = _group(self)
        group.metrics = sorted({*group.metrics, *_metrics_wanted(self)})
        return EmptyResult()

    def disable_metrics_collection(self: Any) -> ActionResult:
        group = _group(self)
        group.metrics = sorted({*group.metrics} - {*_metrics_wanted(self)})
        return EmptyResult()

    AutoScalingResponse.enable_metrics_collection = enable_metrics_collection
    AutoScalingResponse.disable_metrics_collection = disable_metrics_collection


def _group(response: Any) -> Any:
    # pylint: disable=protected-access
    (group,) = response.autoscaling_backend.describe_auto_scaling_groups([response._get_param("AutoScalingGroupName")])
    return group


def _metrics_wanted(response: Any) -> list[str]:
    return response._get_param("Metrics") or list(METRICS)  # pylint: disable=protected-access
