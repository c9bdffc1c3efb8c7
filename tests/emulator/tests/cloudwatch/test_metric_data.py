# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's GetMetricData: the requests without a token, by instance and time."""

from __future__ import annotations

import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

DAY = 86400
NOW = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0)


def set_back(aws: Any, days: float) -> None:
    aws.http("PUT", "/emulator/clock", {"ahead": -days * DAY})


def use(aws: Any, instance_id: str, requests: int = 1) -> None:
    for _number in range(requests):
        try:
            urllib.request.urlopen(f"{aws.endpoint}/imds/{instance_id}/latest/meta-data/").close()
        except urllib.error.HTTPError as error:
            error.close()


def query(instance_id: str, metric: str = "MetadataNoToken", name: str = "m", period: int = DAY, **others: Any) -> dict[str, Any]:
    described = {"Namespace": "AWS/EC2", "MetricName": metric, "Dimensions": [{"Name": "InstanceId", "Value": instance_id}], **others}
    return {"Id": name, "MetricStat": {"Metric": described, "Period": period, "Stat": "Sum"}}


def data(aws: Any, *queries: dict[str, Any], days: float = 10, **options: Any) -> dict[str, Any]:
    start = (NOW - timedelta(days=days)).replace(hour=0)
    return aws.client("cloudwatch").get_metric_data(MetricDataQueries=list(queries), StartTime=start, EndTime=NOW + timedelta(hours=1), **options)


def values(aws: Any, *queries: dict[str, Any], **options: Any) -> list[list[float]]:
    return [each["Values"] for each in data(aws, *queries, **options)["MetricDataResults"]]


def test_a_day_has_data_if_the_instance_ran_and_answered(aws: Any) -> None:
    """It runs since six days, is used four days ago, requires tokens since two, and did not run three days ago."""
    set_back(aws, 6)
    [instance_id] = aws.launch()
    set_back(aws, 4)
    use(aws, instance_id, 3)
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    set_back(aws, 2)
    aws.ec2.start_instances(InstanceIds=[instance_id])
    aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, HttpTokens="required")
    use(aws, instance_id, 2)
    set_back(aws, 0)
    answered, rejected = data(aws, query(instance_id), query(instance_id, "MetadataNoTokenRejected", "r"))["MetricDataResults"]
    days = [(NOW - when).days for when in answered["Timestamps"]]
    assert not {0, 1, 3} & set(days) and set(days) >= {4, 5} and max(days) <= 6
    assert sum(answered["Values"]) == 3 and answered["Values"][days.index(4)] == 3
    assert (rejected["Values"], answered["StatusCode"], rejected["StatusCode"]) == ([2], "Complete", "Complete")


def test_what_has_no_data(aws: Any) -> None:
    set_back(aws, 2)
    [instance_id] = aws.launch()
    [closed] = aws.launch(MetadataOptions={"HttpEndpoint": "disabled"})
    set_back(aws, 0)
    assert (
        values(
            aws,
            query("i-0123456789abcdef0", name="a"),
            query(instance_id, "CPUUtilization", "b"),
            query(instance_id, name="c", Namespace="Own"),
            query(instance_id, name="d", Dimensions=[]),
            query(instance_id, "MetadataNoTokenRejected", "e"),
            query(closed, name="f"),
        )
        == [[]] * 6
    )
    assert (
        aws.client("cloudwatch", "us-west-2").get_metric_data(MetricDataQueries=[query(instance_id)], StartTime=NOW - timedelta(days=1), EndTime=NOW)[
            "MetricDataResults"
        ][0]["Values"]
        == []
    )


@pytest.mark.parametrize(("days", "period", "has"), [(14, 60, True), (16, 60, False), (16, 300, True), (64, 300, False), (64, 3600, True)])
def test_old_data_has_longer_periods(aws: Any, days: float, period: int, has: bool) -> None:
    set_back(aws, 0.01)
    [instance_id] = aws.launch()
    set_back(aws, 0)
    assert bool(values(aws, query(instance_id, period=period), days=days)[0]) is has


def test_data_is_kept_for_455_days(aws: Any) -> None:
    set_back(aws, 458)
    [instance_id] = aws.launch()
    set_back(aws, 0)
    [found] = data(aws, query(instance_id), days=460)["MetricDataResults"]
    assert max((NOW - when).days for when in found["Timestamps"]) == 455


def test_pages(aws: Any) -> None:
    set_back(aws, 3)
    one, other = aws.launch(2)
    set_back(aws, 0)
    queries = [query(one, name="a"), query(other, name="b"), query("i-0123456789abcdef0", name="c")]
    whole = {each["Id"]: each["Timestamps"] for each in data(aws, *queries)["MetricDataResults"]}
    found: dict[str, list[Any]] = {"a": [], "b": [], "c": []}
    token: dict[str, str] = {}
    for _number in range(10):
        page = data(aws, *queries, MaxDatapoints=3, **token)
        assert sum(len(each["Values"]) for each in page["MetricDataResults"]) <= 3
        for each in page["MetricDataResults"]:
            found[each["Id"]] += each["Timestamps"]
            is_complete = len(found[each["Id"]]) == len(whole[each["Id"]])
            assert each["StatusCode"] == ("Complete" if is_complete else "PartialData")
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == whole


def test_refusals(aws: Any, refused: Any) -> None:
    [instance_id] = aws.launch()
    with refused("ValidationError", "must not have a size greater than 500"):
        data(aws, *(query(instance_id, name=f"m{number}") for number in range(501)))
    with refused("ValidationError", "StartTime must be less than"):
        data(aws, query(instance_id), days=-2)
    with refused("ValidationError", "not unique"):
        data(aws, query(instance_id), query(instance_id))
    with refused("ValidationError", "expected pattern"):
        data(aws, query(instance_id, name="M"))
    with refused("ValidationError", "MetricDataQueries is required"):
        data(aws)
    with refused("InvalidNextToken"):
        data(aws, query(instance_id), NextToken="x")


def test_old_clients_get_xml(aws: Any) -> None:
    """Old versions of botocore send a form. The key is in the header of the signature."""
    set_back(aws, 1)
    [instance_id] = aws.launch()
    set_back(aws, 0)
    metric = "MetricDataQueries.member.1.MetricStat"
    form = {
        "Action": "GetMetricData",
        "StartTime": (NOW - timedelta(days=1)).isoformat(),
        "EndTime": (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "MetricDataQueries.member.1.Id": "m",
        f"{metric}.Metric.Namespace": "AWS/EC2",
        f"{metric}.Metric.MetricName": "MetadataNoToken",
        f"{metric}.Metric.Dimensions.member.1.Name": "InstanceId",
        f"{metric}.Metric.Dimensions.member.1.Value": instance_id,
        f"{metric}.Period": "86400",
        f"{metric}.Stat": "Sum",
    }
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={aws.key_id}/20260101/eu-west-1/monitoring/aws4_request, Signature=x"}

    def ask(fields: dict[str, str]) -> str:
        request = urllib.request.Request(aws.endpoint, urllib.parse.urlencode(fields).encode(), headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    assert "<Id>m</Id>" in ask(form) and "<Values><member>0.0</member>" in ask(form)
    assert "<Code>ValidationError</Code>" in ask({**form, "EndTime": form["StartTime"]})
