# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics that show whether software on an instance still uses IMDSv1, named as in CloudWatch.

MetadataNoToken has data while the instance runs and answers requests without a token, 0 if there are none. MetadataNoTokenRejected appears only
with a request that is refused.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from ..conditions.clock import clock
from ..ec2.instance_index import instances_anywhere
from ..ec2.instance_states import running_times
from ..ec2.metadata_options import answering_times

ANSWERED, REJECTED = NAMES = ("MetadataNoToken", "MetadataNoTokenRejected")
METRICS = "metadata_metrics"
MINUTE, DAY = 60, 86400


def count_without_token(instance: Any, answered: bool) -> None:
    """Counts a request without a token."""
    _metrics_of(instance)[ANSWERED if answered else REJECTED][_floor(clock().now(), MINUTE)] += 1


def metrics_of_instances() -> dict[str, dict[str, int]]:
    """Returns the metrics of every instance since its launch, by id."""
    return {each.id: {name: sum(found.values()) for name, found in _metrics_of(each).items()} for each in instances_anywhere()}


def sums_of(instance: Any, metric: str, start: float, end: float, period: int) -> dict[float, float]:
    """Returns the sum of each period that has data, by its beginning."""
    counted = _metrics_of(instance)[metric]
    end = min(end, clock().now())
    sums: dict[float, float] = {}
    begin = _floor(start, period)
    while begin < end:
        inside = [number for minute, number in counted.items() if begin <= minute < begin + period]
        if inside or (metric == ANSWERED and _is_measured(instance, begin, min(begin + period, end))):
            sums[begin] = sum(inside)
        begin += period
    return sums


def _is_measured(instance: Any, begin: float, end: float) -> bool:
    """Tells whether the instance ran and answered requests without a token at some time in between."""
    answering = answering_times(instance)
    return any(max(begin, since, asked) < min(end, until, left) for since, until in running_times(instance) for asked, left in answering)


def _floor(moment: float, period: int) -> float:
    return math.floor(moment / period) * period


def _metrics_of(instance: Any) -> dict[str, Counter[float]]:
    """Returns the requests in each minute, which are an attribute of the instance."""
    metrics: dict[str, Counter[float]] = vars(instance).setdefault(METRICS, {name: Counter() for name in NAMES})
    return metrics
