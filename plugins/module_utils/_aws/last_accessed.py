# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM's last-accessed data: when a user's or role's permissions were last used."""

from __future__ import annotations

from typing import Any, Mapping

from .._common.errors import AwsError
from .._values.usage import ServiceUse
from .attempts import poll_until
from .calls import read
from .responses import Response

SECONDS = 300  # how long to wait for a report; most take a few seconds
PAGE = 1000


class LastAccessed:
    """Last-accessed reports through one boto3 client of IAM.  They reach back 400 days, and can lag by up to four hours."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def of(self, arn: str) -> list[ServiceUse]:
        """All services that the user or role has permissions for; one call requests the report, and a few fetch it."""
        operation = "iam:GenerateServiceLastAccessedDetails"
        doing = f"request a last-accessed report for {arn}"
        job = read(self._client, operation, arn, doing, Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
        found = poll_until(lambda: self._fetched(arn, job), lambda each: each["JobStatus"] != "IN_PROGRESS", SECONDS)
        if found["JobStatus"] == "IN_PROGRESS":
            raise AwsError(operation, arn, doing, "TimedOut", f"IAM did not finish it within {SECONDS} seconds", suggestion="Run again later.")
        services = list(found["ServicesLastAccessed"])
        while found.get("IsTruncated"):
            found = self._fetched(arn, job, Marker=found["Marker"])
            services += found["ServicesLastAccessed"]
        return [_service(each) for each in services]

    def _fetched(self, arn: str, job: str, **page: Any) -> Response:
        operation = "iam:GetServiceLastAccessedDetails"
        doing = f"fetch the last-accessed report for {arn}"
        found = read(self._client, operation, arn, doing, JobId=job, MaxItems=PAGE, **page)
        if found["JobStatus"] == "FAILED":
            error = found.get("Error") or {}
            raise AwsError(operation, arn, doing, error.get("Code") or "Failed", error.get("Message") or "IAM could not create it")
        return found


def _service(described: Mapping[str, Any]) -> ServiceUse:
    tracked = described.get("TrackedActionsLastAccessed")
    actions = None if tracked is None else {each["ActionName"]: each.get("LastAccessedTime") for each in tracked}
    return ServiceUse(described["ServiceNamespace"], described.get("LastAuthenticated"), actions)
