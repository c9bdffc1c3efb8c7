# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to CloudTrail's list of events: management events of 90 days, for each region by itself."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Mapping, Optional

from .._values.usage import EventUse
from .calls import read_pages

DAYS = 90
# What EC2, IAM and the others say where somebody may not do what was asked
REFUSED = ("AccessDenied", "UnauthorizedOperation", "Client.UnauthorizedOperation", "AccessDeniedException")


class CloudTrail:
    """The events of one region through one boto3 client.  AWS lets two calls through a second, each with fifty events."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def used_with(self, access_key_id: str, since: datetime) -> list[EventUse]:
        """What was done with the access key since then, by the events' names; page by page, so that many events need no memory."""
        region = self._client.meta.region_name
        doing = f"look up the events of the access key {access_key_id} in {region}"
        attribute = {"AttributeKey": "AccessKeyId", "AttributeValue": access_key_id}
        selection = {"LookupAttributes": [attribute], "StartTime": since}
        found: dict[tuple[str, str], EventUse] = {}
        for page in read_pages(self._client, "cloudtrail:LookupEvents", f"access-key/{access_key_id}", doing, **selection):
            for each in page["Events"]:
                if not _is_refused(each):
                    use = EventUse(each["EventSource"], each["EventName"], each["EventTime"], _resources(each))
                    found[use.source, use.name] = _joined(found.get((use.source, use.name)), use)
        return list(found.values())


def _is_refused(described: Mapping[str, Any]) -> bool:
    """Whether it was only tried; the error is in the event's own text."""
    try:
        detail = json.loads(described.get("CloudTrailEvent") or "{}")
    except ValueError:
        return False
    return str(detail.get("errorCode") or "").startswith(REFUSED)


def _resources(described: Mapping[str, Any]) -> Optional[frozenset[str]]:
    names = [each.get("ResourceName") or "" for each in described.get("Resources") or ()]
    return frozenset(names) if names and all(each.startswith("arn:") for each in names) else None


def _joined(one: Optional[EventUse], other: EventUse) -> EventUse:
    if one is None:
        return other
    resources = None if one.resources is None or other.resources is None else one.resources | other.resources
    return EventUse(one.source, one.name, max(one.last_used, other.last_used), resources)
