# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether software on an instance still uses its metadata service, and whether that is known.  Pure.

CloudWatch's metric MetadataNoToken counts the requests without a token (IMDSv1) that the service answered.  No data is not zero.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Mapping, Optional

from .._common.sentences import listed, number_of

DAY = timedelta(days=1)
# The metric of a new day can be missing for so long although the instance runs.
DELAY = timedelta(hours=1)
# CloudWatch keeps sums of an hour for 455 days, and the first of our days began up to a day before.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
MAX_DAYS = 454
USED, UNKNOWN, UNUSED = "used", "unknown", "unused"
SHOWN = 3  # days


@dataclass(frozen=True)
class Window:
    """The whole UTC days to look at, and the current day so far."""

    days: int
    now: datetime

    @property
    def today(self) -> datetime:
        """The beginning of the current day."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def since(self) -> datetime:
        """The beginning of the first day."""
        return self.today - self.days * DAY

    @property
    def until(self) -> datetime:
        """The end of the current hour: CloudWatch is faster with whole hours."""
        return self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

    @property
    def needed_days(self) -> list[datetime]:
        """The days without whose data the use is not known."""
        own = [self.since + number * DAY for number in range(self.days)]
        return [*own, self.today] if self.now - self.today > DELAY else own


@dataclass(frozen=True)
class DailySums:
    """A metric's sum for each day that has data, by the beginning of the day.

    ``is_complete`` is False if CloudWatch did not return everything.
    """

    sums: Mapping[datetime, float] = field(default_factory=dict)
    is_complete: bool = True


@dataclass(frozen=True)
class Use:
    """Whether the metadata service is used: ``used``, ``unknown`` or ``unused``, and why, as a sentence without a full stop.

    ``imdsv1_calls`` is how many requests without a token were counted; None if that is not known.
    """

    verdict: str
    why: str = ""
    imdsv1_calls: Optional[int] = None


def use_in(found: DailySums, window: Window) -> Use:
    """What the metric says about the use of IMDSv1."""
    calls = round(sum(found.sums.values()))
    if calls:
        msg = f"{number_of(calls, 'request')} without a token (IMDSv1) since {window.since.date()}"
        return Use(USED, msg, calls)
    if not found.is_complete:
        return Use(UNKNOWN, "CloudWatch did not return all data of MetadataNoToken")
    missing = [each for each in window.needed_days if each not in found.sums]
    if not missing:
        return Use(UNUSED, imdsv1_calls=0)
    if len(missing) == len(window.needed_days):
        return Use(UNKNOWN, f"MetadataNoToken has no data since {window.since.date()}: the instance did not run, or is too young")
    days = listed([str(each.date()) for each in missing], SHOWN)
    return Use(UNKNOWN, f"MetadataNoToken has no data for {days}: the instance did not run then, or is too young")


def with_role_use(use: Use, of_role: Use) -> Use:
    """The use of the service as a whole: by requests without a token, and by those for a role's credentials.  The worse of both counts."""
    order = (USED, UNKNOWN, UNUSED)
    worse = min((use, of_role), key=lambda each: order.index(each.verdict))
    return replace(worse, imdsv1_calls=use.imdsv1_calls)
