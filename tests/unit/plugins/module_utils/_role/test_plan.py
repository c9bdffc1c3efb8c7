# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that create or change a role."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_absent, plan_present
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import (
    ACTUAL,
    BOUNDARY,
    EC2,
    LAMBDA,
    PROFILE,
    READ,
    ROLE,
    S3,
    TRUST,
    WRITE,
    operations,
    present,
)


def test_a_new_role_is_created_with_one_call():
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


def test_options_that_are_not_given_change_nothing():
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
def test_each_option_needs_exactly_its_calls(options, expected):
    state = replace(ACTUAL, profile=None) if "instance_profile_name" in options else ACTUAL
    assert operations(present(RoleSpec(name="web", **options), state)) == expected


@pytest.mark.parametrize("options, expected", CHANGES)
def test_an_applied_plan_leaves_nothing_to_do(options, expected):
    spec = RoleSpec(name="web", **options)
    state = replace(ACTUAL, profile=None) if "instance_profile_name" in options else ACTUAL
    assert operations(present(spec, present(spec, state).after)) == []


def test_update_role_always_sends_both_values():
    (change,) = present(RoleSpec(name="web", description="new")).changes
    assert change.parameters == {"RoleName": "web", "Description": "new", "MaxSessionDuration": 3600}


def test_tags_of_aws_are_never_removed():
    changes = present(RoleSpec(name="web", tags={})).changes
    assert [change.parameters["TagKeys"] for change in changes] == [["a"]]


@pytest.mark.parametrize("purge", [True, False])
def test_tag_keys_of_roles_ignore_case_and_those_of_profiles_do_not(purge):
    state = replace(ACTUAL, profile=replace(PROFILE, tags={"a": "1"}))
    plan = present(RoleSpec(name="web", tags={"A": "2"}, purge_tags=purge), state)
    assert plan.after.role.tags == {"A": "2", "aws:cloudformation:stack-name": "x"}
    assert plan.after.profile.tags == ({"A": "2"} if purge else {"a": "1", "A": "2"})
    assert operations(plan) == ["TagRole", "TagInstanceProfile", *(["UntagInstanceProfile"] if purge else [])]


def test_calls_use_the_actual_case_of_names():
    spec = RoleSpec(name="WEB", managed_policies=(EC2,), tags={"b": "1"})
    plan = present(spec, replace(ACTUAL, profile=replace(PROFILE, roles=())))
    assert {change.target for change in plan.changes} == {"role/web", "instance-profile/web"}
    assert {change.parameters.get("RoleName", "web") for change in plan.changes} == {"web"}
    assert (plan.after.role.name, plan.after.profile.name, plan.after.profile.roles) == ("web", "web", ("web",))


def test_a_profile_is_found_in_another_case():
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


def test_an_empty_profile_with_the_name_is_used():
    empty = replace(PROFILE, roles=())
    assert operations(present(RoleSpec(name="web"), replace(ACTUAL, profile=empty))) == ["AddRoleToInstanceProfile"]


def test_a_profile_with_another_role_is_an_error_without_replace_profile_role():
    state = replace(ACTUAL, profile=replace(PROFILE, roles=("db",)))
    with pytest.raises(OptionError, match="already contains the role db"):
        present(RoleSpec(name="web"), state)
    plan = present(RoleSpec(name="web", replace_profile_role=True), state)
    assert operations(plan) == ["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"]


def test_without_create_instance_profile_profiles_are_left_alone():
    spec = RoleSpec(name="web", create_instance_profile=False)
    assert operations(present(spec, replace(ACTUAL, profile=None))) == []


@pytest.mark.parametrize("path, is_error", [("/", False), ("/other/", True)])
def test_the_path_of_a_role_can_not_be_changed(path, is_error):
    if is_error:
        with pytest.raises(OptionError, match="the role web exists with the path /, and AWS can't change a path"):
            present(RoleSpec(name="web", path=path))
    else:
        assert operations(present(RoleSpec(name="web", path=path))) == []


def test_the_path_of_a_profile_can_not_be_changed():
    state = RoleState(None, replace(PROFILE, roles=()))
    with pytest.raises(OptionError, match="the instance profile web exists with the path /, and AWS can't"):
        present(RoleSpec(name="web", path="/team/"), state)


@pytest.mark.parametrize(
    "path, says",
    [
        ("/aws-service-role/autoscaling.amazonaws.com/", "the role web is linked to the service autoscaling.amazonaws.com"),
        ("/aws-reserved/sso.amazonaws.com/eu-central-1/", "the role web belongs to sso.amazonaws.com, and only AWS can change it"),
        ("/aws-reserved/", "the role web belongs to AWS"),
    ],
)
def test_a_role_of_aws_is_never_changed(path, says):
    state = RoleState(replace(ROLE, path=path))
    assert present(RoleSpec(name="web", create_instance_profile=False), state).changes == ()
    with pytest.raises(OptionError, match=f"^name: {says}.*create the instance profile"):
        present(RoleSpec(name="web"), state)
    with pytest.raises(OptionError, match=f"^name: {says}.*detach the managed policy"):
        present(RoleSpec(name="web", create_instance_profile=False, managed_policies=()), state)
    with pytest.raises(OptionError, match=says):
        plan_absent(RoleSpec(name="web"), state)


def test_the_diff_has_no_ids_and_no_dates():
    plan = present(RoleSpec(name="web", description="new"))
    assert plan.diff()["before"]["iam_role"]["description"] == "old"
    assert plan.diff()["after"]["iam_role"]["description"] == "new"
    assert not {"arn", "role_id", "create_date"} & plan.diff()["after"]["iam_role"].keys()


FOREIGN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole"}],
}
CREATED_FIRST = replace(ACTUAL, role=replace(ACTUAL.role, trust_policy=FOREIGN))
MORE = RoleSpec(name="web", managed_policies=(*ACTUAL.role.managed_policies, "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))


@pytest.mark.parametrize(
    "actual, spec, is_warned",
    [
        (CREATED_FIRST, MORE, True),
        (CREATED_FIRST, RoleSpec(name="web", inline_policies={"new": WRITE}), True),
        (CREATED_FIRST, replace(MORE, trust_policy=FOREIGN), False),
        (CREATED_FIRST, RoleSpec(name="web", tags={"a": "2"}), False),
        (ACTUAL, MORE, False),
        (RoleState(), replace(MORE, trust_policy=FOREIGN), False),
    ],
)
def test_who_may_assume_a_role_that_somebody_has_created_first_is_reported(actual, spec, is_warned):
    """Whoever may create roles can take a name first, and would get the permissions."""
    warnings = [each for each in plan_present(spec, actual).warnings if "may assume it" in each]
    assert bool(warnings) is is_warned
    assert not is_warned or "keeps its trust policy, with which arn:aws:iam::210987654321:root may assume it." in warnings[0]
