# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How severe each kind of problem is, and in which order they are shown."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import problem_kind, rank

# By severity, the worst first
BROKEN = (
    *("keys_in_user_data", "missing_profile", "stale_profile", "empty_profile", "role_not_assumable_by_ec2", "no_profile"),
    "missing_template",
)
RISK = ("incomplete", "reverts_on_replacement", "members_differ", "imdsv1_allowed", "instance_profiles_quota")
UNTIDY = ("deleted_principal", "orphaned_profile")
ON_A_RESOURCE = (("no_profile", "role"), ("empty_profile", "instance profile"))


@pytest.mark.parametrize(
    "code, severity",
    [*((code, "broken") for code in BROKEN), *((code, "risk") for code in RISK), *((code, "untidy") for code in UNTIDY)],
)
def test_the_severity_of_each_code(code, severity):
    kind = problem_kind(code, "instance")
    assert kind.severity == severity and kind.title not in (code, "")


@pytest.mark.parametrize("code, resource", ON_A_RESOURCE)
def test_what_takes_no_credentials_from_anybody_is_untidy(code, resource):
    assert problem_kind(code, resource).severity == "untidy"
    assert problem_kind(code, resource).title != problem_kind(code, "instance").title


def test_the_order():
    order = [*((code, "instance") for code in (*BROKEN, *RISK, *UNTIDY)), *ON_A_RESOURCE, ("new", "instance")]
    assert [rank(*each) for each in order] == list(range(len(order)))


def test_an_unknown_code_is_its_own_title():
    assert problem_kind("new", "instance") == ("untidy", "new")
