# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to CloudWatch's metrics of instances."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Iterable, Mapping, Sequence

from .._values.metadata_use import DAY, DailySums, Window
from .attempts import is_throttled, retry
from .calls import read
from .parallel import chunks, each_in_parallel

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
METRICS_IN_A_CALL = 500
WORKERS = 4  # parallel reads
COMPLETE = "Complete"


class Metrics:
    """CloudWatch's metrics of a region through one boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def imdsv1_requests(self, instance_ids: Sequence[str], window: Window) -> dict[str, DailySums]:
        """The answered requests without a token of each instance, for each day that has data; N/500 calls, more for many days."""
        found: dict[str, DailySums] = {}
        for part in each_in_parallel(lambda ids: self._read(ids, window), chunks(instance_ids, METRICS_IN_A_CALL), WORKERS):
            found.update(part)
        return found

    def _read(self, instance_ids: Sequence[str], window: Window) -> dict[str, DailySums]:
        queries = [_query(number, each) for number, each in enumerate(instance_ids)]
        # Days begin at midnight, so CloudWatch's rounding changes nothing.
        times = {"StartTime": window.since, "EndTime": window.until}
        doing = "read the metric MetadataNoToken of the instances"

        def call() -> Any:
            return read(self._client, "cloudwatch:GetMetricData", "*", doing, MetricDataQueries=queries, **times)

        response = retry(call, is_throttled)
        by_id: dict[str, list[Mapping[str, Any]]] = {}
        for each in response["MetricDataResults"]:
            by_id.setdefault(each["Id"], []).append(each)
        return {instance_id: _sums(by_id.get(query["Id"], ())) for query, instance_id in zip(queries, instance_ids)}


def _query(number: int, instance_id: str) -> dict[str, Any]:
    metric = {"Namespace": "AWS/EC2", "MetricName": "MetadataNoToken", "Dimensions": [{"Name": "InstanceId", "Value": instance_id}]}
    return {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": int(DAY.total_seconds()), "Stat": "Sum"}}


def _sums(results: Iterable[Mapping[str, Any]]) -> DailySums:
    """The sums of a metric, which can be spread over several pages.  The last page says whether they are complete."""
    results = list(results)
    sums: dict[datetime, float] = {}
    for each in results:
        for when, value in zip(each["Timestamps"], each["Values"]):
            day = when.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
            sums[day] = sums.get(day, 0) + value
    return DailySums(sums, bool(results) and results[-1].get("StatusCode") == COMPLETE)
