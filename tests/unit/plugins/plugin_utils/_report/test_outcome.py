# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role report writes, returns, shows and fails with."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.filter.report_inputs import filter_report_inputs
from ansible_collections.keyless.ec2.plugins.filter.report_outcome import filter_report_outcome
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.outcome import SHOWN_PROBLEMS, error, messages
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import TAKEN, estate, instance

MADE = {"summary": "All.", "new": None, "gone": None, "waivers_expired": [], "waivers_unused": []}
OPTIONS = {"directory": "/srv", "formats": ["csv", "json"], "estate": None, "since": None, "waivers": None, "fail_on": ["no_profile"]}


def test_the_outcome_of_a_report():
    outcome = filter_report_outcome(estate(instances=[instance(1, "no_profile")]), filter_report_inputs(OPTIONS, "/"), TAKEN)
    assert sorted(outcome["contents"]) == ["/srv/report.csv", "/srv/report.json"] and all(outcome["contents"].values())
    assert outcome["result"]["files"] == {"csv": "/srv/report.csv", "json": "/srv/report.json"}
    assert outcome["result"]["counts"] == {"no_profile": 1} and outcome["messages"] == [outcome["result"]["summary"]]
    assert outcome["error"].startswith("1 problem that report_fail_on selects: instance/")


@pytest.mark.parametrize(
    "made, paths, expected",
    [
        ({}, {}, []),
        ({}, {"html": "/srv/report.html", "csv": "/srv/report.csv"}, ["The page is /srv/report.html."]),
        ({"new": 1, "gone": 0}, {}, ["1 new problem and 0 resolved since earlier.json."]),
        (
            {"waivers_expired": ["a", "b"], "waivers_unused": ["c"]},
            {},
            ["Expired waivers: a; b.", "Waivers that match nothing: c."],
        ),
    ],
)
def test_the_messages(made, paths, expected):
    assert messages({**MADE, **made}, paths, "earlier.json") == ["All.", *expected]


@pytest.mark.parametrize("count", [0, 1, SHOWN_PROBLEMS, SHOWN_PROBLEMS + 1])
def test_the_error_lists_the_first_problems(count):
    text = error([f"row-{number}" for number in range(count)])
    assert text.startswith(f"{count} problem") if count else text == ""
    assert ("and more" in text, text.count("row-")) == (count > SHOWN_PROBLEMS, min(count, SHOWN_PROBLEMS))
