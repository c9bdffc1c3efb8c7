# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that keep a former role's credentials, and when they are searched."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._common.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import MAX_LISTED, ProfileUser, ProfileUsers
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.stale_sessions import find_stale_sessions
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.finder import Finder

ARN = "arn:aws:iam::123456789012:instance-profile/web"
SPEC = RoleSpec(name="next", instance_profile_name="web", replace_profile_role=True)


def profile(*roles):
    return instance_profile("web", *roles)


NOT_SEARCHED = [
    (SPEC, None),
    (SPEC, profile("next")),
    (SPEC, profile("NEXT")),
    (RoleSpec(name="next", instance_profile_name="web"), profile()),
    (RoleSpec(name="next", create_instance_profile=False, replace_profile_role=True), profile("old")),
]


@pytest.mark.parametrize("spec, found", NOT_SEARCHED)
def test_nothing_is_searched_if_no_role_is_replaced(spec, found):
    finder = Finder(ProfileUsers())
    assert find_stale_sessions(spec, found, finder) is None
    assert finder.asked == []


@pytest.mark.parametrize("roles", [("old",), ()])
def test_without_instances_there_are_no_warnings(roles):
    finder = Finder(ProfileUsers())
    stale = find_stale_sessions(SPEC, profile(*roles), finder)
    assert (stale.rows(), stale.warnings(), finder.asked) == ((), (), [ARN])


def test_the_warning_lists_some_instances_and_the_rows_all():
    found = [ProfileUser(ARN, f"i-{number}", "eu-central-1") for number in range(MAX_LISTED + 2)]
    stale = find_stale_sessions(SPEC, profile("old"), Finder(ProfileUsers(found)))
    assert [row["instance_id"] for row in stale.rows()] == [user.instance_id for user in found]
    (warning,) = stale.warnings()
    assert "keep the credentials of the role old" in warning
    assert "i-9 (eu-central-1) and 2 more" in warning


def test_unread_regions_are_named():
    closed = Incomplete("ap-south-1", "UnauthorizedOperation", "no")
    (warning,) = find_stale_sessions(SPEC, profile("old"), Finder(ProfileUsers((), [closed]))).warnings()
    assert "Access denied in ap-south-1 (UnauthorizedOperation)" in warning


def test_a_read_error_is_a_warning():
    error = AwsError("ec2:DescribeRegions", "*", "list", "UnauthorizedOperation", "no")
    stale = find_stale_sessions(SPEC, profile("old"), Finder(error))
    assert stale.rows() == ()
    (warning,) = stale.warnings()
    assert "Allow ec2:DescribeRegions" in warning
