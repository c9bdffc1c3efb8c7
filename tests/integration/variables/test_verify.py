# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effect of each variable of the role verify."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, play_of

ROLE = "verify"
ASK, SIMULATE = "keyless.ec2.instance_identity_info", "keyless.ec2.iam_ec2_role_info"

# The simulator is not asked about this action, because it has a call of its own.
CALL = {
    "service": "ec2",
    "method": "POST",
    "body": "Action=DescribeAddresses&Version=2016-11-15&DryRun=true",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
}


@pytest.fixture(scope="module", name="uses")
def _uses(aws, controller):
    """Two uses on a host that can act as its role, and one on a host without a role, which is tolerated."""
    aws.make_profile("web")
    (acting,), (bare,) = aws.run_instances(profile="web"), aws.run_instances()
    variables = {
        "acting": {
            "verify_endpoint": f"{aws.endpoint}/imds/{acting}",
            "verify_expected_role": "web",
            "verify_actions": ["sts:GetCallerIdentity"],
            "verify_simulate": False,
            "verify_aws_endpoint": aws.endpoint,
            "verify_wait": True,
            "verify_wait_timeout": 7,
            "verify_probe_imdsv1": True,
        },
        "simulating": {
            "verify_endpoint": f"{aws.endpoint}/imds/{acting}",
            "verify_actions": ["sts:GetCallerIdentity", {"action": "ec2:DescribeAddresses", "call": CALL}],
            "verify_aws_endpoint": aws.endpoint,
        },
        "tolerant": {"verify_endpoint": f"{aws.endpoint}/imds/{bare}", "verify_tolerated": ["no_profile", "imdsv1_allowed"]},
    }
    uses = play_of(controller, ROLE, variables)
    uses.run.succeeded()
    return uses


def asks_with(option):
    return [passes("acting", ASK, option)]


def does_not_simulate(uses, _variable):
    assert uses.of("acting", SIMULATE) == []


def tolerates(uses, _variable):
    found = next(each["problems"] for each in uses.results("tolerant") if "problems" in each)
    assert [each["code"] for each in found] == ["no_profile"] and not uses.failed("tolerant")


EFFECTS = {
    "verify_expected_role": asks_with("expected_role"),
    "verify_tolerated": [tolerates],
    "verify_actions": [*asks_with("actions"), passes("simulating", SIMULATE, "simulate", value=["sts:GetCallerIdentity"])],
    "verify_simulate": [does_not_simulate],
    "verify_aws_endpoint": asks_with("aws_endpoint"),
    "verify_wait": asks_with("wait"),
    "verify_wait_timeout": asks_with("wait_timeout"),
    "verify_probe_imdsv1": asks_with("probe_imdsv1"),
    "verify_endpoint": asks_with("endpoint"),
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
