# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role operator_policy has its effect."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, play_of

ROLE = "operator_policy"
# As a survey sends them
USES = {
    "chosen": {
        "operator_policy_jobs": "launch,attach",
        "operator_policy_features": "attach_auto_scaling_groups",
        "operator_policy_role_names": "a-role",
        "operator_policy_instance_profile_names": "a-profile",
        "operator_policy_tags": "a-tag: a-value",
        "operator_policy_account": "111122223333",
        "operator_policy_region": "ap-south-1",
    },
    "default": {"operator_policy_jobs": None},
}


def adds(text):
    """Only the policy with variables has this text."""
    return lambda uses, _variable: compare(uses, text, ("chosen",))


def omits(text):
    """Only the policy without variables has this text."""
    return lambda uses, _variable: compare(uses, text, ("default",))


def compare(uses, text, expected):
    policies = {use: json.dumps(uses.fact(use, "operator_policy_document")) for use in USES}
    assert tuple(use for use, policy in policies.items() if text in policy) == expected, policies


EFFECTS = {
    "operator_policy_jobs": [omits("iam:DeleteRole")],
    "operator_policy_features": [omits('"ec2:CreateLaunchTemplate"')],
    "operator_policy_role_names": [adds(":role/a-role")],
    "operator_policy_instance_profile_names": [adds(":instance-profile/a-profile")],
    "operator_policy_tags": [adds('"aws:ResourceTag/a-tag": "a-value"')],
    "operator_policy_account": [adds(":111122223333:")],
    "operator_policy_region": [adds(":ap-south-1:")],
}


@pytest.fixture(scope="module", name="uses")
def _uses(controller):
    return play_of(controller, ROLE, USES)


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
