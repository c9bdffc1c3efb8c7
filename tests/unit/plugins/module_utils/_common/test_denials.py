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
