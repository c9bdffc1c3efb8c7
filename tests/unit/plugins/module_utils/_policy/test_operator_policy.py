# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operator policies: jobs, features, scope and invalid input."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.operator_policy import operator_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.policy_scope import PolicyScope, partition_of, policy_scope

ROLE = "arn:{partition}:iam::{account}:role/{role}"
INSTANCE = "arn:{partition}:ec2:{region}:{account}:instance/{instance}"
TO_EC2 = {"StringEquals": {"iam:PassedToService": "{ec2_service}"}}
READ = {"sid": "Read", "actions": ["ec2:DescribeInstances"], "resources": ["*"]}
PASS = {"sid": "Pass", "actions": ["iam:PassRole"], "resources": [ROLE], "conditions": TO_EC2}
ATTACH = {"sid": "Attach", "actions": ["ec2:AssociateIamInstanceProfile"], "resources": [INSTANCE]}
TEMPLATE = "arn:{partition}:ec2:{region}:{account}:launch-template/{launch_template}"
GROUP = "arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/"
WRITE = {
    "sid": "Write",
    "actions": ["iam:PutRolePolicy"],
    "resources": [ROLE],
    "conditions": {"ArnLike": {"iam:PermissionsBoundary": "{permissions_boundary}"}},
}
POLICIES = {
    "sid": "Policies",
    "actions": ["iam:AttachRolePolicy"],
    "resources": [ROLE],
    "conditions": {"ArnLike": {"iam:PolicyARN": "{allowed_policy}", "iam:PermissionsBoundary": "{permissions_boundary_if_given}"}},
}
QUARANTINE = {**POLICIES, "sid": "Quarantine", "conditions": {"ArnLike": {"iam:PolicyARN": "{quarantine_policy}"}}}
PERMISSIONS = {
    "attach": {"statements": [READ, PASS, ATTACH, {**READ, "actions": ["ec2:DescribeFleets"], "for": ["attach_fleets", "attach_manifest"]}]},
    "launch": {
        "includes": [{"role": "attach", "with": []}, {"role": "make", "for": ["launch_create_role"]}],
        "statements": [READ, {"sid": "Launch", "actions": ["ec2:RunInstances"], "resources": ["arn:{partition}:ec2:{region}:*:*/*"]}],
    },
    "make": {
        "statements": [
            {"sid": "Roles", "actions": ["iam:PutRolePolicy", "iam:CreateRole"], "resources": [ROLE]},
            {**READ, "actions": ["iam:ListPolicies"], "for": ["make_by_name"]},
        ]
    },
    "groups": {
        "statements": [
            {"sid": "Templates", "actions": ["ec2:CreateLaunchTemplateVersion"], "resources": [TEMPLATE]},
            {"sid": "Groups", "actions": ["autoscaling:UpdateAutoScalingGroup"], "resources": [f"{GROUP}{{auto_scaling_group}}"]},
            {"sid": "New", "actions": ["autoscaling:CreateAutoScalingGroup"], "resources": [f"{GROUP}{{new_auto_scaling_group}}"]},
        ]
    },
    "keys": {"statements": [{"sid": "Keys", "actions": ["iam:UpdateAccessKey"], "resources": ["arn:{partition}:iam::{account}:user/{user}"]}]},
    "policies": {"statements": [{**POLICIES, "for": ["policies_managed"]}, {**READ}]},
    "report": {"statements": [{"sid": "Others", "actions": ["sts:AssumeRole"], "resources": ["{assumed_role}"]}]},
    "retire": {"statements": [{**WRITE, "unless": ["by_policy"]}, {**QUARANTINE, "for": ["by_policy"]}]},
    "verify": {"statements": []},
}


def policy(jobs, features=None, **given):
    return operator_policy(PERMISSIONS, jobs, features or (), policy_scope(**given))


def statements(*arguments, **given):
    return {each["Sid"]: each for each in policy(*arguments, **given)["Statement"]}


def test_actions_with_the_same_resources_and_conditions_share_a_statement():
    found = statements(["attach", "make"], ["attach_fleets", "make_by_name"])
    assert found["Read"]["Action"] == ["ec2:DescribeFleets", "ec2:DescribeInstances", "iam:ListPolicies"]
    assert (found["Roles"]["Resource"], found["Pass"]["Resource"]) == ("arn:aws:iam::*:role/*",) * 2
    assert "Condition" not in found["Roles"]


def test_the_order_of_the_input_does_not_matter():
    first = policy(["make", "attach", "attach"], role_names=["b", "a", "b"], tags={"y": ["2", "1"], "x": ["1"]})
    again = policy(["attach", "make"], role_names=["a", "b"], tags={"x": ["1"], "y": ["1", "2"]})
    assert json.dumps(first) == json.dumps(again)


