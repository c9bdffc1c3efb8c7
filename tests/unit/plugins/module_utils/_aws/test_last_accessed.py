# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to last-accessed reports, checked against botocore's service model."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.last_accessed import PAGE, SECONDS, LastAccessed
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._values.usage import ServiceUse

ARN = "arn:aws:iam::123456789012:user/app"
JOB = "12345678-1234-1234-1234-123456789012"
WHEN = datetime(2026, 11, 2, tzinfo=timezone.utc)
S3 = {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": WHEN}
EC2 = {
    "ServiceName": "Amazon EC2",
    "ServiceNamespace": "ec2",
    "TrackedActionsLastAccessed": [{"ActionName": "RunInstances", "LastAccessedTime": WHEN}, {"ActionName": "CreateVpc"}],
}


def report(status, *services, **more):
    return {"JobStatus": status, "JobCreationDate": WHEN, "JobCompletionDate": WHEN, "ServicesLastAccessed": list(services), **more}


@pytest.fixture(name="reports")
def _reports(make_client, clock):
    """The gateway, and a function that sets the responses for a report."""
    client = make_client("iam")
    with Stubber(client) as stubber:
        stubber.add_response("generate_service_last_accessed_details", {"JobId": JOB}, {"Arn": ARN, "Granularity": "ACTION_LEVEL"})

        def fetched(response, **page):
            stubber.add_response("get_service_last_accessed_details", response, {"JobId": JOB, "MaxItems": PAGE, **page})

        yield LastAccessed(client), fetched


def test_a_report_is_polled_and_then_read_page_by_page(reports, clock):
    gateway, fetched = reports
    fetched(report("IN_PROGRESS"))
    fetched(report("COMPLETED", S3, IsTruncated=True, Marker="more"))
    fetched(report("COMPLETED", EC2), Marker="more")
    assert gateway.of(ARN) == [ServiceUse("s3", WHEN), ServiceUse("ec2", None, {"RunInstances": WHEN, "CreateVpc": None})]
    assert len(clock.naps) == 1


@pytest.mark.parametrize(
    ("told", "code"),
    [({"Error": {"Code": "ReportExpired", "Message": "It is too old."}}, "ReportExpired"), ({}, "Failed")],
)
def test_a_failed_report_is_an_error_with_its_code(reports, told, code):
    gateway, fetched = reports
    fetched(report("FAILED", **told))
    with pytest.raises(AwsError) as refused:
        gateway.of(ARN)
    assert (refused.value.code, refused.value.target) == (code, ARN)


def test_a_report_that_never_ends_is_an_error(reports, clock):
    gateway, fetched = reports
    for _look in range(SECONDS):
        fetched(report("IN_PROGRESS"))
    with pytest.raises(AwsError, match="Run again later") as refused:
        gateway.of(ARN)
    assert refused.value.code == "TimedOut" and SECONDS - 10 < clock.now <= SECONDS
