# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import trust_ec2
from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_absent, plan_present
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role

TRUST = trust_ec2("aws")
LAMBDA = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}

ROLE = Role(
    name="web",
    path="/",
    trust_policy=TRUST,
    description="old",
    permissions_boundary=BOUNDARY,
    tags={"a": "1", "aws:cloudformation:stack-name": "x"},
    managed_policies={S3: "AmazonS3ReadOnlyAccess"},
    inline_policies={"read": READ},
    arn="arn:aws:iam::123456789012:role/web",
)
PROFILE = InstanceProfile(name="web", path="/", roles=("web",), tags={}, arn="…", profile_id="AIPA1")
THERE = RoleState(ROLE, PROFILE)


def present(spec, actual=THERE):
    trust = TRUST if actual.role is None and spec.trust_policy is None else spec.trust_policy
    return plan_present(replace(spec, trust_policy=trust), actual)


def operations(plan):
    return [change.operation for change in plan.changes]


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


def test_deletion_keeps_the_order_that_iam_demands():
    other = InstanceProfile(name="other", path="/", roles=("web",), tags={})
    plan = plan_absent(RoleSpec(name="web"), replace(THERE, other_profiles=(other,)))
    assert [(change.operation, change.target) for change in plan.changes] == [
        ("RemoveRoleFromInstanceProfile", "instance-profile/web"),
        ("RemoveRoleFromInstanceProfile", "instance-profile/other"),
        ("DeleteInstanceProfile", "instance-profile/web"),
        ("DetachRolePolicy", "role/web"),
        ("DeleteRolePolicy", "role/web"),
        ("DeleteRole", "role/web"),
    ]
    assert plan.after == RoleState(None, None, (replace(other, roles=()),))


