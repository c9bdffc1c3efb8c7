# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without one of the printed permissions, its resource or its condition, the error names what is missing."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.fleets import KINDS, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import Groups
from ansible_collections.keyless.ec2.tests.integration.support.keyholder import key_on_host, migration
from ansible_collections.keyless.ec2.tests.integration.support.permissions import (
    NAMES,
    OTHERS,
    TAGS,
    actions_of,
    features_of,
    own_actions,
    permissions,
    policy_of,
    user_with,
    with_condition,
    with_resource,
    without,
)
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
LAMBDA = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"
S3, EC2 = (f"arn:aws:iam::aws:policy/Amazon{each}ReadOnlyAccess" for each in ("S3", "EC2"))
ATTACH, GROUPS, LOSSES = (policy_of("attach", features, TAGS) for features in ([], features_of("attach", "attach_on_loss"), ["attach_on_loss"]))
ROLE = policy_of("ec2_role")
POLICIES = {"ec2_role": ROLE, "attach": ATTACH, "groups": GROUPS, "losses": LOSSES, "retire": policy_of("retire", [])}
TO_OTHERS = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
# The work continues without these: see the README.
OPTIONAL = {"iam:GetPolicy", "iam:ListPolicies", "iam:GetAccountSummary", "ec2:DescribeRegions", "access-analyzer:ValidatePolicy"}
# Only for the text of an error, and for principals that are given by their ids
OPTIONAL_FOR = {"ec2_role": {"iam:ListRoles", "iam:ListUsers"}, **dict.fromkeys(("attach", "groups"), {"iam:ListInstanceProfilesForRole"})}
NEEDED = {case: sorted(actions_of(policy) - OPTIONAL - OPTIONAL_FOR.get(case, set())) for case, policy in POLICIES.items()}
NEEDED["losses"] = sorted(own_actions("attach", ["attach_on_loss"]))
CASES = [(case, action) for case, actions in NEEDED.items() for action in actions]
USUAL = [
    ("attach", "iam:PassRole"),
    ("groups", "ec2:RunInstances"),
    ("losses", "iam:GetPolicyVersion"),
    ("ec2_role", "iam:TagRole"),
    ("retire", "iam:PutRolePolicy"),
]


def role_steps(aws, name):
    """Every call for a role within a boundary, and for one that gets the boundary."""
    aws.make_role(f"{name}-bare")
    full = {"managed_policies": [S3], "inline_policies": {"a": DOCUMENT}, "permissions_boundary": POWER, "tags": {"a": "1"}}
    other = {"managed_policies": [EC2], "inline_policies": {}, "tags": {"b": "1"}}
    changes = {"description": "d", "assume_role_policy_document": LAMBDA}
    bounded = {"name": f"{name}-bare", "permissions_boundary": POWER, "create_instance_profile": False}
    gone = {"state": "absent", "regions": [REGION]}
    return [("iam_ec2_role", {"name": name, **options}) for options in (full, {**other, **changes}, bounded, gone)]


def attach_steps(aws, name):
    (instance,) = aws.run_instances(**TAGS)
    for profile in (name, f"{name}-2"):
        aws.make_profile(profile)
    common = {"instance_ids": [instance]}
    steps = [{"instance_profile": name}, {"instance_profile": f"{name}-2"}, {"state": "absent"}]
    return [("instance_profile_attach", {**common, **options}) for options in steps]


def retire_steps(aws, name):
    """What the role retire does with modules of this collection."""
    aws.make_role(name, (S3,), PermissionsBoundary=POWER)
    aws.make_profile(name, name)
    look = {"names": [name], "include_instances": True, "include_trusting_roles": True, "regions": [REGION]}
    quarantine = {"create_instance_profile": False, "inline_policies": {"a": DOCUMENT}, "tags": {"a": "1"}}
    untagged = {"create_instance_profile": False, "tags": {}}
    changes = [quarantine, untagged, {"state": "absent", "regions": [REGION]}]
    return [("iam_ec2_role_info", look), *(("iam_ec2_role", {"name": name, **options}) for options in changes)]


@pytest.fixture(scope="module", autouse=True)
def _launch_configuration(groups):
    """Launch configurations are only read if a group has one."""
    groups.client.create_launch_configuration(LaunchConfigurationName="rights", ImageId=IMAGE, InstanceType="t3.micro")
    groups.group(LaunchConfigurationName="rights", size=0)


