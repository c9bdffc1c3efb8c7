# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of plans for any spec and any actual state."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import (
    BOUNDARY,
    LAMBDA,
    READ,
    TRUST,
    WRITE,
    present,
)

NAMES = st.sampled_from(["a", "b", "c"])
KEYS = st.sampled_from(["a", "A", "b", "c"])
# A role can't have two keys that differ only in case.
ROLE_TAGS = st.dictionaries(KEYS, NAMES).filter(lambda tags: not {"a", "A"} <= set(tags))
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
    tags=st.none() | ROLE_TAGS,
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
    tags=ROLE_TAGS,
    managed_policies=st.lists(NAMES, unique=True).map(lambda names: {ARNS[name]: name for name in names}),
    inline_policies=st.dictionaries(NAMES, DOCUMENT),
)
PROFILES = st.builds(
    InstanceProfile,
    name=st.just("web"),
    path=st.just("/"),
    roles=st.sampled_from([(), ("web",), ("db",)]),
    tags=st.dictionaries(KEYS, NAMES),
)
STATES = st.builds(RoleState, role=st.none() | ROLES, profile=st.none() | PROFILES)


def applied(state, change):
    """The state after the call, computed independently of the planner."""
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
        profile = replace(profile, tags=tagged(profile.tags, tags, parameters, str))
    else:
        role = changed_role(role, change.operation, parameters, tags)
    return replace(state, role=role, profile=profile)


def tagged(actual, added, parameters, fold):
    """``fold`` maps keys of the same tag to one key."""
    dropped = parameters.get("TagKeys", ())
    assert set(dropped) <= set(actual)
    replaced = {fold(key) for key in (*dropped, *added)}
    return {**{key: value for key, value in actual.items() if fold(key) not in replaced}, **added}


def changed_role(role, operation, parameters, tags):
    arn, name = parameters.get("PolicyArn"), parameters.get("PolicyName")
    return {
        "UpdateAssumeRolePolicy": lambda: replace(role, trust_policy=json.loads(parameters["PolicyDocument"])),
        "UpdateRole": lambda: replace(role, description=parameters["Description"], max_session_duration=parameters["MaxSessionDuration"]),
        "PutRolePermissionsBoundary": lambda: replace(role, permissions_boundary=parameters["PermissionsBoundary"]),
        "DeleteRolePermissionsBoundary": lambda: replace(role, permissions_boundary=None),
        "TagRole": lambda: replace(role, tags=tagged(role.tags, tags, parameters, str.lower)),
        "UntagRole": lambda: replace(role, tags=tagged(role.tags, {}, parameters, str.lower)),
        "AttachRolePolicy": lambda: replace(role, managed_policies={**role.managed_policies, arn: arn.rsplit("/", 1)[-1]}),
        "DetachRolePolicy": lambda: replace(role, managed_policies={key: value for key, value in role.managed_policies.items() if key != arn}),
        "PutRolePolicy": lambda: replace(role, inline_policies={**role.inline_policies, name: json.loads(parameters["PolicyDocument"])}),
        "DeleteRolePolicy": lambda: replace(role, inline_policies={key: value for key, value in role.inline_policies.items() if key != name}),
    }[operation]()


@given(SPECS, STATES)
def test_the_calls_lead_from_the_actual_state_to_the_planned_one(spec, actual):
    plan = present(spec, actual)
    state = actual
    for change in plan.changes:
        before, state = state, applied(state, change)
        assert state != before, "a call that changes nothing"
    assert state == plan.after


@given(SPECS, STATES)
def test_an_applied_plan_leaves_nothing_to_do(spec, actual):
    plan = present(spec, actual)
    assert present(spec, plan.after).changes == ()


@given(SPECS, STATES, st.integers(0, 20))
def test_an_interrupted_run_is_completed_by_the_next(spec, actual, calls):
    undisturbed = present(spec, actual)
    state = actual
    for change in undisturbed.changes[:calls]:
        state = applied(state, change)
    for change in present(spec, state).changes:
        state = applied(state, change)
    assert state == undisturbed.after
