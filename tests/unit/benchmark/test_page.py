# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tables and the page present the figures."""

from __future__ import annotations

import re

import pytest

from ansible_collections.keyless.ec2.tests.benchmark import page, report
from ansible_collections.keyless.ec2.tests.benchmark.figures import (
    AGAIN,
    ATTACH,
    CREATE,
    NOTHING,
    OURS,
    POOL,
    REQUIRE,
    Figure,
    Footprint,
    Throttled,
)

FIGURES = [
    Figure(OURS, ATTACH, 1, 2.0, 6),
    Figure("other", ATTACH, 1, 1.0, 1),
    Figure(OURS, ATTACH, 1000, 8.0, 1021),
    Figure("other", ATTACH, 1000, late=True),
    Figure(OURS, NOTHING, 1, 2.0, 3),
    Figure("other", NOTHING, 1, 50.0, 4, error="ended with 2"),
]
ROLES = [
    Figure(OURS, CREATE, 1, 2.0, 10),
    Figure("other", CREATE, 1, 3.0, 15),
    Figure(OURS, NOTHING, 1, 1.5, 5),
    Figure("other", NOTHING, 1, 3.0, 9),
]
GROUPS = [Figure(OURS, ATTACH, 500, 4.0, 600), Figure("other", ATTACH, 500, late=True), Figure(OURS, NOTHING, 500, 2.0, 5)]
METADATA = [Figure(OURS, REQUIRE, 200, 4.0, 206), Figure("other", REQUIRE, 200, 8.0, 200), Figure(OURS, AGAIN, 200, 2.0, 2)]
THROTTLED = [Throttled(OURS, 1000, 100, 50, 27.0, 1250, 250, 3), Throttled(POOL, 1000, 100, 50, 30.0, 1000, 0, 0)]
LEAST = [Figure("a task", NOTHING, 1, 1.0, 0), Figure("a call", NOTHING, 1, 1.4, 1)]
JOB_FILE = {"other": ("other.sh", "#!/bin/sh\n# Whose it is\n\nother web\n")}
SETTING = page.Setting(20, "3.13.0", 2, {OURS: "0.1.0"})


def _cells(table: str) -> list[list[str]]:
    rows = re.split(r"^   \* - ?", table, flags=re.MULTILINE)[1:]
    return [[cell.strip() for cell in re.split(r"^     - ?", row, flags=re.MULTILINE)] for row in rows]


def test_other_tools_are_shown_as_multiples_of_ours():
    head, one, thousand = _cells(report.comparison(FIGURES, ATTACH))
    assert head == ["instances", OURS, "other"]
    assert one == ["1", "2.0 s, 6 calls", "0.50 × (1.0 s), 1 call"]
    assert thousand == ["1,000", "8.0 s, 1,021 calls", "> 300 s"]


def test_an_error_is_not_shown_as_a_figure():
    assert _cells(report.comparison(FIGURES, NOTHING))[1][2] == "error: ended with 2"


def test_without_our_figure_there_is_no_ratio():
    failed = Figure(OURS, ATTACH, 1, 2.0, 6, error="ended with 2")
    assert _cells(report.comparison([failed, FIGURES[1]], ATTACH))[1][2] == "1.0 s, 1 call"


def test_throttled_runs_are_compared_with_the_bare_pool_and_the_minimum():
    _head, ours, pool = _cells(report.throttled(THROTTLED))
    assert ours == [OURS, "27.0 s", "0.90 ×", "1.50 ×", "3", "20.0% of 1,250"]
    assert pool == [POOL, "30.0 s", "1.00 ×", "1.67 ×", "0", "0.0% of 1,000"]


def test_a_role_is_compared_when_created_and_when_unchanged():
    head, created, nothing = _cells(report.roles(ROLES))
    assert head == ["the role is", OURS, "other"]
    assert created == ["created", "2.0 s, 10 calls", "1.50 × (3.0 s), 15 calls"]
    assert nothing == ["nothing to do", "1.5 s, 5 calls", "2.00 × (3.0 s), 9 calls"]


def test_groups_are_compared_when_changed_and_when_unchanged():
    head, attached, nothing = _cells(report.groups(GROUPS))
    assert head == ["the groups get", OURS, "other"]
    assert attached == ["another profile", "4.0 s, 600 calls", "> 1200 s"]
    assert nothing == ["what they have", "2.0 s, 5 calls", ""]


def test_the_overhead_of_a_task_has_no_ratios():
    assert _cells(report.least(LEAST))[1:] == [["a task", "1.0 s, 0 calls"], ["a call", "1.4 s, 1 call"]]


def test_memory_is_in_mebibytes():
    row = _cells(report.footprints([Footprint("filters", 10_000, 3 * 2**20, 9.0, 21)]))[1]
    assert row == ["``filters``", "3 MiB", "9.0 s", "21"]


def test_the_page_has_every_table_and_each_tools_options():
    footprint = Footprint("filters", 10_000, 2**20, 9.0, 21)
    written = page.write(page.Results(FIGURES, LEAST, ROLES, GROUPS, THROTTLED, [footprint], METADATA), SETTING, JOB_FILE)
    tables = [report.comparison(FIGURES, ATTACH), report.comparison(FIGURES, NOTHING)]
    tables += [report.least(LEAST), report.roles(ROLES), report.groups(GROUPS), report.throttled(THROTTLED)]
    tables += [report.footprints([footprint]), report.metadata(METADATA)]
    for table in tables:
        assert table in written
    assert "Auto Scaling groups with 500 instances\n----" in written
    assert "Requiring IMDSv2 on 200 instances\n----" in written
    assert "(1,000 − 100) / 50 = 18 s" in written
    assert "~~~\n\n.. code-block:: shell\n\n   other web\n" in written
    assert "Whose it is" not in written


@pytest.mark.parametrize(
    "heading", ["None of the instances", "What every task", "A role with", "Auto Scaling groups", "As fast as", "Ten thousand", "Requiring"]
)
def test_what_was_not_measured_is_not_on_the_page(heading):
    assert heading not in page.write(page.Results(), SETTING, JOB_FILE)


@pytest.mark.parametrize(
    "runs, says",
    [
        ({}, []),
        ({"comparison": "--sizes 1", "groups": "--sizes 1"}, ['shorter run:\n``make bench BENCH="--sizes 1"``.']),
        ({"groups": "--tables groups"}, ['of its own: ``make bench BENCH="--tables groups"``.']),
        ({"comparison": "--sizes 1"}, ['shorter run:\n``make bench BENCH="--sizes 1"``.', "of its own: ``make bench``."]),
    ],
)
def test_the_page_names_the_run_of_a_table(runs, says):
    written = page.write(page.Results(FIGURES, groups=GROUPS, runs=runs), SETTING, JOB_FILE)
    assert re.findall(r"(?:shorter run:\n|of its own: )``make bench.*", written) == says


@pytest.mark.parametrize("busy", [(), ("groups",)])
def test_the_page_says_what_was_measured_on_a_busy_machine(busy):
    results = page.Results(FIGURES, groups=GROUPS, busy=busy)
    written = page.write(results, SETTING, JOB_FILE)
    assert written.count("only their ratios mean something") == len(busy)
    assert page.kept(page.to_keep(results, SETTING))[0].busy == busy
