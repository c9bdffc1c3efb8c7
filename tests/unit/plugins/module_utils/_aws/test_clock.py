# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_aws.clock: AWS's time, as its responses show it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.clock import AwsClock

EARLY, LATE = "Sat, 31 Jan 2026 08:15:00 GMT", "Sat, 31 Jan 2026 08:16:00 GMT"


@pytest.mark.parametrize(
    "dates, expected",
    [
        ([], None),
        ([None], None),
        (["yesterday"], None),
        ([EARLY], "2026-01-31T08:15:00+00:00"),
        ([EARLY, LATE], "2026-01-31T08:16:00+00:00"),
        ([LATE, EARLY, "yesterday"], "2026-01-31T08:16:00+00:00"),
    ],
)
def test_the_latest_response_says_the_time(dates, expected):
    handlers = {}
    clock = AwsClock(SimpleNamespace(meta=SimpleNamespace(events=SimpleNamespace(register=handlers.__setitem__))))
    for date in dates:
        handlers["after-call"](parsed={"ResponseMetadata": {"HTTPHeaders": {"date": date} if date else {}}}, model=None)
    assert clock.now == expected
