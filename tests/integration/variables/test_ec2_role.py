# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role ec2_role is passed to its option of the module."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, EVERYTHING, REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, play_of

ROLE = "ec2_role"
MODULE = "keyless.ec2.iam_ec2_role"
USES = {
    "present": {
        "ec2_role_name": "a-role",
        "ec2_role_path": "/a-path/",
        "ec2_role_description": "A description",
        "ec2_role_trust_policy": EC2_TRUST,
        "ec2_role_managed_policies": ["AmazonS3ReadOnlyAccess"],
        "ec2_role_purge_policies": False,
        "ec2_role_inline_policies": {"a-policy": EVERYTHING},
        "ec2_role_purge_inline_policies": False,
        "ec2_role_permissions_boundary": "PowerUserAccess",
        "ec2_role_validate": True,
        "ec2_role_max_session_duration": 7200,
        "ec2_role_tags": {"a-tag": "a-value"},
        "ec2_role_purge_tags": False,
        "ec2_role_instance_profile_name": "a-profile",
        "ec2_role_replace_profile_role": True,
        "ec2_role_wait": False,
        "ec2_role_wait_timeout": 77,
    },
    "trusting": {
        "ec2_role_name": "trusting",
        "ec2_role_trusted_entities": [{"service": "ec2.amazonaws.com"}],
        "ec2_role_create_instance_profile": False,
    },
    "absent": {
        "ec2_role_name": "absent",
        "ec2_role_state": "absent",
        "ec2_role_delete_instance_profile": False,
        "ec2_role_force": True,
        "ec2_role_regions": [REGION],
    },
}
# Variables whose option has another name
OPTIONS = {"ec2_role_trust_policy": "assume_role_policy_document"}
EFFECTS = {
    variable: [passes(use, MODULE, OPTIONS.get(variable, variable.removeprefix("ec2_role_")))] for use, given in USES.items() for variable in given
}


@pytest.fixture(scope="module", name="uses")
def _uses(controller):
    uses = play_of(controller, ROLE, USES)
    uses.run.succeeded()
    return uses


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
