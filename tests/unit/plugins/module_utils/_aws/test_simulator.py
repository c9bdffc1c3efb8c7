# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM's policy simulator."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.module_utils._aws.simulator import ACTIONS_IN_A_CALL, Simulated, Simulator
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client

ARN = "arn:aws:iam::123456789012:role/web"


def simulate(PolicySourceArn, ActionNames, ResourceArns=None):
    """A simulator that spells actions differently, returns none for sts, and misses a context value for object actions."""
    rows = [{"EvalActionName": each.lower(), "EvalDecision": "allowed" if ResourceArns else "implicitDeny"} for each in ActionNames]
    known = [each for each in rows if not each["EvalActionName"].startswith("sts:")]
    return {"EvaluationResults": [{**each, **({"MissingContextValues": ["k"]} if "object" in each["EvalActionName"] else {})} for each in known]}


def test_each_pair_has_its_decision():
    client = Client(("simulate_principal_policy",), simulate_principal_policy=simulate)
    wanted = [("s3:GetObject", "a"), ("s3:ListBucket", None), ("sts:X", None), ("s3:GetObject", None), ("s3:GetObject", "a")]
    assert Simulator(client).of(ARN, wanted) == [
        Simulated("s3:getobject", "a", "allowed", ("k",)),
        Simulated("s3:listbucket", None, "implicitDeny"),
        Simulated("s3:getobject", None, "implicitDeny", ("k",)),
    ]
    assert [asked for _method, asked in client.asked] == [
        {"PolicySourceArn": ARN, "ActionNames": ["s3:GetObject"], "ResourceArns": ["a"]},
        {"PolicySourceArn": ARN, "ActionNames": ["s3:ListBucket", "sts:X", "s3:GetObject"]},
    ]


def test_fifty_actions_per_call():
    client = Client(simulate_principal_policy=simulate)
    wanted = [(f"s3:A{number}", None) for number in range(ACTIONS_IN_A_CALL + 1)]
    assert len(Simulator(client).of(ARN, wanted)) == 51
    assert [len(asked["ActionNames"]) for _method, asked in client.asked] == [50, 1]


def test_a_decision_as_a_result():
    assert Simulated("s3:GetObject", "a", "allowed", ("k",)).as_result() == {
        "action": "s3:GetObject",
        "resource": "a",
        "decision": "allowed",
        "missing_context_values": ["k"],
    }
