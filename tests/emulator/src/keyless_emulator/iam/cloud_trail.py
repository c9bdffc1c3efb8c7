# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail's LookupEvents: management events of 90 days, for each region. moto lacks it."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from threading import RLock
from typing import Any

from moto.iam.models import get_account_id_from

from ..conditions.clock import clock
from ..server.calls import Call
from ..server.errors import AwsError
from ..server.http_messages import Answer, Request, parse_call, service_of
from .history import Event, history

SERVICE = "cloudtrail"
DAYS = 90
PAGE = 50
ATTRIBUTES = ("AccessKeyId", "EventName", "EventSource", "Username")


class CloudTrail:
    """The service. ``lock`` is the lock of moto's state."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock

    @staticmethod
    def is_for(request: Request) -> bool:
        """Tells whether the request is for this service."""
        return service_of(request) == SERVICE

    def answer(self, request: Request) -> Answer:
        """Returns the events. Raises AwsError."""
        call = parse_call(request)
        if call.operation != "LookupEvents":
            raise AwsError("NotImplemented", f"The emulator's CloudTrail has no {call.operation}.", 501)
        with self._lock:
            found = self._found(call)
        first = int(call.parameters.get("NextToken") or 0)
        size = int(call.parameters.get("MaxResults") or PAGE)
        if not 1 <= size <= PAGE:
            raise AwsError("InvalidMaxResultsException", f"A page has 1 to {PAGE} events.")
        answer: dict[str, Any] = {"Events": found[first : first + size]}
        if len(found) > first + size:
            answer["NextToken"] = str(first + size)
        return Answer(200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps(answer).encode())

    def _found(self, call: Call) -> list[dict[str, Any]]:
        wanted = call.parameters.get("LookupAttributes") or []
        if len(wanted) > 1 or any(each.get("AttributeKey") not in ATTRIBUTES for each in wanted):
            raise AwsError("InvalidLookupAttributesException", "One attribute can be looked up at a time.")
        oldest = max(clock().now() - DAYS * 86400, float(call.parameters.get("StartTime") or 0))
        if oldest <= history().dropped_at:
            text = f"Events up to {_iso(history().dropped_at)} are no longer kept (--keep-calls). Give a later StartTime, or reset the emulator."
            raise AwsError("InvalidTimeRangeException", text)
        newest = float(call.parameters.get("EndTime") or clock().now())
        events = [
            each
            for each in history().of(get_account_id_from(str(call.access_key_id)))
            if each.region == call.region and not each.is_data and oldest <= each.at <= newest
        ]
        described = [_described(each) for each in reversed(events)]
        return [each for each in described if all(each.get(attribute["AttributeKey"]) == attribute["AttributeValue"] for attribute in wanted)]


def _described(event: Event) -> dict[str, Any]:
    call = event.call
    source = f"{call.service}.amazonaws.com"
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {"arn": event.entity, "accountId": event.account, "accessKeyId": call.access_key_id, "userName": event.user_name},
        "eventTime": _iso(event.at),
        "eventSource": source,
        "eventName": call.operation,
        "awsRegion": event.region,
        "managementEvent": True,
        "requestParameters": _request_parameters(call),
        **({"errorCode": call.error} if call.error else {}),
    }
    return {
        "EventId": f"{call.started:.6f}-{id(event):x}",
        "EventName": call.operation,
        "EventSource": source,
        "EventTime": int(event.at),
        "AccessKeyId": call.access_key_id,
        "Username": event.user_name or "root",
        "Resources": [],
        "CloudTrailEvent": json.dumps(detail),
    }


def _request_parameters(call: Call) -> dict[str, Any]:
    """Returns the parameters by the names that CloudTrail gives them. Of parameters within others, only the names are as in the request."""
    found: dict[str, Any] = {}
    for key, value in call.parameters.items():
        name, dot, rest = key.partition(".")
        name = "tagSpecificationSet" if name == "TagSpecification" else f"{name[:1].lower()}{name[1:]}"
        if dot:
            found.setdefault(name, {})[rest] = value
        elif name not in ("action", "version"):
            found[name] = value
    return found


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
