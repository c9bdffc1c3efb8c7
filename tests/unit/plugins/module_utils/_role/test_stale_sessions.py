# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances keep a former role's credentials, and when anybody looks for them."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._common.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import NAMED, Sweep, User
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.stale_sessions import find_left_behind
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile

ARN = "arn:aws:iam::123456789012:instance-profile/web"
SPEC = RoleSpec(name="next", instance_profile_name="web", replace_profile_role=True)


def profile(*roles):
    return InstanceProfile("web", "/", roles, {}, ARN, "AIPA1")


class Users:
    """Finds what it is told to; ``asked`` are the ARNs that it was asked about."""

    def __init__(self, found):
        self.found = found
        self.asked = []

    def of(self, arns):
        self.asked += arns
        if isinstance(self.found, AwsError):
            raise self.found
        return self.found


NOT_LOOKED_FOR = [
    (SPEC, None),
    (SPEC, profile("next")),
    (SPEC, profile("NEXT")),
    (RoleSpec(name="next", instance_profile_name="web"), profile()),
    (RoleSpec(name="next", create_instance_profile=False, replace_profile_role=True), profile("old")),
]


@pytest.mark.parametrize("spec, found", NOT_LOOKED_FOR)
def test_nobody_looks_where_no_role_takes_anothers_place(spec, found):
    users = Users(Sweep())
    assert find_left_behind(spec, found, users) is None
    assert users.asked == []


@pytest.mark.parametrize("roles", [("old",), ()])
def test_where_there_is_none_nothing_is_told(roles):
    users = Users(Sweep())
    left = find_left_behind(SPEC, profile(*roles), users)
    assert (left.rows(), left.warnings(), users.asked) == ((), (), [ARN])


def test_a_warning_names_some_and_the_rows_have_all():
    found = [User(ARN, f"i-{number}", "eu-central-1") for number in range(NAMED + 2)]
    left = find_left_behind(SPEC, profile("old"), Users(Sweep(found)))
    assert [row["instance_id"] for row in left.rows()] == [user.instance_id for user in found]
    (warning,) = left.warnings()
    assert "keep the credentials of the role old" in warning
    assert "i-9 (eu-central-1) and 2 more" in warning


def test_regions_where_nobody_may_look_are_named():
    closed = Incomplete("ap-south-1", "UnauthorizedOperation", "no")
    (warning,) = find_left_behind(SPEC, profile("old"), Users(Sweep((), [closed]))).warnings()
    assert "Access denied in ap-south-1 (UnauthorizedOperation)" in warning


def test_a_refusal_is_a_warning():
    refusal = AwsError("ec2:DescribeRegions", "*", "list", "UnauthorizedOperation", "no")
    left = find_left_behind(SPEC, profile("old"), Users(refusal))
    assert left.rows() == ()
    (warning,) = left.warnings()
    assert "Allow ec2:DescribeRegions" in warning
