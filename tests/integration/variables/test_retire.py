# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role retire has its effect."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, play_of
from ansible_collections.keyless.ec2.tests.integration.support.quarantine import DENIAL, quarantine

ROLE = "retire"
READ, CHANGE = "keyless.ec2.iam_ec2_role_info", "keyless.ec2.iam_ec2_role"
USES = {
    "used": {"retire_role_name": "used", "retire_although_used": True, "retire_regions": [REGION]},
    "early": {"retire_role_name": "early", "retire_after_days": 30, "retire_regions": [REGION]},
    "missed": {"retire_role_name": "missed", "retire_state": "restored"},
    "denied": {"retire_role_name": "denied", "retire_quarantine_policy": "deny-all", "retire_regions": [REGION]},
}


@pytest.fixture(scope="module", name="uses")
def _uses(aws, controller):
    """Roles that have been in quarantine for 20 days; one of them was used during that time."""
    aws.iam.create_policy(PolicyName="deny-all", PolicyDocument=json.dumps(DENIAL))
    aws.make_role("denied")
    for role in USES.keys() - {"denied"}:
        aws.make_role(role)
        quarantine(aws, role, 20)
    aws.use("used")
    uses = play_of(controller, ROLE, USES)
    uses.run.succeeded()
    return uses


def ends_as(use, state):
    def effect(uses, _variable):
        assert uses.fact(use, "retire_result")["state"] == state

    return effect


def attaches(uses, variable):
    assert [each["managed_policies"] for each in uses.of("denied", CHANGE) if each.get("managed_policies")] == [[uses.variables["denied"][variable]]]


EFFECTS = {
    "retire_role_name": [passes("used", READ, "names", value=["used"]), passes("used", CHANGE, "name")],
    "retire_state": [ends_as("missed", "restored")],
    "retire_after_days": [ends_as("early", "waiting")],
    "retire_although_used": [ends_as("used", "deleted")],
    "retire_quarantine_policy": [attaches, ends_as("denied", "quarantined")],
    "retire_regions": [passes("used", READ, "regions"), passes("used", CHANGE, "regions")],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
