# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A measurement becomes a figure only if the job was done."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.benchmark.figures import (
    ATTACH,
    FEW,
    NOTHING,
    RUNS,
    Figure,
    judge,
    middle,
    runs,
    throttled,
    typical,
)
from ansible_collections.keyless.ec2.tests.benchmark.process import Ending


@pytest.mark.parametrize(
    "job, returncode, missing, writes, error",
    [
        (ATTACH, 0, "", 10, ""),
        (NOTHING, 0, "", 0, ""),
        (ATTACH, 2, "", 10, "ended with 2"),
        (ATTACH, 0, "3 of 10 without the profile", 7, "3 of 10 without the profile"),
        (NOTHING, 0, "", 1, "1 writing calls, and there was nothing to do"),
    ],
)
def test_the_outcome_of_a_job(job, returncode, missing, writes, error):
    figure = judge(Figure("a peer", job, 10, calls=12), Ending(1.5, returncode, ""), missing, writes)
    assert (figure.seconds, figure.calls, figure.error, figure.late) == (1.5, 12, error, False)
    assert figure.holds is not bool(error)


def test_a_stopped_tool_is_late_and_not_wrong():
    figure = judge(Figure("a peer", ATTACH, 10, calls=12), Ending(300.1, None, ""), "3 of 10 without the profile", 7)
    assert (figure.late, figure.error, figure.holds) == (True, "", False)


def test_a_throttled_run_is_measured_from_the_first_call_to_the_end_of_the_last():
    calls = [
        {"started": 100.0, "seconds": 0.1, "error": None},
        {"started": 100.5, "seconds": 0.1, "error": "RequestLimitExceeded"},
        {"started": 102.0, "seconds": 0.5, "error": None},
    ]
    figure = throttled("a tool", 2, {"capacity": 1, "refill": 4}, calls, failed=0)
    assert (figure.seconds, figure.floor, figure.calls, figure.throttled) == (2.5, 0.25, 3, 1)


def test_short_runs_are_measured_several_times():
    assert [runs(size) for size in (1, FEW, FEW + 1, 1000)] == [RUNS, RUNS, 1, 1]


def test_of_several_runs_the_median_counts():
    figures = [Figure("a peer", ATTACH, 1, seconds, 6) for seconds in (3.0, 1.0, 2.0)]
    assert typical(figures) == Figure("a peer", ATTACH, 1, 2.0, 6)


@pytest.mark.parametrize("spoilt", [Figure("a peer", ATTACH, 1, late=True), Figure("a peer", ATTACH, 1, 1.0, error="ended with 2")])
def test_one_failed_run_makes_the_measurement_fail(spoilt):
    assert typical([Figure("a peer", ATTACH, 1, 1.0, 6), spoilt]) == spoilt


def test_of_several_throttled_runs_the_median_counts():
    calls = [[{"started": 0.0, "seconds": seconds, "error": None}] for seconds in (3.0, 1.0, 2.0)]
    figures = [throttled("a tool", 1, {"capacity": 1, "refill": 1}, each, failed=0) for each in calls]
    assert middle(figures).seconds == 2.0
