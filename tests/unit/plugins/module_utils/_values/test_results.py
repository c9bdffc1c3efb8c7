# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, profiles and findings as return values."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.policy_finding import finding_in
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def test_a_planned_role_returns_what_is_known():
    result = Role("web", "/", {"Statement": []}, managed_policies={"b": "B", "a": "A"}).as_result()
    assert result["max_session_duration"] == 3600
    assert result["attached_policies"] == [{"policy_arn": "a", "policy_name": "A"}, {"policy_arn": "b", "policy_name": "B"}]
    assert not {"role_id", "arn", "create_date", "description", "permissions_boundary"} & set(result)


def test_a_role_returns_its_description_and_its_boundary():
    result = Role("web", "/", {}, description="It serves.", permissions_boundary=BOUNDARY).as_result()
    assert result["description"] == "It serves."
    assert result["permissions_boundary"] == {"permissions_boundary_arn": BOUNDARY, "permissions_boundary_type": "Policy"}


@pytest.mark.parametrize("tags", [None, {}, {"a": "b"}])
def test_a_profile_returns_known_tags(tags):
    result = InstanceProfile("web", "/", ("web",), tags).as_result()
    assert result == {"instance_profile_name": "web", "path": "/", "roles": ["web"], "tags": tags}


@pytest.mark.parametrize(
    "described, location",
    [
        ({}, ""),
        ({"locations": []}, ""),
        (
            {"locations": [{"path": [{"value": "Statement"}, {"index": 0}, {"key": "Action"}, {"substring": {"start": 1}}]}, {"path": []}]},
            ".Statement[0].Action",
        ),
    ],
)
def test_a_finding_has_its_first_location(described, location):
    finding = finding_in({"findingType": "ERROR", "issueCode": "BAD", "findingDetails": "It is bad.", **described})
    assert (finding.kind, finding.location, str(finding)) == ("ERROR", location, "BAD: It is bad.")
