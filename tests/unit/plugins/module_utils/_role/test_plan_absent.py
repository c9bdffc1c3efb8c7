# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that delete a role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_absent
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import (
    ACTUAL,
    PROFILE,
    ROLE,
    operations,
)


def test_what_can_be_put_back_comes_before_what_is_another_role_or_profile_afterwards():
    other = instance_profile("other", "web")
    plan = plan_absent(RoleSpec(name="web"), replace(ACTUAL, other_profiles=(other,)))
    assert [(change.operation, change.target) for change in plan.changes] == [
        ("RemoveRoleFromInstanceProfile", "instance-profile/web"),
        ("RemoveRoleFromInstanceProfile", "instance-profile/other"),
        ("DetachRolePolicy", "role/web"),
        ("DeleteRolePolicy", "role/web"),
        ("DeleteRole", "role/web"),
        ("DeleteInstanceProfile", "instance-profile/web"),
    ]
    assert plan.after == RoleState(None, None, (replace(other, roles=()),))
    assert plan.after.as_diff() == {"other_instance_profiles": {"other": []}}
    assert plan_absent(RoleSpec(name="web"), ACTUAL).after.as_diff() == {}


def test_a_role_in_another_case_is_deleted_with_its_profile():
    plan = plan_absent(RoleSpec(name="WEB"), ACTUAL)
    assert operations(plan) == operations(plan_absent(RoleSpec(name="web"), ACTUAL))
    assert {change.target for change in plan.changes} == {"role/web", "instance-profile/web"}


ABSENT = [
    (RoleState(), {}, []),
    (RoleState(None, replace(PROFILE, roles=())), {}, ["DeleteInstanceProfile"]),
    (RoleState(None, replace(PROFILE, roles=("db",))), {}, []),
    (RoleState(ROLE, replace(PROFILE, roles=("db",))), {}, ["DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"]),
    (
        ACTUAL,
        {"create_instance_profile": False},
        ["RemoveRoleFromInstanceProfile", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"],
    ),
    (
        ACTUAL,
        {"delete_instance_profile": False},
        ["RemoveRoleFromInstanceProfile", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"],
    ),
    (
        ACTUAL,
        {"create_instance_profile": False, "delete_instance_profile": True},
        ["RemoveRoleFromInstanceProfile", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole", "DeleteInstanceProfile"],
    ),
    (
        RoleState(ROLE, replace(PROFILE, roles=("db",))),
        {"delete_instance_profile": True},
        ["DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"],
    ),
]


@pytest.mark.parametrize("actual, options, expected", ABSENT)
def test_deletion_removes_only_what_belongs_to_the_role(actual, options, expected):
    plan = plan_absent(RoleSpec(name="web", **options), actual)
    assert operations(plan) == expected
    assert operations(plan_absent(RoleSpec(name="web", **options), plan.after)) == []
