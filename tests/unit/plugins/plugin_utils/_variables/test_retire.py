# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role retire."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.retire import MAX_DAYS, retire_errors

VALID = {"role_name": "web", "after_days": 30, "quarantine_policy": "", "regions": ["eu-central-1"], "searched": ["eu-central-1"]}


def names_in(errors):
    return [each.partition(":")[0] for each in errors]


@pytest.mark.parametrize("name", [None, "", " ", "a b", "x" * 65])
def test_a_role_must_be_named(name):
    assert set(names_in(retire_errors({**VALID, "role_name": name}))) == {"retire_role_name"}


@pytest.mark.parametrize("days, is_valid", [(0, True), (MAX_DAYS, True), (-1, False), (MAX_DAYS + 1, False)])
def test_days_are_from_0_to_a_hundred_years(days, is_valid):
    assert names_in(retire_errors({**VALID, "after_days": days})) == ([] if is_valid else ["retire_after_days"])


@pytest.mark.parametrize(
    "policy, is_valid", [("", True), ("deny_all", True), ("x" * 128, True), ("x" * 129, False), ("arn:aws:iam::1:policy/x", False)]
)
def test_a_policy_is_named_without_its_arn(policy, is_valid):
    assert names_in(retire_errors({**VALID, "quarantine_policy": policy})) == ([] if is_valid else ["retire_quarantine_policy"])
