# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CloudWatch's sums say about the use of a metadata service: no data is not zero."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import (
    MAX_DAYS,
    UNKNOWN,
    UNUSED,
    USED,
    DailySums,
    Use,
    Window,
    use_in,
    with_role_use,
)

NOON = datetime(2026, 3, 15, 12, 30, tzinfo=timezone.utc)
WINDOW = Window(3, NOON)


def day(number, month=3):
    return datetime(2026, month, number, tzinfo=timezone.utc)


def sums(**by_day):
    return DailySums({day(int(name[1:])): value for name, value in by_day.items()})


ALL = {"d12": 0, "d13": 0, "d14": 0, "d15": 0}
CASES = [
    # what there is, verdict, calls
    (ALL, UNUSED, 0),
    ({**ALL, "d12": 4.0, "d15": 1}, USED, 5),
    ({"d15": 1}, USED, 1),
    ({}, UNKNOWN, None),
    ({"d13": 0, "d14": 0, "d15": 0}, UNKNOWN, None),
    ({"d12": 0, "d13": 0, "d14": 0}, UNKNOWN, None),
    ({"d12": 0, "d14": 0, "d15": 0}, UNKNOWN, None),
]


@pytest.mark.parametrize(("found", "verdict", "calls"), CASES)
def test_every_day_needs_data(found, verdict, calls):
    use = use_in(sums(**found), WINDOW)
    assert (use.verdict, use.imdsv1_calls) == (verdict, calls)


@pytest.mark.parametrize(("now", "verdict"), [(day(15) + timedelta(minutes=59), UNUSED), (day(15) + timedelta(minutes=61), UNKNOWN)])
def test_the_metric_of_a_new_day_may_be_late(now, verdict):
    assert use_in(sums(d12=0, d13=0, d14=0), Window(3, now)).verdict == verdict


def test_incomplete_data_is_unknown_unless_it_shows_use():
    assert use_in(DailySums(sums(**ALL).sums, False), WINDOW).verdict == UNKNOWN
    assert use_in(DailySums({day(12): 1}, False), WINDOW).verdict == USED


def test_the_reason_names_what_is_missing():
    assert use_in(DailySums(), WINDOW).why.startswith("MetadataNoToken has no data since 2026-03-12")
    assert "no data for 2026-03-13:" in use_in(sums(d12=0, d14=0, d15=0), WINDOW).why
    assert use_in(sums(d15=1), WINDOW).why == "1 request without a token (IMDSv1) since 2026-03-12"


@given(st.integers(1, MAX_DAYS), st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)), st.data())
def test_unused_only_with_all_days(days, now, data):
    window = Window(days, now)
    needed = window.needed_days
    assert len(needed) in (days, days + 1) and window.since <= now - timedelta(days=days) and now < window.until
    assert now - window.since < timedelta(days=455)  # CloudWatch keeps so much
    missing = data.draw(st.sets(st.sampled_from(needed), max_size=3))
    found = DailySums({each: 0 for each in needed if each not in missing})
    assert (use_in(found, window).verdict == UNUSED) == (not missing)


@pytest.mark.parametrize("one", [USED, UNKNOWN, UNUSED])
@pytest.mark.parametrize("other", [USED, UNKNOWN, UNUSED])
def test_the_worse_of_two_counts(one, other):
    use = with_role_use(Use(one, "metric", 7), Use(other, "role"))
    assert use.verdict == next(each for each in (USED, UNKNOWN, UNUSED) if each in (one, other))
    assert use.imdsv1_calls == 7
    if one != other:
        assert use.why == ("metric" if use.verdict == one else "role")
