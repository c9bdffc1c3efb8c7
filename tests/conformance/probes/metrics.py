# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's metrics of the metadata service."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from ..aws import Aws
from ..probe import documented, expect, probe, refused, same, unknown
from ..waiting import eventually

GET_METRIC_DATA = "CloudWatch API Reference: GetMetricData"
METRICS = "EC2 User Guide: CloudWatch metrics that are available for your instances"
METRIC_SECONDS = 1200  # basic monitoring takes some minutes


def query(instance_id: str, name: str = "m", period: int = 300) -> dict[str, Any]:
    metric = {"Namespace": "AWS/EC2", "MetricName": "MetadataNoToken", "Dimensions": [{"Name": "InstanceId", "Value": instance_id}]}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}}


def data_of(aws: Aws, queries: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    end = datetime.now(timezone.utc) + timedelta(minutes=5)
    times = {"StartTime": end - timedelta(days=1), "EndTime": end}
    return aws.client("cloudwatch").get_metric_data(MetricDataQueries=queries, **times, **options)


@probe(
    "MetadataNoToken of a running instance that answers IMDSv1 is 0 if nothing uses it.",
    documented(METRICS),
    "_values/metadata_use.py",
    instances=1,
)
def metric_without_use(aws: Aws) -> None:
    [instance_id] = aws.resources.launch(MetadataOptions={"HttpTokens": "optional"})

    def values() -> list[float]:
        [found] = data_of(aws, [query(instance_id)])["MetricDataResults"]
        same(found["StatusCode"], "Complete")
        return found["Values"]

    found = eventually(values, bool, METRIC_SECONDS)
    expect(all(value >= 0 for value in found), found)
    aws.resources.terminate(instance_id)


@probe("GetMetricData takes at most 500 queries.", documented(GET_METRIC_DATA), "_aws/metrics.py")
def queries_of_metrics(aws: Aws) -> None:
    with refused(("ValidationError", "ValidationException")):
        data_of(aws, [query(aws.resources.shared_instance, f"m{number}") for number in range(501)])


@probe("GetMetricData has pages, and a metric can be on several.", documented(GET_METRIC_DATA), "_aws/metrics.py")
def pages_of_metrics(aws: Aws) -> None:
    found = data_of(aws, [query(aws.resources.shared_instance)], MaxDatapoints=1)
    expect(all(len(each["Values"]) <= 1 for each in found["MetricDataResults"]), found)
    if found.get("NextToken"):
        same(found["MetricDataResults"][0]["StatusCode"], "PartialData")


@probe(
    "GetMetricData has no values of an instance that does not exist, and no error.",
    unknown("Is the status of such a metric Complete?"),
    "_values/metadata_use.py",
)
def metric_of_unknown_instance(aws: Aws) -> None:
    [found] = data_of(aws, [query("i-0123456789abcdef0")])["MetricDataResults"]
    same(found["Values"], [])
