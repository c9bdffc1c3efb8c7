# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's clock, which its responses show: that of this machine may be wrong."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Mapping, Optional


class AwsClock:
    """The time of the latest response to one boto3 client, by the header Date."""

    def __init__(self, client: Any) -> None:
        self._latest: Optional[datetime] = None
        client.meta.events.register("after-call", self._read)

    @property
    def now(self) -> Optional[str]:
        """The time in UTC, in ISO 8601; None if no response said it."""
        return None if self._latest is None else self._latest.isoformat()

    def _read(self, parsed: Mapping[str, Any], **_others: Any) -> None:
        text = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        try:
            time = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return
        # A parallel call may end later, with an earlier time.
        self._latest = max(time, self._latest or time)