ABSENT = [
    (RoleState(), {}, []),
    (RoleState(None, replace(PROFILE, roles=())), {}, ["DeleteInstanceProfile"]),
    (RoleState(None, replace(PROFILE, roles=("db",))), {}, []),
    (RoleState(ROLE, replace(PROFILE, roles=("db",))), {}, ["DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"]),
    (
        THERE,
        {"create_instance_profile": False},
        ["RemoveRoleFromInstanceProfile", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"],
    ),
]


@pytest.mark.parametrize("actual, options, expected", ABSENT)
def test_deletion_takes_only_what_is_the_roles(actual, options, expected):
    plan = plan_absent(RoleSpec(name="web", **options), actual)
    assert operations(plan) == expected
    assert operations(plan_absent(RoleSpec(name="web", **options), plan.after)) == []


def test_the_diff_shows_no_ids_and_no_dates():
    plan = present(RoleSpec(name="web", description="new"))
    assert plan.diff()["before"]["iam_role"]["description"] == "old"
    assert plan.diff()["after"]["iam_role"]["description"] == "new"
    assert not {"arn", "role_id", "create_date"} & plan.diff()["after"]["iam_role"].keys()


NAMES = st.sampled_from(["a", "b", "c"])
DOCUMENT = st.sampled_from([READ, WRITE])
ARNS = {name: f"arn:aws:iam::aws:policy/{name}" for name in "abc"}
SPECS = st.builds(
    RoleSpec,
    name=st.just("web"),
    trust_policy=st.sampled_from([None, TRUST, LAMBDA]),
    description=st.sampled_from([None, "", "x"]),
    max_session_duration=st.sampled_from([None, 3600, 7200]),
    permissions_boundary=st.sampled_from([None, "", BOUNDARY]),
    managed_policies=st.none() | st.lists(st.sampled_from(list(ARNS.values())), unique=True).map(tuple),
    purge_policies=st.booleans(),
    inline_policies=st.none() | st.dictionaries(NAMES, DOCUMENT),
    purge_inline_policies=st.booleans(),
    tags=st.none() | st.dictionaries(NAMES, NAMES),
    purge_tags=st.booleans(),
    create_instance_profile=st.booleans(),
    replace_profile_role=st.just(True),
)
ROLES = st.builds(
    Role,
    name=st.just("web"),
    path=st.just("/"),
    trust_policy=st.sampled_from([TRUST, LAMBDA]),
    description=st.sampled_from(["", "x"]),
    permissions_boundary=st.sampled_from([None, BOUNDARY]),
    tags=st.dictionaries(NAMES, NAMES),
    managed_policies=st.lists(NAMES, unique=True).map(lambda names: {ARNS[name]: name for name in names}),
    inline_policies=st.dictionaries(NAMES, DOCUMENT),
)
PROFILES = st.builds(
    InstanceProfile,
    name=st.just("web"),
    path=st.just("/"),
    roles=st.sampled_from([(), ("web",), ("db",)]),
    tags=st.dictionaries(NAMES, NAMES),
)
STATES = st.builds(RoleState, role=st.none() | ROLES, profile=st.none() | PROFILES)


def made(state, change):
    """The state after the call, as IAM would have it: a second opinion on what the planner says of it."""
    parameters = change.parameters
    tags = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags", ())}
    role, profile = state.role, state.profile
    if change.operation == "CreateRole":
        assert role is None
        role = Role(
            name=parameters["RoleName"],
            path=parameters["Path"],
            trust_policy=json.loads(parameters["AssumeRolePolicyDocument"]),
            description=parameters.get("Description", ""),
            max_session_duration=parameters["MaxSessionDuration"],
            permissions_boundary=parameters.get("PermissionsBoundary"),
            tags=tags,
        )
    elif change.operation == "CreateInstanceProfile":
        assert profile is None
        profile = InstanceProfile(name=parameters["InstanceProfileName"], path=parameters["Path"], roles=(), tags=tags)
    elif change.operation == "AddRoleToInstanceProfile":
        assert not profile.roles
        profile = replace(profile, roles=(parameters["RoleName"],))
    elif change.operation == "RemoveRoleFromInstanceProfile":
        assert parameters["RoleName"] in profile.roles
        profile = replace(profile, roles=())
    elif change.operation in ("TagInstanceProfile", "UntagInstanceProfile"):
        profile = replace(profile, tags=tagged(profile.tags, tags, parameters))
    else:
        role = changed_role(role, change.operation, parameters, tags)
    return replace(state, role=role, profile=profile)


def tagged(actual, added, parameters):
    dropped = parameters.get("TagKeys", ())
    assert set(dropped) <= set(actual)
    return {key: value for key, value in {**actual, **added}.items() if key not in dropped}


def changed_role(role, operation, parameters, tags):
    arn, name = parameters.get("PolicyArn"), parameters.get("PolicyName")
    return {
        "UpdateAssumeRolePolicy": lambda: replace(role, trust_policy=json.loads(parameters["PolicyDocument"])),
        "UpdateRole": lambda: replace(
            role, description=parameters["Description"], max_session_duration=parameters["MaxSessionDuration"]
        ),
        "PutRolePermissionsBoundary": lambda: replace(role, permissions_boundary=parameters["PermissionsBoundary"]),
        "DeleteRolePermissionsBoundary": lambda: replace(role, permissions_boundary=None),
        "TagRole": lambda: replace(role, tags=tagged(role.tags, tags, parameters)),
        "UntagRole": lambda: replace(role, tags=tagged(role.tags, {}, parameters)),
        "AttachRolePolicy": lambda: replace(
            role, managed_policies={**role.managed_policies, arn: arn.rsplit("/", 1)[-1]}
        ),
        "DetachRolePolicy": lambda: replace(
            role, managed_policies={key: value for key, value in role.managed_policies.items() if key != arn}
        ),
        "PutRolePolicy": lambda: replace(
            role, inline_policies={**role.inline_policies, name: json.loads(parameters["PolicyDocument"])}
        ),
        "DeleteRolePolicy": lambda: replace(
            role, inline_policies={key: value for key, value in role.inline_policies.items() if key != name}
        ),
    }[operation]()


@given(SPECS, STATES)
def test_the_calls_lead_from_the_actual_state_to_the_planned_one(spec, actual):
    plan = present(spec, actual)
    state = actual
    for change in plan.changes:
        before, state = state, made(state, change)
        assert state != before, "a call that changes nothing"
    assert state == plan.after


@given(SPECS, STATES)
def test_planned_again_there_is_nothing_to_do(spec, actual):
    plan = present(spec, actual)
    assert present(spec, plan.after).changes == ()


@given(SPECS, STATES, st.integers(0, 20))
def test_a_run_that_was_cut_short_is_completed_by_the_next(spec, actual, calls):
    undisturbed = present(spec, actual)
    state = actual
    for change in undisturbed.changes[:calls]:
        state = made(state, change)
    for change in present(spec, state).changes:
        state = made(state, change)
    assert state == undisturbed.after
