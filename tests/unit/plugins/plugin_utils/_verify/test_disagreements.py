# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disagreement between AWS and the policy simulator: what counts as one, and its message."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.disagreements import WHEN_ALLOWED, WHEN_DENIED, disagreements


def tried(answer, action="s3:GetObject", resource="arn:a", code=None):
    return {"action": action, "resource": resource, "answer": answer, "code": code}


def simulated(decision, action="s3:GetObject", resource="arn:a", missing=()):
    return {"action": action, "resource": resource, "decision": decision, "missing_context_values": list(missing)}


@pytest.mark.parametrize(
    "answer, decision, fix",
    [
        ("allowed", "allowed", None),
        ("allowed", "implicitDeny", WHEN_ALLOWED),
        ("allowed", "explicitDeny", WHEN_ALLOWED),
        ("denied", "allowed", WHEN_DENIED),
        ("denied", "implicitDeny", None),
        ("denied", "explicitDeny", None),
        ("unknown", "allowed", None),
        ("unknown", "implicitDeny", None),
        ("another", "allowed", WHEN_ALLOWED),
        ("zzz", "allowed", WHEN_ALLOWED),
    ],
)
def test_which_answers_disagree_with_which_decisions(answer, decision, fix):
    assert [each["fix"] for each in disagreements([tried(answer)], [simulated(decision)])] == ([fix] if fix else [])


@pytest.mark.parametrize(
    "real, other, found",
    [
        (("sts:GetCallerIdentity", "arn:a"), ("sts:GetCallerIdentity", "arn:a"), 0),  # needs no permission
        (("sts:AssumeRole", "arn:a"), ("sts:AssumeRole", "arn:a"), 1),
        (("S3:GetObject", "arn:a"), ("s3:getobject", "arn:a"), 1),
        (("s3:GetObject", "arn:a"), ("s3:GetObject", "arn:b"), 0),
        (("s3:GetObject", None), ("s3:GetObject", None), 1),
        (("s3:GetObject", "arn:a"), ("s3:PutObject", "arn:a"), 0),
    ],
)
def test_only_the_same_action_on_the_same_resource_is_compared(real, other, found):
    assert len(disagreements([tried("allowed", *real)], [simulated("implicitDeny", *other)])) == found


def test_the_message():
    full = disagreements([tried("denied", code="AccessDenied")], [simulated("allowed", missing=["aws:SourceIp", "k"])])
    short = disagreements([tried("allowed", resource=None)], [simulated("implicitDeny", resource=None)])
    assert full[0]["message"] == (
        "s3:GetObject on arn:a is denied (AccessDenied) on the host, but the policy simulator says allowed (without values for aws:SourceIp, k)."
    )
    assert short[0]["message"] == "s3:GetObject is allowed on the host, but the policy simulator says implicitDeny."
    assert full[0]["code"] == "simulator_disagrees"
