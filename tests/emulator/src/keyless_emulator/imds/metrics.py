# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics that show whether software on an instance still uses IMDSv1, named as in CloudWatch."""

from __future__ import annotations

from typing import Any

from ..ec2.instance_index import instances_anywhere

METRICS = "metadata_metrics"


def count_without_token(instance: Any, answered: bool) -> None:
    """Counts a request without a token."""
    _metrics_of(instance)["MetadataNoToken" if answered else "MetadataNoTokenRejected"] += 1


def metrics_of_instances() -> dict[str, dict[str, int]]:
    """Returns the metrics of every instance, by id."""
    return {each.id: dict(_metrics_of(each)) for each in instances_anywhere()}


def _metrics_of(instance: Any) -> dict[str, int]:
    """Returns the metrics of an instance, which are an attribute of it."""
    metrics: dict[str, int] = vars(instance).setdefault(METRICS, {"MetadataNoToken": 0, "MetadataNoTokenRejected": 0})
    return metrics
