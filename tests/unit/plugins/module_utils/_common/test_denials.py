# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The type of policy that denied a call, in AWS's own words, and what to do about it."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.denials import POLICIES, Denial, denial_in_message, suggestion_for_denial

REFUSED = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: ec2:Go on resource: arn:aws:ec2:r:1:instance/i-1"
EXPLICIT = REFUSED + " with an explicit deny in {} {}"
MISSING = REFUSED + " because no {} allows the ec2:Go action"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("is_explicit", [True, False])
def test_the_type_of_policy_decides_the_suggestion(policy, is_explicit):
    text = EXPLICIT.format("the" if "trust" in policy else "a", policy) if is_explicit else MISSING.format(policy)
    found = denial_in_message(text)
    assert found == Denial("ec2:Go", "arn:aws:ec2:r:1:instance/i-1", is_explicit, (), policy)
    said = suggestion_for_denial(found)
    assert "ec2:Go on arn:aws:ec2:r:1:instance/i-1" in said
    assert said == POLICIES[policy][is_explicit].format(what="ec2:Go on arn:aws:ec2:r:1:instance/i-1", identity="the identity that runs this task")


# AWS's own sentences: from the page that denials.py names, and from Amazon S3, which quotes the resource
JOHN = "User: arn:aws:iam::123456789012:user/John is not authorized to perform: "
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
DENIED_BY = [
    (f"secretsmanager:GetSecretValue on resource: {SECRET} with an explicit deny in a resource control policy", SECRET, "resource control policy"),
    (
        's3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny in a resource control policy',
        "arn:aws:s3:::b/k",
        "resource control policy",
    ),
    ("sts:AssumeRole because no role trust policy allows the sts:AssumeRole action", "", "role trust policy"),
    ("sts:AssumeRole with an explicit deny in the role trust policy", "", "role trust policy"),
    ("codecommit:ListRepositories because no VPC endpoint policy allows the codecommit:ListRepositories action", "", "VPC endpoint policy"),
    ("codecommit:ListRepositories with an explicit deny in a service control policy", "", "service control policy"),
]


@pytest.mark.parametrize("said, resource, policy", DENIED_BY)
def test_sentences_of_aws(said, resource, policy):
    found = denial_in_message(JOHN + said)
    assert (found.action, found.resource, found.policy) == (said.split()[0], resource, policy)
    assert found.is_explicit == ("explicit" in said)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (REFUSED, Denial("ec2:Go", "arn:aws:ec2:r:1:instance/i-1", False)),
        ("User: me is not authorized to perform: iam:ListRoles", Denial("iam:ListRoles", "", False)),
        (EXPLICIT.format("a", "service control policy: arn:aws:organizations::1:policy/p"), "service control policy"),
        (EXPLICIT.format("an", "identity-based policy") + ". Encoded authorization failure message: x", "identity-based policy"),
        ("You are not authorized to perform this operation.", None),
    ],
)
def test_what_a_message_names(message, found):
    denial = denial_in_message(message)
    assert (denial.policy if isinstance(found, str) else denial) == found


def test_a_type_of_policy_that_is_new():
    assert suggestion_for_denial(denial_in_message(MISSING.format("galactic policy"))).startswith("No galactic policy allows ec2:Go on ")
