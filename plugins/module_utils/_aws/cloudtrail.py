# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to CloudTrail's event history: the management events of the last 90 days in one region."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Callable, Mapping, Optional

from .._values.usage import EventUse
from .calls import read_pages

# From an event's source, name and parameters, which are None if the event shows none
ImpliedBy = Callable[[str, str, Optional[Mapping[str, Any]]], "tuple[frozenset[tuple[str, Optional[str]]], bool]"]

DAYS = 90
# The error codes of denied calls in EC2, IAM and other services
DENIED = ("AccessDenied", "UnauthorizedOperation", "Client.UnauthorizedOperation", "AccessDeniedException")


class CloudTrail:
    """The events of one region through one boto3 client.  AWS allows two calls per second, each returning fifty events."""

    def __init__(self, client: Any, implied: ImpliedBy = lambda _source, _name, _parameters: (frozenset(), False)) -> None:
        """``implied`` returns the permissions that a call's parameters need, and whether they may need others."""
        self._client = client
        self._implied = implied

    def used_with(self, access_key_id: str, since: datetime) -> list[EventUse]:
        """The use of the access key since then, by event name.  It reads page by page, so many events need little memory."""
        region = self._client.meta.region_name
        doing = f"look up the events of the access key {access_key_id} in {region}"
        attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": access_key_id}
        selection = {"LookupAttributes": [attribute], "StartTime": since}
        found: dict[tuple[str, str], EventUse] = {}
        for page in read_pages(self._client, "cloudtrail:LookupEvents", f"access-key/{access_key_id}", doing, **selection):
            for each in page["Events"]:
                detail = _detail(each)
                if not str(detail.get("errorCode") or "").startswith(DENIED):
                    use = self._use(each, detail)
                    found[use.source, use.name] = _merged(found.get((use.source, use.name)), use)
        return list(found.values())

    def _use(self, described: Mapping[str, Any], detail: Mapping[str, Any]) -> EventUse:
        # AWS has published a response that has the source only there.
        source = described.get("EventSource") or detail.get("eventSource") or described["EventSource"]
        name, parameters = described["EventName"], detail.get("requestParameters")
        given = parameters if isinstance(parameters, dict) else None
        implied, is_unclear = self._implied(source, name, given)
        return EventUse(source, name, described["EventTime"], _resources(described), implied, is_unclear)


def _detail(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event's own JSON, which has the error code and the parameters."""
    try:
        detail = json.loads(described.get("CloudTrailEvent") or "{}")
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def _resources(described: Mapping[str, Any]) -> Optional[frozenset[str]]:
    names = [each.get("ResourceName") or "" for each in described.get("Resources") or ()]
    return frozenset(names) if names and all(each.startswith("arn:") for each in names) else None


def _merged(one: Optional[EventUse], other: EventUse) -> EventUse:
    if one is None:
        return other
    resources = None if one.resources is None or other.resources is None else one.resources | other.resources
    last_used = max(one.last_used, other.last_used)
    return EventUse(one.source, one.name, last_used, resources, one.implied | other.implied, one.is_unclear or other.is_unclear)
