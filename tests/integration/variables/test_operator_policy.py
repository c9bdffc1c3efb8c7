# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role operator_policy has its effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, play_of

ROLE = "operator_policy"
FEATURES = "attach_auto_scaling_groups\nec2_role_managed_policies\nmigrate_keys_deactivate\nreport_accounts\nretire_quarantine_policy"
# As a survey sends them
USES = {
    "chosen": {
        "operator_policy_jobs": "launch,attach,ec2_role,migrate_keys,report,retire",
        "operator_policy_features": FEATURES,
        "operator_policy_role_names": "a-role",
        "operator_policy_instance_profile_names": "a-profile",
        "operator_policy_tags": "a-tag: a-value",
        "operator_policy_launch_template_ids": "lt-0123456789abcdef0",
        "operator_policy_launch_template_tags": "a-template: a-value",
        "operator_policy_auto_scaling_group_names": "a-group",
        "operator_policy_auto_scaling_group_tags": "of-group: a-value",
        "operator_policy_permissions_boundary": "a-boundary",
        "operator_policy_allowed_policies": "a-policy",
        "operator_policy_quarantine_policy": "a-denial",
        "operator_policy_user_names": "a-user",
        "operator_policy_assume_roles": "an-auditor",
        "operator_policy_account": "111122223333",
        "operator_policy_region": "ap-south-1",
    },
    "default": {"operator_policy_jobs": None, "operator_policy_permissions_boundary": "needed", "operator_policy_launch_template_ids": "*"},
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


def written(uses, variable):
    """The policy is in the file, as JSON."""
    path = Path(uses.variables["chosen"][variable])
    assert json.loads(path.read_text(encoding="utf-8")) == uses.fact("chosen", "operator_policy_document")


EFFECTS = {
    "operator_policy_jobs": [omits("autoscaling:CreateAutoScalingGroup")],
    "operator_policy_features": [adds("iam:UpdateAccessKey")],
    "operator_policy_role_names": [adds(":role/a-role")],
    "operator_policy_instance_profile_names": [adds(":instance-profile/a-profile")],
    "operator_policy_tags": [adds('"aws:ResourceTag/a-tag": "a-value"')],
    "operator_policy_launch_template_ids": [adds("launch-template/lt-0123456789abcdef0")],
    "operator_policy_launch_template_tags": [adds('"aws:ResourceTag/a-template": "a-value"')],
    "operator_policy_auto_scaling_group_names": [adds("autoScalingGroupName/a-group")],
    "operator_policy_auto_scaling_group_tags": [adds('"aws:ResourceTag/of-group": "a-value"')],
    "operator_policy_permissions_boundary": [adds(":policy/a-boundary")],
    "operator_policy_allowed_policies": [adds(":policy/a-policy")],
    "operator_policy_quarantine_policy": [adds(":policy/a-denial")],
    "operator_policy_user_names": [adds(":user/a-user")],
    "operator_policy_assume_roles": [adds(":role/an-auditor")],
    "operator_policy_account": [adds(":111122223333:")],
    "operator_policy_region": [adds(":ap-south-1:")],
    "operator_policy_file": [written],
}


@pytest.fixture(scope="module", name="uses")
def _uses(controller, tmp_path_factory):
    file = tmp_path_factory.mktemp("policy") / "a-policy.json"
    uses = play_of(controller, ROLE, {**USES, "chosen": {**USES["chosen"], "operator_policy_file": str(file)}})
    uses.run.succeeded()
    return uses


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
