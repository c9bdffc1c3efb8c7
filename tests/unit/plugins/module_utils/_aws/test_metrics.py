# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to CloudWatch's metrics, checked against botocore's service model."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from botocore.stub import ANY, Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.metrics import Metrics
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import DailySums, Window

WINDOW = Window(2, datetime(2026, 3, 15, 12, 30, tzinfo=timezone.utc))
DAYS = [WINDOW.since + timedelta(days=number) for number in range(3)]


def result(number, status="Complete", **by_day):
    days = [DAYS[int(name[1:])] for name in by_day]
    return {"Id": f"m{number}", "Label": "x", "Timestamps": days, "Values": list(by_day.values()), "StatusCode": status}


@pytest.fixture(name="metrics")
def _metrics(make_client):
    """The gateway, and a function that adds a page of a response."""
    client = make_client("cloudwatch")
    with Stubber(client) as stubber:

        def page(*results, queries=ANY, **more):
            times = {"StartTime": WINDOW.since, "EndTime": datetime(2026, 3, 15, 13, tzinfo=timezone.utc)}
            token = {"NextToken": more.pop("token")} if "token" in more else {}
            stubber.add_response("get_metric_data", {"MetricDataResults": list(results), **more}, {"MetricDataQueries": queries, **times, **token})

        page.stubber = stubber
        yield Metrics(client), page
        stubber.assert_no_pending_responses()


def test_instances_without_data_differ_from_those_with_zero(metrics):
    gateway, page = metrics
    metric = {"Namespace": "AWS/EC2", "MetricName": "MetadataNoToken", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}
    query = {"Id": "m0", "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "Sum"}}
    page(result(0, d0=0.0, d1=3.0), queries=[query])
    assert gateway.imdsv1_requests(["i-1"], WINDOW) == {"i-1": DailySums({DAYS[0]: 0, DAYS[1]: 3})}
    page(result(0), result(1, d2=1.0))
    assert gateway.imdsv1_requests(["i-1", "i-2"], WINDOW) == {"i-1": DailySums({}), "i-2": DailySums({DAYS[2]: 1})}


def test_a_metric_can_be_on_several_pages(metrics):
    gateway, page = metrics
    page(result(0, d0=1.0), result(1, "PartialData", d0=2.0), NextToken="more")
    page(result(1, d1=3.0), token="more")
    assert gateway.imdsv1_requests(["i-1", "i-2"], WINDOW) == {"i-1": DailySums({DAYS[0]: 1}), "i-2": DailySums({DAYS[0]: 2, DAYS[1]: 3})}


@pytest.mark.parametrize("results", [[], [result(0, "PartialData", d0=0.0)], [result(0, "InternalError")], [result(0, "Forbidden")]])
def test_what_did_not_come_is_incomplete(metrics, results):
    gateway, page = metrics
    page(*results)
    assert gateway.imdsv1_requests(["i-1"], WINDOW)["i-1"].is_complete is False


def test_a_call_that_is_throttled_after_botocores_retries_is_repeated(metrics, clock):
    gateway, page = metrics
    page.stubber.add_client_error("get_metric_data", "Throttling", "Rate exceeded", http_status_code=400)
    page(result(0, d0=1.0))
    assert gateway.imdsv1_requests(["i-1"], WINDOW) == {"i-1": DailySums({DAYS[0]: 1})} and len(clock.naps) == 1


def test_a_response_without_values_is_an_error(metrics):
    gateway, page = metrics
    page({"Id": "m0", "StatusCode": "Complete"})
    with pytest.raises(AwsError) as error:
        gateway.imdsv1_requests(["i-1"], WINDOW)
    assert (error.value.code, error.value.operation) == ("UnexpectedAnswer", "cloudwatch:GetMetricData")


@pytest.mark.parametrize(("count", "calls"), [(0, 0), (1, 1), (500, 1), (501, 2)])
def test_a_call_is_for_500_instances(metrics, count, calls):
    gateway, page = metrics
    for _number in range(calls):
        page()
    assert len(gateway.imdsv1_requests([f"i-{number}" for number in range(count)], WINDOW)) == count