@pytest.mark.parametrize(
    ("jobs", "features", "reads"),
    [
        (["attach"], [], "ec2:DescribeInstances"),
        (["attach"], ["attach_manifest"], ["ec2:DescribeFleets", "ec2:DescribeInstances"]),
        (["attach"], None, "ec2:DescribeInstances"),
        # The features determine what launch needs of make, but not what it needs of attach.
        (["launch"], ["launch_create_role"], "ec2:DescribeInstances"),
        (["launch"], ["launch_create_role", "make_by_name"], ["ec2:DescribeInstances", "iam:ListPolicies"]),
        (["launch"], ["make_by_name"], "ec2:DescribeInstances"),
    ],
)
def test_only_what_the_features_need(jobs, features, reads):
    found = statements(jobs, features)
    assert found["Read"]["Action"] == reads
    assert ("Roles" in found) == ("launch_create_role" in (features or []))


def test_placeholders_are_filled_in():
    found = statements(["launch"], [], region="eu-central-1", account="123456789012", role_names=["team/web", "api-*"])
    assert found["Pass"]["Resource"] == ["arn:aws:iam::123456789012:role/api-*", "arn:aws:iam::123456789012:role/team/web"]
    assert found["Pass"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    assert found["Attach"]["Resource"] == "arn:aws:ec2:eu-central-1:123456789012:instance/*"
    assert found["Launch"]["Resource"] == "arn:aws:ec2:eu-central-1:*:*/*"


def test_only_statements_for_instances_are_limited_by_tags():
    found = statements(["launch"], [], tags={"team": ["web"], "stage": ["test", "live"]})
    tags = {"aws:ResourceTag/stage": ["live", "test"], "aws:ResourceTag/team": "web"}
    assert found["Attach"]["Condition"] == {"StringEquals": tags}
    assert [sid for sid, each in found.items() if "ResourceTag" in json.dumps(each)] == ["Attach"]


@pytest.mark.parametrize(
    ("given", "templates", "groups", "new"),
    [
        ({"tags": {"team": ["web"]}}, ("*", "team"), ("*", "team"), ("*", "team")),
        ({"launch_template_ids": ["lt-0123456789abcdef0"], "tags": {"a": ["b"]}}, ("lt-0123456789abcdef0", None), ("*", "a"), ("*", "a")),
        ({"launch_template_tags": {"a": ["b"]}}, ("*", "a"), ("*", None), ("*", None)),
        ({"launch_template_ids": ["*"], "auto_scaling_group_names": ["web"]}, ("*", None), ("web", None), ("web", None)),
        (
            {"tags": {"a": ["b"]}, "auto_scaling_group_names": ["web-*"], "auto_scaling_group_tags": {"c": ["d"]}},
            ("*", "a"),
            ("web-*", "c"),
            ("web-*", "c"),
        ),
    ],
)
def test_launch_templates_and_groups_by_names_and_tags(given, templates, groups, new):
    found = statements(["groups"], **given)
    shown = {"Templates": (templates, "ResourceTag"), "Groups": (groups, "ResourceTag"), "New": (new, "RequestTag")}
    for sid, ((name, tag), prefix) in shown.items():
        # Without conditions, both statements about groups are one.
        statement = found.get(sid, found["Groups"])
        assert statement["Resource"].endswith(f"/{name}")
        assert list(statement.get("Condition", {}).get("StringEquals", {})) == ([f"aws:{prefix}/{tag}"] if tag else [])


@pytest.mark.parametrize(
    ("job", "features", "given", "condition"),
    [
        ("retire", [], {"permissions_boundary": ["limits"]}, {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/limits"}),
        ("retire", ["by_policy"], {"quarantine_policy": ["q"], "account": "123456789012"}, {"iam:PolicyARN": "arn:aws:iam::123456789012:policy/q"}),
        ("policies", ["policies_managed"], {"allowed_policies": ["arn:aws:iam::aws:policy/A*"]}, {"iam:PolicyARN": "arn:aws:iam::aws:policy/A*"}),
        ("policies", ["policies_managed"], {"permissions_boundary": ["b"]}, {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/b"}),
        (
            "policies",
            ["policies_managed"],
            {"permissions_boundary": ["b"], "allowed_policies": ["p", "team/q"]},
            {"iam:PolicyARN": ["arn:aws:iam::*:policy/p", "arn:aws:iam::*:policy/team/q"], "iam:PermissionsBoundary": "arn:aws:iam::*:policy/b"},
        ),
    ],
)
def test_boundaries_and_policies(job, features, given, condition):
    (found,) = [each for sid, each in statements([job], features, **given).items() if sid != "Read"]
    assert found["Condition"] == {"ArnLike": condition}


def test_roles_to_assume_are_not_the_roles_to_work_on():
    arn = "arn:aws:iam::111122223333:role/team/audit"
    assert statements(["report"], role_names=["web"], assume_roles=[arn, "audit"])["Others"]["Resource"] == [arn, "arn:aws:iam::*:role/audit"]


@pytest.mark.parametrize(
    ("job", "features", "expected"),
    [
        ("groups", [], "launch_template_tags: is needed for ec2:CreateLaunchTemplateVersion. AWS does not check iam:PassRole"),
        ("keys", [], "user_names: is needed for iam:UpdateAccessKey. It can also activate keys."),
        ("report", [], "assume_roles: is needed for sts:AssumeRole."),
        ("retire", [], "must have as its permissions boundary. Or add by_policy to the option features."),
        ("retire", ["by_policy"], "quarantine_policy: is needed for iam:AttachRolePolicy. It can attach any policy."),
        ("policies", ["policies_managed"], "Or leave policies_managed out of the option features."),
    ],
)
def test_a_limit_that_is_required(job, features, expected):
    with pytest.raises(OptionError) as caught:
        policy([job], features, role_names=["web"], account="123456789012", region="eu-central-1")
    assert expected in str(caught.value)


def test_other_partitions():
    found = statements(["attach"], region="cn-north-1")
    assert found["Pass"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com.cn"}}
    assert found["Attach"]["Resource"] == "arn:aws-cn:ec2:cn-north-1:*:instance/*"
    regions = ("us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "us-east-1", "*")
    assert [partition_of(each) for each in regions] == ["aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc", "aws", "aws"]


def test_instance_profiles_have_the_names_of_the_roles_by_default():
    assert policy_scope(role_names=["web"]).values("instance_profile") == ["web"]
    assert policy_scope(role_names=["web"], instance_profile_names=["p"]).values("instance_profile") == ["p"]
    assert PolicyScope().values("instance_profile") == ("*",)


@pytest.mark.parametrize(
    ("jobs", "features", "given", "expected"),
    [
        (
            ["atach"],
            None,
            {},
            "jobs: 'atach' is not a job. Did you mean attach? Valid jobs are attach, groups, keys, launch, make, policies, report, retire, verify.",
        ),
        (["x"], None, {}, "jobs: 'x' is not a job. Valid jobs are attach, "),
        (
            [],
            None,
            {},
            "jobs: is empty. Name at least one of attach, groups, keys, launch, make, policies, report, retire, verify, or leave it out for all.",
        ),
        (["verify"], None, {}, "jobs: no permissions are needed for verify."),
        (
            ["attach"],
            ["launch_create_rol"],
            {},
            "features: 'launch_create_rol' is not a feature. Did you mean launch_create_role? Valid",
        ),
        (["attach"], None, {"region": "Frankfurt"}, "region: 'Frankfurt' is not a region. Give one like eu-central-1"),
        (["attach"], None, {"account": "1234"}, "account: '1234' is not an account id. Give 12 digits"),
        (["attach"], None, {"role_names": ["arn:aws:iam::1:role/x"]}, "role_names: 'arn:aws:iam::1:role/x' is not a valid name. Give the name"),
        (["attach"], None, {"instance_profile_names": ["a b"]}, "instance_profile_names: 'a b' is not a valid name."),
        (["attach"], None, {"role_names": ["${aws:username}"]}, "role_names: '${aws:username}' is not a valid name."),
        (["attach"], None, {"launch_template_ids": ["web"]}, "launch_template_ids: 'web' is not a valid id. AWS's ARNs have the id, like lt-"),
        (["attach"], None, {"auto_scaling_group_names": ["a:b"]}, "auto_scaling_group_names: 'a:b' is not a valid name."),
        (["attach"], None, {"auto_scaling_group_names": ["${a}"]}, "auto_scaling_group_names: '${a}' is not a valid name."),
        (["attach"], None, {"allowed_policies": ["*:*"]}, "allowed_policies: '*:*' is not a valid name. Give the ARN, or the name of one of"),
        (["attach"], None, {"permissions_boundary": ["arn:aws:iam::1:role/x"]}, "permissions_boundary: 'arn:aws:iam::1:role/x' is not a valid name."),
        (["attach"], None, {"permissions_boundary": ["*"]}, "permissions_boundary: '*' is not a valid name."),
        (["attach"], None, {"quarantine_policy": ["arn:aws:iam::*:policy/x"]}, "quarantine_policy: 'arn:aws:iam::*:policy/x' is not a valid name."),
        (["attach"], None, {"assume_roles": ["arn:aws:iam::aws:policy/x"]}, "assume_roles: 'arn:aws:iam::aws:policy/x' is not a valid name."),
        (["attach"], None, {"user_names": ["a b"]}, "user_names: 'a b' is not a valid name."),
        (["attach"], None, {"launch_template_tags": {"team": []}}, "launch_template_tags: 'team': a tag needs a key and a value."),
        (["attach"], None, {"tags": {"": ["web"]}}, "tags: '': a tag needs a key and a value."),
        (["attach"], None, {"tags": {"team": []}}, "tags: 'team': a tag needs a key and a value."),
        (["attach"], None, {"tags": {"team": ["${x}"]}}, "tags: '${x}' would be a policy variable."),
        (["attach"], None, {"role_names": [f"role-{number}" for number in range(200)]}, "characters, but a managed policy can have at most 6144."),
    ],
)
def test_invalid_input(jobs, features, given, expected):
    with pytest.raises(OptionError) as caught:
        policy(jobs, features, **given)
    assert expected in str(caught.value)
