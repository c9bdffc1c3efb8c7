# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to CloudTrail's event history: the management events of the last 90 days in one region."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Mapping, Optional

from .._values.usage import EventUse
from .calls import read_pages

DAYS = 90
# The error codes of denied calls in EC2, IAM and other services
DENIED = ("AccessDenied", "UnauthorizedOperation", "Client.UnauthorizedOperation", "AccessDeniedException")


class CloudTrail:
    """The events of one region through one boto3 client.  AWS allows two calls per second, each returning fifty events."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def used_with(self, access_key_id: str, since: datetime) -> list[EventUse]:
        """The use of the access key since then, by event name.  It reads page by page, so many events need little memory."""
        region = self._client.meta.region_name
        doing = f"look up the events of the access key {access_key_id} in {region}"
        attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": access_key_id}
        selection = {"LookupAttributes": [attribute], "StartTime": since}
        found: dict[tuple[str, str], EventUse] = {}
        for page in read_pages(self._client, "cloudtrail:LookupEvents", f"access-key/{access_key_id}", doing, **selection):
            for each in page["Events"]:
                if not _is_denied(each):
                    use = EventUse(each["EventSource"], each["EventName"], each["EventTime"], _resources(each))
                    found[use.source, use.name] = _merged(found.get((use.source, use.name)), use)
        return list(found.values())


def _is_denied(described: Mapping[str, Any]) -> bool:
    """Whether the call was denied; the error code is in the event's own JSON."""
    try:
        detail = json.loads(described.get("CloudTrailEvent") or "{}")
    except ValueError:
        return False
    return str(detail.get("errorCode") or "").startswith(DENIED)


def _resources(described: Mapping[str, Any]) -> Optional[frozenset[str]]:
    names = [each.get("ResourceName") or "" for each in described.get("Resources") or ()]
    return frozenset(names) if names and all(each.startswith("arn:") for each in names) else None


def _merged(one: Optional[EventUse], other: EventUse) -> EventUse:
    if one is None:
        return other
    resources = None if one.resources is None or other.resources is None else one.resources | other.resources
    return EventUse(one.source, one.name, max(one.last_used, other.last_used), resources)
