# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers on the report's page."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._report.page import WIDTH, as_html, figures
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import (
    ACCOUNTS,
    READ_ERROR,
    TAKEN,
    account,
    estate,
    estate_of,
    instance,
    kept,
    launch_source,
    profile,
    role,
)


def found(**rows):
    return report_of(kept(estate(**rows)), TAKEN)


def test_the_tiles_add_up():
    """An instance with several problems counts once, by its worst."""
    report = found(
        instances=[instance(1), instance(2, "no_profile", "imdsv1_allowed"), instance(3, "stale_profile"), instance(4, "imdsv1_allowed")],
        auto_scaling_groups=[launch_source("a", "no_profile"), launch_source("b", "members_differ"), launch_source("c")],
        roles=[role("x", "no_profile")],
    )
    shown = figures(report)
    assert shown.states == {"broken": 2, "risk": 1, "untidy": 0, "ok": 1} and shown.instances == sum(shown.states.values())
    assert shown.others == {"broken": 1, "risk": 1, "untidy": 1, "ok": 1}
    whole = report_of(kept(estate_of(500)), TAKEN)
    assert sum(figures(whole).states.values()) == figures(whole).instances
    assert sum(sum(each.values()) for each in (figures(whole).states, figures(whole).others)) == len(whole.rows)


def test_what_nothing_uses_is_untidy_and_comes_after_instances():
    report = found(
        roles=[role("unattached", "no_profile")],
        instance_profiles=[profile("empty", "empty_profile"), profile("old", "orphaned_profile")],
        instances=[instance(1, "imdsv1_allowed"), instance(2, "no_profile")],
    )
    assert [(row.kind, [each.severity for each in row.open]) for row in report.rows] == [
        ("instance", ["broken"]),
        ("instance", ["risk"]),
        ("instance profile", ["untidy"]),
        ("role", ["untidy"]),
        ("instance profile", ["untidy"]),
    ]
    assert [each.title for row in report.rows for each in row.open][3:] == ["In no instance profile", "Has no role"]


def test_a_bar_has_the_worst_severity_of_its_problem():
    only_roles = figures(found(roles=[role("x", "no_profile")]))
    assert [(code, severity) for code, _count, _width, severity in only_roles.problems] == [("no_profile", "untidy")]
    both = figures(found(roles=[role("x", "no_profile")], instances=[instance(1, "no_profile")]))
    assert [(code, severity) for code, _count, _width, severity in both.problems] == [("no_profile", "broken")]


def test_the_most_frequent_problem_has_the_longest_bar():
    shown = figures(found(instances=[instance(1, "no_profile"), instance(2, "no_profile"), instance(3, "no_profile"), instance(4, "stale_profile")]))
    assert {code: (count, width) for code, count, width, _severity in shown.problems} == {
        "no_profile": (3, float(WIDTH)),
        "stale_profile": (1, round(WIDTH / 3, 2)),
    }
    assert figures(found()).problems == []


def test_what_could_not_be_read_is_counted():
    report = found(accounts=[account(ACCOUNTS[0], incomplete=[READ_ERROR] * 2), account(ACCOUNTS[1])], instances=[instance(1, "no_profile")])
    assert (figures(report).incomplete, figures(report).waived) == (2, 0)


def test_accounts_are_named():
    named = {**account(ACCOUNTS[1]), "name": "shop <b>"}
    report = found(accounts=[named, account(ACCOUNTS[0])], instances=[instance(1, account_id=each) for each in ACCOUNTS[:2]])
    assert [(bar.account, bar.name) for bar in figures(report).accounts] == [(ACCOUNTS[0], ""), (ACCOUNTS[1], "shop <b>")]
    page = as_html(report)
    assert f'{ACCOUNTS[1]}</a> <span class="soft">shop &lt;b&gt;</span>' in page and "<b>shop" not in page
