# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timestamps are parsed as botocore's own parser does."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.utils import parse_timestamp as parse_any
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._aws import timestamps
from ansible_collections.keyless.ec2.plugins.module_utils._aws.timestamps import parse_timestamp

FAST = [
    "2026-11-30T09:45:17Z",
    "2026-11-30T09:45:17.000Z",
    "2026-11-30T09:45:17.120Z",
    "2026-11-30T09:45:17.123456Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "2024-02-29T00:00:00.000Z",
]
LEFT_TO_BOTOCORE = [
    "2026-11-30T09:45:17+00:00",
    "2026-11-30T09:45:17-05:30",
    "2026-11-30T09:45:17.5Z",
    "2026-11-30T09:45:17.1234567Z",
    "2026-11-30T09:45:17,123Z",
    "2026-11-30T09:45Z",
    "2026-11-30 09:45:17Z",
    "2026-11-30T09:45:17z",
    "2026-11-30T09:45:17",
    "2026-11-30",
    "20261130T094517Z",
    "2026-W49-1T09:45:17Z",
    "Mon, 30 Nov 2026 09:45:17 GMT",
    "Mon, 30 Nov 2026 09:45:17 +0200",
    1790000000,
    1790000000.123,
    0,
    -1,
    "1790000000",
    "1790000000.123",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2026-11-30T24:00:00Z",
    "2026-11-30T23:59:60Z",
    "2026-11-30T09:45:17Z\n",
    "٢٠٢٦-11-30T09:45:17Z",
    "nonsense",
    "",
    None,
]


def outcome(parse, value):
    """The timestamp with its type and zone, or the error.  Where local time is UTC, dateutil's zone is another object with the same name."""
    try:
        parsed = parse(value)
    except Exception as error:  # pylint: disable=broad-exception-caught
        return type(error), str(error)
    return type(parsed), parsed.replace(tzinfo=None), parsed.utcoffset(), parsed.tzname(), parsed.fold


@pytest.mark.parametrize("value", FAST + LEFT_TO_BOTOCORE)
def test_the_same_as_botocore(value):
    assert outcome(parse_timestamp, value) == outcome(parse_any, value)


@given(st.datetimes(), st.sampled_from(["seconds", "milliseconds", "microseconds"]), st.sampled_from(["Z", "", "+00:00", "-03:30"]))
def test_the_same_as_botocore_at_any_time(moment, precision, zone):
    value = moment.isoformat(timespec=precision) + zone
    assert outcome(parse_timestamp, value) == outcome(parse_any, value)


@given(st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?Z", fullmatch=True))
def test_the_same_as_botocore_for_texts_like_timestamps(value):
    assert outcome(parse_timestamp, value) == outcome(parse_any, value)


@given(st.one_of(st.integers(-(2**33), 2**33), st.floats(-(2**33), 2**33), st.integers(0, 2**33).map(str)))
def test_the_same_as_botocore_for_numbers(value):
    assert outcome(parse_timestamp, value) == outcome(parse_any, value)


@pytest.mark.parametrize("value, is_fast", [*((each, True) for each in FAST), *((each, False) for each in LEFT_TO_BOTOCORE)])
def test_the_usual_format_is_parsed_without_botocore(monkeypatch, value, is_fast):
    other = datetime(1999, 1, 1, tzinfo=timezone.utc)
    monkeypatch.setattr(timestamps, "parse_any", lambda _value: other)
    assert (parse_timestamp(value) != other) == is_fast