def groups_steps(aws, name):
    """A group whose instance gets the profile, one with a launch configuration, and a template with fleets; then the undo."""
    groups = Groups(aws)
    for profile in (name, f"{name}-2"):
        aws.make_profile(profile)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": NAMES}]}]
    templates = [groups.template(profile, TagSpecifications=tags) for profile in (None, f"{name}-2")]
    names = [groups.group(each, tags=TAGS) for each in templates]
    groups.client.put_warm_pool(AutoScalingGroupName=names[0], MinSize=1, MaxGroupPreparedCapacity=1)
    template = groups.template(None)
    aws.tag(template, *templates, *(Fleets(aws).make(kind, template, size=0) for kind in KINDS), **TAGS)
    names.append(groups.configured(None, tags=TAGS))
    aws.tag(*(each["InstanceId"] for one in names for each in groups.shown(one)["Instances"]), **TAGS)
    chosen = {"auto_scaling_groups": names, "launch_templates": [template]}
    steps = [{**chosen, "instance_profile": name, "convert_launch_configurations": True}, {"undo": None}]
    return [("launch_profile_attach", options) for options in steps]


def losses_steps(aws, name):
    """A profile that replaces one whose role has policies of all kinds."""
    aws.make_role(f"{name}-rich", (S3,), PermissionsBoundary=POWER)
    aws.iam.put_role_policy(RoleName=f"{name}-rich", PolicyName="a", PolicyDocument=json.dumps(DOCUMENT))
    aws.make_profile(f"{name}-rich", f"{name}-rich")
    aws.make_profile(name)
    ids = aws.run_instances(profile=f"{name}-rich", **TAGS)
    return [("instance_profile_attach", {"instance_ids": ids, "instance_profile": name, "on_loss": "warn"})]


STEPS = {
    "ec2_role": role_steps,
    "attach": attach_steps,
    "groups": groups_steps,
    "losses": losses_steps,
    "retire": retire_steps,
}


def outcomes(aws, controller, case, name, policy):
    """The results of the steps with this policy."""
    steps = STEPS[case](aws, name)
    key = user_with(aws, policy)
    results = []
    for module, options in steps:
        if "undo" in options:
            options = {"undo": results[-1].get("undo") or {}}
        results.append(controller.modules([Task(case, module, options, key)]).last)
    return results


def text_of(result):
    """All messages in a result."""
    rows = (row for kind in ("auto_scaling_groups", "launch_templates", "fleets", "instances") for row in result.get(kind) or [])
    return " ".join([result.get("msg", ""), *(row.get("msg") or "" for row in rows)])


@pytest.mark.parametrize("case", NEEDED)
def test_with_all_permissions_it_runs(aws, controller, case):
    results = outcomes(aws, controller, case, f"rights-all-{case}", POLICIES[case])
    assert not [result["msg"] for result in results if result.get("failed")]


@pytest.mark.parametrize("case, action", table(CASES, USUAL))
def test_without_one_permission_the_error_names_it(aws, controller, case, action):
    results = outcomes(aws, controller, case, f"rights-{case}-{action.partition(':')[2]}", without(POLICIES[case], action))
    failed = [text_of(result) for result in results if result.get("failed")]
    assert failed and f"{action} on " in failed[0], results
    assert "Traceback" not in json.dumps(results)


OTHER_SCOPES = {
    "attach-to-instances-of-another-region": ("attach", with_resource(ATTACH, "Instances", OTHERS["instance"]), "ec2:AssociateIamInstanceProfile"),
    "attach-another-role": ("attach", with_resource(ATTACH, "PassRole", OTHERS["role"]), "iam:PassRole"),
    "attach-for-another-service": ("attach", with_condition(ATTACH, "PassRole", TO_OTHERS), "iam:PassRole"),
    "attach-to-instances-of-another-tag": ("attach", policy_of("attach", [], {"team": "other"}), "ec2:AssociateIamInstanceProfile"),
    "another-role": ("ec2_role", with_resource(ROLE, "Roles", OTHERS["role"]), "iam:GetRole"),
    "another-profile": ("ec2_role", with_resource(ROLE, "InstanceProfiles", OTHERS["role"]), "iam:GetInstanceProfile"),
}


@pytest.mark.parametrize("case", OTHER_SCOPES)
def test_with_another_resource_or_condition_the_error_names_it(aws, controller, case):
    role, policy, action = OTHER_SCOPES[case]
    results = outcomes(aws, controller, role, f"rights-{case}", policy)
    assert results[0]["failed"] and f"{action} on " in text_of(results[0]), results[0]


