# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that make a role as wanted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_absent
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import (
    BOUNDARY,
    EC2,
    LAMBDA,
    PROFILE,
    READ,
    ROLE,
    S3,
    THERE,
    TRUST,
    WRITE,
    operations,
    present,
)


def test_a_new_role_is_made_with_everything_in_one_call():
    spec = RoleSpec(
        name="web",
        path="/team/",
        description="d",
        max_session_duration=7200,
        permissions_boundary=BOUNDARY,
        tags={"a": "1"},
        managed_policies=(S3,),
        inline_policies={"read": READ},
    )
    plan = present(spec, RoleState())
    assert operations(plan) == [
        "CreateRole",
        "AttachRolePolicy",
        "PutRolePolicy",
        "CreateInstanceProfile",
        "AddRoleToInstanceProfile",
    ]
    assert plan.changes[0].parameters == {
        "RoleName": "web",
        "Path": "/team/",
        "AssumeRolePolicyDocument": json.dumps(TRUST),
        "Description": "d",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": BOUNDARY,
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    assert plan.changes[3].parameters == {
        "InstanceProfileName": "web",
        "Path": "/team/",
        "Tags": [{"Key": "a", "Value": "1"}],
    }


def test_what_is_not_given_is_left_alone():
    assert operations(present(RoleSpec(name="web"))) == []


CHANGES = [
    ({"description": "new"}, ["UpdateRole"]),
    ({"description": ""}, ["UpdateRole"]),
    ({"max_session_duration": 7200}, ["UpdateRole"]),
    ({"description": "new", "max_session_duration": 7200}, ["UpdateRole"]),
    ({"trust_policy": LAMBDA}, ["UpdateAssumeRolePolicy"]),
    ({"trust_policy": {"Statement": TRUST["Statement"][0], "Version": "2012-10-17"}}, []),
    ({"permissions_boundary": EC2}, ["PutRolePermissionsBoundary"]),
    ({"permissions_boundary": BOUNDARY}, []),
    ({"permissions_boundary": ""}, ["DeleteRolePermissionsBoundary"]),
    ({"managed_policies": (EC2,)}, ["AttachRolePolicy", "DetachRolePolicy"]),
    ({"managed_policies": (EC2,), "purge_policies": False}, ["AttachRolePolicy"]),
    ({"managed_policies": (S3,)}, []),
    ({"managed_policies": ()}, ["DetachRolePolicy"]),
    ({"managed_policies": (), "purge_policies": False}, []),
    ({"inline_policies": {"write": WRITE}}, ["PutRolePolicy", "DeleteRolePolicy"]),
    ({"inline_policies": {"write": WRITE}, "purge_inline_policies": False}, ["PutRolePolicy"]),
    ({"inline_policies": {"read": {**READ, "Statement": READ["Statement"][0]}}}, []),
    ({"inline_policies": {"read": WRITE}}, ["PutRolePolicy"]),
    ({"inline_policies": {}}, ["DeleteRolePolicy"]),
    ({"tags": {"a": "2"}}, ["TagRole", "TagInstanceProfile"]),
    ({"tags": {"b": "1"}}, ["TagRole", "TagInstanceProfile", "UntagRole"]),
    ({"tags": {"b": "1"}, "purge_tags": False}, ["TagRole", "TagInstanceProfile"]),
    ({"tags": {}}, ["UntagRole"]),
    ({"tags": {"A": "1"}}, ["TagRole", "TagInstanceProfile"]),
    ({"tags": {"A": "2"}, "purge_tags": False}, ["TagRole", "TagInstanceProfile"]),
    ({"instance_profile_name": "other"}, ["CreateInstanceProfile", "AddRoleToInstanceProfile"]),
]


@pytest.mark.parametrize("options, expected", CHANGES)
def test_each_option_leads_to_just_its_calls(options, expected):
    state = replace(THERE, profile=None) if "instance_profile_name" in options else THERE
    assert operations(present(RoleSpec(name="web", **options), state)) == expected


@pytest.mark.parametrize("options, expected", CHANGES)
def test_a_plan_applied_leaves_nothing_to_plan(options, expected):
    spec = RoleSpec(name="web", **options)
    state = replace(THERE, profile=None) if "instance_profile_name" in options else THERE
    assert operations(present(spec, present(spec, state).after)) == []


def test_update_role_always_carries_both_values():
    (change,) = present(RoleSpec(name="web", description="new")).changes
    assert change.parameters == {"RoleName": "web", "Description": "new", "MaxSessionDuration": 3600}


def test_what_aws_tagged_is_never_removed():
    changes = present(RoleSpec(name="web", tags={})).changes
    assert [change.parameters["TagKeys"] for change in changes] == [["a"]]


@pytest.mark.parametrize("purge", [True, False])
def test_a_role_tag_in_another_case_is_one_tag_and_a_profile_tag_another(purge):
    state = replace(THERE, profile=replace(PROFILE, tags={"a": "1"}))
    plan = present(RoleSpec(name="web", tags={"A": "2"}, purge_tags=purge), state)
    assert plan.after.role.tags == {"A": "2", "aws:cloudformation:stack-name": "x"}
    assert plan.after.profile.tags == ({"A": "2"} if purge else {"a": "1", "A": "2"})
    assert operations(plan) == ["TagRole", "TagInstanceProfile", *(["UntagInstanceProfile"] if purge else [])]


def test_names_are_written_as_iam_spells_them():
    spec = RoleSpec(name="WEB", managed_policies=(EC2,), tags={"b": "1"})
    plan = present(spec, replace(THERE, profile=replace(PROFILE, roles=())))
    assert {change.target for change in plan.changes} == {"role/web", "instance-profile/web"}
    assert {change.parameters.get("RoleName", "web") for change in plan.changes} == {"web"}
    assert (plan.after.role.name, plan.after.profile.name, plan.after.profile.roles) == ("web", "web", ("web",))


def test_a_profile_that_holds_the_role_in_another_case_is_the_roles():
    assert present(RoleSpec(name="WEB")).changes == ()


def test_additions_come_before_removals():
    spec = RoleSpec(name="web", managed_policies=(EC2,), inline_policies={"write": WRITE}, tags={"b": "1"})
    assert operations(present(spec)) == [
        "TagRole",
        "AttachRolePolicy",
        "PutRolePolicy",
        "TagInstanceProfile",
        "DetachRolePolicy",
        "DeleteRolePolicy",
        "UntagRole",
    ]


def test_a_profile_of_the_name_is_taken_over():
    empty = replace(PROFILE, roles=())
    assert operations(present(RoleSpec(name="web"), replace(THERE, profile=empty))) == ["AddRoleToInstanceProfile"]


def test_a_profile_with_another_role_is_an_error_unless_it_may_be_replaced():
    state = replace(THERE, profile=replace(PROFILE, roles=("db",)))
    with pytest.raises(OptionError, match="holds the role db"):
        present(RoleSpec(name="web"), state)
    plan = present(RoleSpec(name="web", replace_profile_role=True), state)
    assert operations(plan) == ["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"]


def test_without_a_profile_of_its_own_profiles_are_left_alone():
    spec = RoleSpec(name="web", create_instance_profile=False)
    assert operations(present(spec, replace(THERE, profile=None))) == []


@pytest.mark.parametrize("path, is_error", [("/", False), ("/other/", True)])
def test_a_path_can_only_be_given_to_a_new_role(path, is_error):
    if is_error:
        with pytest.raises(OptionError, match="the role web exists with the path /, and AWS can't change a path"):
            present(RoleSpec(name="web", path=path))
    else:
        assert operations(present(RoleSpec(name="web", path=path))) == []


def test_nor_can_the_path_of_a_profile_be_changed():
    state = RoleState(None, replace(PROFILE, roles=()))
    with pytest.raises(OptionError, match="the instance profile web exists with the path /, and AWS can't"):
        present(RoleSpec(name="web", path="/team/"), state)


LINKED = replace(ROLE, path="/aws-service-role/autoscaling.amazonaws.com/")


def test_a_service_linked_role_is_looked_at_but_never_changed():
    state = RoleState(LINKED)
    assert present(RoleSpec(name="web", create_instance_profile=False), state).changes == ()
    says = "the role web is linked to the service autoscaling.amazonaws.com"
    with pytest.raises(OptionError, match=f"^name: {says}, .*detach the managed policy"):
        present(RoleSpec(name="web", create_instance_profile=False, managed_policies=()), state)
    with pytest.raises(OptionError, match=says):
        plan_absent(RoleSpec(name="web"), state)


def test_the_diff_shows_no_ids_and_no_dates():
    plan = present(RoleSpec(name="web", description="new"))
    assert plan.diff()["before"]["iam_role"]["description"] == "old"
    assert plan.diff()["after"]["iam_role"]["description"] == "new"
    assert not {"arn", "role_id", "create_date"} & plan.diff()["after"]["iam_role"].keys()
