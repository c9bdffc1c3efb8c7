# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to CloudTrail, checked against botocore's service model."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.cloudtrail import CloudTrail
from ansible_collections.keyless.ec2.plugins.module_utils._values.usage import EventUse

KEY = "AKIAIOSFODNN7EXAMPLE"
SINCE = datetime(2026, 11, 2, tzinfo=timezone.utc)
SENT = {"LookupAttributes": [{"AttributeKey": "AccessKeyId", "AttributeValue": KEY}], "StartTime": SINCE}
BUCKET, OTHER = "arn:aws:s3:::one", "arn:aws:s3:::other"


def event(*resources, hours=0, text="{}", name="PutBucketPolicy"):
    named = [{"ResourceName": each} for each in resources]
    when = SINCE + timedelta(hours=hours)
    return {"EventSource": "s3.amazonaws.com", "EventName": name, "EventTime": when, "Resources": named, "CloudTrailEvent": text}


def use(resources, hours=0, name="PutBucketPolicy"):
    return EventUse("s3.amazonaws.com", name, SINCE + timedelta(hours=hours), resources)


@pytest.fixture(name="used")
def _used(make_client):
    """The gateway's result for these pages of events."""
    client = make_client("cloudtrail")

    def used(*pages):
        with Stubber(client) as stubber:
            for number, events in enumerate(pages):
                before = {"NextToken": str(number)} if number else {}
                after = {"NextToken": str(number + 1)} if events is not pages[-1] else {}
                stubber.add_response("lookup_events", {"Events": events, **after}, {**SENT, **before})
            found = CloudTrail(client).used_with(KEY, SINCE)
            stubber.assert_no_pending_responses()
        return found

    return used


def test_events_of_one_name_are_merged_over_all_pages(used):
    newest_first = [event(BUCKET, hours=3)], [event(OTHER, hours=2), event(BUCKET, hours=1), event(name="CreateBucket")]
    assert used(*newest_first) == [use(frozenset({BUCKET, OTHER}), 3), use(None, name="CreateBucket")]


@pytest.mark.parametrize("parameters, given", [({"a": 1}, {"a": 1}), (None, None), ("hidden", None), ([1], None)])
def test_the_parameters_are_passed_on_if_they_are_known(make_client, parameters, given):
    client, asked = make_client("cloudtrail"), []

    def implied(*arguments):
        asked.append(arguments)
        return frozenset({("iam:PassRole", None)}), True

    with Stubber(client) as stubber:
        stubber.add_response("lookup_events", {"Events": [event(text=json.dumps({"requestParameters": parameters}))]}, SENT)
        [found] = CloudTrail(client, implied).used_with(KEY, SINCE)
    assert asked == [("s3.amazonaws.com", "PutBucketPolicy", given)]
    assert (found.implied, found.is_unclear) == (frozenset({("iam:PassRole", None)}), True)


@pytest.mark.parametrize("resources", [(), ("one",), (BUCKET, "one")])
def test_one_event_without_arns_makes_the_resources_unknown(used, resources):
    assert used([event(BUCKET, hours=1), event(*resources)]) == [use(None, 1)]
    assert used([event(*resources, hours=1), event(BUCKET)]) == [use(None, 1)]


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation"])
def test_denied_calls_are_not_counted(used, code):
    assert used([event(text=json.dumps({"errorCode": code}))]) == []


@pytest.mark.parametrize("text", ["", "no JSON", json.dumps({"errorCode": None}), json.dumps({"errorCode": "NoSuchBucket"})])
def test_all_other_events_are_counted(used, text):
    assert used([event(BUCKET, text=text)]) == [use(frozenset({BUCKET}))]