# The variables for which a playbook needs all its own statements. Those of the roles that it runs are tested above.
PLAYBOOKS = {"launch": {"spot": True, "security_groups": ["default"], "tags": TAGS}, "launch_group": {"tags": TAGS}}
STATEMENTS = [(role, sid) for role in PLAYBOOKS for sid in sorted({each["sid"] for each in permissions()[role]["statements"]})]


# What needs the statement in a group that exists
CHANGES = {"AutoScalingGroups": {"launch_group_max_size": 3}, "LaunchTemplates": {"launch_group_instance_type": "t3.small"}}
# Auto Scaling does not report what is missing, and amazon.aws.ec2_instance hides it.
NOT_MODIFIED = ["Failed to modify instance attribute"]
UNNAMED = {
    ("launch_group", "FindImage"): ["You are not authorized to use launch template"],
    ("launch", "Instances"): NOT_MODIFIED,
    ("launch", "SecurityGroups"): NOT_MODIFIED,
}


@pytest.mark.parametrize("role, sid", table(STATEMENTS, [("launch", "TagOnLaunch"), ("launch_group", "NewAutoScalingGroups")]))
def test_without_a_statement_the_error_of_the_playbook_names_it(aws, controller, role, sid):
    name = f"rights-{role}-{sid}"
    aws.make_profile(name)
    for each in aws.ec2.describe_launch_templates()["LaunchTemplates"]:
        aws.ec2.delete_launch_template(LaunchTemplateId=each["LaunchTemplateId"])
    policy = policy_of(role, None, TAGS)
    (missing,) = [each for each in policy["Statement"] if each["Sid"] == sid]
    rest = {**policy, "Statement": [each for each in policy["Statement"] if each is not missing]}
    options = {"name": name, "instance_profile": name, **PLAYBOOKS[role]}
    variables = {f"{role}_{option}": value for option, value in options.items()}
    if sid in CHANGES:
        controller.run(f"keyless.ec2.{role}", variables=variables).succeeded()
        aws.tag(*(each["LaunchTemplateId"] for each in aws.ec2.describe_launch_templates()["LaunchTemplates"]), **TAGS)
        variables |= CHANGES[sid]
    run = controller.run(f"keyless.ec2.{role}", variables=variables, AWS_ACCESS_KEY_ID=user_with(aws, rest))
    assert run.returncode != 0
    named = UNNAMED.get((role, sid)) or actions_of({"Statement": [missing]})
    assert any(each in run.output for each in named), run.output


@pytest.mark.exhaustive
def test_without_the_permission_to_deactivate_keys_the_error_names_it(aws, controller):
    aws.make_profile("rights-migrating")
    (instance,) = aws.run_instances(**TAGS)
    root = controller.folder / "host-of-keys"
    variables = migration(aws, root, instance, "rights-migrating", key_on_host(aws, root, "rights-holder"))
    key = user_with(aws, without(policy_of("migrate_keys", None, TAGS), "iam:UpdateAccessKey"))
    run = controller.run("keyless.ec2.migrate_keys", variables=variables, AWS_ACCESS_KEY_ID=key)
    assert run.returncode != 0
    assert "not authorized to perform: iam:UpdateAccessKey" in " ".join(run.output.split())


def test_without_features_the_job_runs(aws, controller):
    key = user_with(aws, policy_of("ec2_role", [], TAGS))
    for options in ({"permissions_boundary": POWER}, {"description": "d"}):
        result = controller.modules([Task("plain", "iam_ec2_role", {"name": "rights-plain", **options}, key)]).last
        assert not result.get("failed"), result


def test_the_encoded_authorization_failure_is_decoded_if_allowed(aws, controller):
    decode = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:DecodeAuthorizationMessage", "Resource": "*"}]}
    (instance,) = aws.run_instances(**TAGS)
    aws.make_profile("rights-opened")
    key = user_with(aws, without(ATTACH, "iam:PassRole"), decode)
    options = {"instance_ids": [instance], "instance_profile": "rights-opened"}
    run = controller.modules([Task("attach", "instance_profile_attach", options, key)])
    text = text_of(run.last)
    assert "iam:PassRole" in text and "arn:aws:iam::123456789012:role/rights-opened" in text
    assert "Encoded authorization failure message" not in text
