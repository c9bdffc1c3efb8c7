# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.disagreements: what counts as one, and what is said of it."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.disagreements import ALLOWED, DENIED, FilterModule

disagreements = FilterModule().filters()["disagreements"]


def tried(answer, action="s3:GetObject", resource="arn:a", code=None):
    return {"action": action, "resource": resource, "answer": answer, "code": code}


def simulated(decision, action="s3:GetObject", resource="arn:a", missing=()):
    return {"action": action, "resource": resource, "decision": decision, "missing_context_values": list(missing)}


@pytest.mark.parametrize(
    "answer, decision, fix",
    [
        ("allowed", "allowed", None),
        ("allowed", "implicitDeny", ALLOWED),
        ("allowed", "explicitDeny", ALLOWED),
        ("denied", "allowed", DENIED),
        ("denied", "implicitDeny", None),
        ("denied", "explicitDeny", None),
        ("unknown", "allowed", None),
        ("unknown", "implicitDeny", None),
        ("another", "allowed", ALLOWED),
        ("zzz", "allowed", ALLOWED),
    ],
)
def test_an_answer_and_a_decision(answer, decision, fix):
    assert [each["fix"] for each in disagreements([tried(answer)], [simulated(decision)])] == ([fix] if fix else [])


@pytest.mark.parametrize(
    "real, other, found",
    [
        (("sts:GetCallerIdentity", "arn:a"), ("sts:GetCallerIdentity", "arn:a"), 0),  # takes no permission
        (("sts:AssumeRole", "arn:a"), ("sts:AssumeRole", "arn:a"), 1),
        (("S3:GetObject", "arn:a"), ("s3:getobject", "arn:a"), 1),
        (("s3:GetObject", "arn:a"), ("s3:GetObject", "arn:b"), 0),
        (("s3:GetObject", None), ("s3:GetObject", None), 1),
        (("s3:GetObject", "arn:a"), ("s3:PutObject", "arn:a"), 0),
    ],
)
def test_only_the_same_action_on_the_same_resource_is_compared(real, other, found):
    assert len(disagreements([tried("allowed", *real)], [simulated("implicitDeny", *other)])) == found


def test_what_is_said():
    full = disagreements([tried("denied", code="AccessDenied")], [simulated("allowed", missing=["aws:SourceIp", "k"])])
    short = disagreements([tried("allowed", resource=None)], [simulated("implicitDeny", resource=None)])
    assert full[0]["message"] == (
        "On the host s3:GetObject on arn:a is denied (AccessDenied), and IAM's simulator says allowed without aws:SourceIp, k."
    )
    assert short[0]["message"] == "On the host s3:GetObject is allowed, and IAM's simulator says implicitDeny."
    assert full[0]["code"] == "simulator_disagrees"


@pytest.mark.parametrize("wrong", [None, "x", {}])
def test_what_is_no_list_is_refused(wrong):
    with pytest.raises(AnsibleFilterError, match="what was tried must be a list"):
        disagreements(wrong, [])
    with pytest.raises(AnsibleFilterError, match="what was simulated must be a list"):
        disagreements((), wrong)
