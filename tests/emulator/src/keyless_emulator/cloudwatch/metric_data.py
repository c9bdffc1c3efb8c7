# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's GetMetricData for the metrics of requests without a token. moto's is kinder, and has no data of instances.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timezone
from threading import RLock
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import get_account_id_from

from ..conditions.clock import clock
from ..ec2.instance_index import index_of
from ..imds.metrics import DAY, NAMES, sums_of
from ..server.calls import Call
from ..server.errors import AwsError
from ..server.http_messages import SIGNING_NAMES, Answer, Request, parse_call, protocol_of, service_of
from ..server.wire import answer_in

SERVICE, OPERATION = "cloudwatch", "GetMetricData"
QUERIES = 500
DATAPOINTS = 100_800
ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
# Data that is older than so many days has a period of at least so many seconds, and none is kept longer than KEPT days.
PERIODS = ((63, 3600), (15, 300), (0, 60))
KEPT = 455


class CloudWatch:
    """The service. ``lock`` is the lock of moto's state."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock

    @staticmethod
    def is_for(request: Request) -> bool:
        """Tells whether the request is a call of the only operation."""
        return SIGNING_NAMES.get(service_of(request)) == SERVICE and parse_call(request).operation == OPERATION

    def answer(self, request: Request) -> Answer:
        """Returns the data. Raises AwsError."""
        call = parse_call(request)
        with self._lock:
            members = _page(call)
        return answer_in(protocol_of(request), OPERATION, members)


def _page(call: Call) -> dict[str, Any]:
    """Returns a page of data. A metric of which more follows on the next page has the status PartialData."""
    given = call.parameters
    start, end = (_seconds(given.get(name), name) for name in ("StartTime", "EndTime"))
    queries = given.get("MetricDataQueries") or []
    _check(queries, start, end)
    first, left = _position_in(given.get("NextToken")), int(given.get("MaxDatapoints") or DATAPOINTS)
    results, position = [], 0
    for query in queries:
        points = sorted(_points(call, query["MetricStat"], start, end).items(), reverse=given.get("ScanBy") != "TimestampAscending")
        own = points[max(0, first - position) :][:left]
        is_shown = bool(own) or (not points and not first)
        is_complete = max(0, first - position) + len(own) >= len(points)
        if is_shown:
            results.append(_result(query, own, "Complete" if is_complete else "PartialData"))
        left -= len(own)
        position += len(points)
    taken = first + sum(len(each["Values"]) for each in results)
    return {"MetricDataResults": results, "Messages": [], **({"NextToken": _token_at(taken)} if taken < position else {})}


def _result(query: Mapping[str, Any], points: list[tuple[float, float]], status: str) -> dict[str, Any]:
    times = [datetime.fromtimestamp(when, timezone.utc) for when, _value in points]
    label = query.get("Label") or query["MetricStat"]["Metric"]["MetricName"]
    return {"Id": query["Id"], "Label": label, "Timestamps": times, "Values": [float(value) for _when, value in points], "StatusCode": status}


def _check(queries: list[Mapping[str, Any]], start: float, end: float) -> None:
    ids = [str(each.get("Id")) for each in queries]
    if not queries:
        raise _invalid("The parameter MetricDataQueries is required.")
    if len(queries) > QUERIES:
        raise _invalid(f"The collection MetricDataQueries must not have a size greater than {QUERIES}.")
    if start >= end:
        raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
    if len(set(ids)) < len(ids):
        raise _invalid("The values for parameter id in MetricDataQueries are not unique.")
    for each in queries:
        if not ID.fullmatch(str(each.get("Id"))):
            raise _invalid(
                f"The value {each.get('Id')} for parameter MetricDataQueries.member.1.Id is not matching the expected pattern {ID.pattern}."
            )
        if "MetricStat" not in each or each["MetricStat"].get("Stat") != "Sum":
            raise AwsError("NotImplemented", "The emulator's CloudWatch has only the statistic Sum, and no expressions.", 501)


def _points(call: Call, wanted: Mapping[str, Any], start: float, end: float) -> dict[float, float]:
    """Returns the sums by the beginning of their period. A metric that does not exist has none."""
    metric, period = wanted["Metric"], int(wanted["Period"])
    dimensions = [(each["Name"], each["Value"]) for each in metric.get("Dimensions") or []]
    if metric["Namespace"] != "AWS/EC2" or metric["MetricName"] not in NAMES or [name for name, _value in dimensions] != ["InstanceId"]:
        return {}
    backend = ec2_backends[get_account_id_from(str(call.access_key_id))][call.region]
    instance = index_of(backend).find(dimensions[0][1])
    oldest = clock().now() - KEPT * DAY
    found = sums_of(instance, metric["MetricName"], max(start, oldest), end, period) if instance else {}
    return found if period % _period_since(start) == 0 else {}


def _period_since(start: float) -> int:
    days = (clock().now() - start) / DAY
    return next(seconds for age, seconds in PERIODS if days > age or age == 0)


def _seconds(given: Any, name: str) -> float:
    if given is None:
        raise _invalid(f"The parameter {name} is required.")
    if isinstance(given, (int, float)):
        return float(given)
    return datetime.fromisoformat(given.replace("Z", "+00:00")).timestamp()


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _token_at(position: int) -> str:
    return urlsafe_b64encode(str(position).encode()).decode()


def _position_in(token: str | None) -> int:
    try:
        return int(urlsafe_b64decode(token.encode())) if token else 0
    except ValueError as error:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from error
