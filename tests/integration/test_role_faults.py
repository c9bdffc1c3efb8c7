# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role when AWS fails: every writing call in turn fails, or is the last one before the run dies.

Every case is a host with a role of its own, and every task has an access key of its own, to which the faults belong.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST

pytestmark = pytest.mark.exhaustive

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}
LAMBDA = {**EC2_TRUST, "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}


class Scenario(NamedTuple):
    """The module's options and the writing calls that they need; what is there before is made by ``prepare``."""

    options: dict
    calls: list[str]


SCENARIOS = {
    "create": Scenario(
        {"managed_policies": [S3], "inline_policies": {"read": READ}, "tags": {"a": "1"}},
        ["CreateRole", "AttachRolePolicy", "PutRolePolicy", "CreateInstanceProfile", "AddRoleToInstanceProfile"],
    ),
    "change": Scenario(
        {
            "trust_policy": LAMBDA,
            "description": "new",
            "permissions_boundary": "",
            "managed_policies": [EC2],
            "inline_policies": {"write": WRITE},
            "tags": {"b": "2"},
        },
        [
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "TagRole",
            "AttachRolePolicy",
            "PutRolePolicy",
            "TagInstanceProfile",
            "UntagInstanceProfile",
            "DeleteRolePermissionsBoundary",
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "UntagRole",
        ],
    ),
    "hand-over": Scenario(
        {"permissions_boundary": EC2, "replace_profile_role": True},
        ["PutRolePermissionsBoundary", "RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"],
    ),
    "delete": Scenario(
        {"state": "absent", "regions": ["eu-central-1"]},
        [
            "RemoveRoleFromInstanceProfile",
            "DeleteInstanceProfile",
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "DeleteRole",
        ],
    ),
}
TRANSIENT = ["Throttling", "ServiceFailure", "ConcurrentModification", "EntityTemporarilyUnmodifiable"]
FINAL = ["AccessDenied", "LimitExceeded"]
EVERY_CALL = [(scenario, number) for scenario, (_options, calls) in SCENARIOS.items() for number in range(len(calls))]
# One more: the run that dies after its last call, before it hears of it, and the one that dies before its first.
EVERY_DEATH = [(scenario, number) for scenario, (_options, calls) in SCENARIOS.items() for number in range(len(calls) + 1)]


def prepare(aws, scenario, name):
    """What is there before."""
    if scenario == "create":
        return
    aws.make_role(name, (S3,), Description="old", PermissionsBoundary=BOUNDARY, Tags=[{"Key": "a", "Value": "1"}])
    aws.iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=json.dumps(READ))
    aws.iam.create_instance_profile(InstanceProfileName=name, Tags=[{"Key": "a", "Value": "1"}])
    holder = name
    if scenario == "hand-over":
        holder = f"{name}-other"
        aws.make_role(holder)
    aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=holder)


def state_of(aws, name):
    """All that there is of a role and its profile, without what differs from role to role."""
    if name not in {role["RoleName"] for page in pages(aws, "list_roles") for role in page["Roles"]}:
        return None, profile_of(aws, name)
    role = aws.iam.get_role(RoleName=name)["Role"]
    kept = ("Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
    shown = {key: role.get(key) for key in kept}
    inline = aws.iam.list_role_policies(RoleName=name)["PolicyNames"]
    documents = {each: aws.iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline}
    return {**shown, "attached": aws.attached(name), "inline": documents}, profile_of(aws, name)


def profile_of(aws, name):
    for page in pages(aws, "list_instance_profiles"):
        for profile in page["InstanceProfiles"]:
            if profile["InstanceProfileName"] == name:
                tags = aws.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"].get("Tags")
                return [role["RoleName"] == name for role in profile["Roles"]], tags
    return None


def pages(aws, operation):
    return aws.iam.get_paginator(operation).paginate()


def key_of(case, task):
    return f"AKIA-{case}-{task}"


def play(controller, cases, tasks):
    """The tasks on every case, each with its key; a case's name is its role's."""
    hosts = {name: {"options": {"name": name, **SCENARIOS[scenario].options}} for name, scenario in cases.items()}
    steps = [
        {
            "keyless.ec2.iam_ec2_role": "{{ options | combine(more | default({})) }}",
            "environment": {"AWS_ACCESS_KEY_ID": key_of("{{ inventory_hostname }}", task["name"])},
            "ignore_errors": True,
            **task,
        }
        for task in tasks
    ]
    return controller.play(steps, "--forks", "4", hosts=hosts)


@pytest.fixture(scope="module", name="undisturbed")
def _undisturbed(aws, controller):
    """Scenario → the state that a run which nothing disturbs leads to."""
    cases = {f"calm-{scenario}": scenario for scenario in SCENARIOS}
    for name, scenario in cases.items():
        prepare(aws, scenario, name)
    run = play(controller, cases, [{"name": "run"}])
    for name, scenario in cases.items():
        operations = [call["operation"] for call in aws.writes(key_of(name, "run"))]
        assert operations == SCENARIOS[scenario].calls, run.output
    return {scenario: state_of(aws, name) for name, scenario in cases.items()}


@pytest.fixture(scope="class", name="passing")
def _passing(aws, controller, undisturbed):
    cases = {f"{code}-{scenario}": scenario for code in TRANSIENT for scenario in SCENARIOS}
    for name, scenario in cases.items():
        prepare(aws, scenario, name)
        for operation in SCENARIOS[scenario].calls:
            aws.fail(operation, name.split("-")[0], access_key_id=key_of(name, "run"))
    yield play(controller, cases, [{"name": "run"}])
    aws.fail_no_more()


class TestPassingFaults:
    @pytest.mark.parametrize("code", TRANSIENT)
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_every_call_is_made_again_and_the_run_succeeds(self, passing, aws, undisturbed, code, scenario):
        name = f"{code}-{scenario}"
        result = passing.of("run", name)
        assert "msg" not in result, result["msg"]
        calls = SCENARIOS[scenario].calls
        assert [action["operation"] for action in result["actions"]] == [f"iam:{call}" for call in calls]
        tried = [(call["operation"], call["error"]) for call in aws.writes(key_of(name, "run"))]
        assert tried == [each for call in calls for each in ((call, code), (call, None))]
        assert state_of(aws, name) == undisturbed[scenario]


@pytest.fixture(scope="class", name="final")
def _final(aws, controller, undisturbed):
    cases = {f"{code}-{scenario}-{number}": scenario for code in FINAL for scenario, number in EVERY_CALL}
    for name, scenario in cases.items():
        prepare(aws, scenario, name)
        code, operation = name.split("-")[0], SCENARIOS[scenario].calls[int(name.rsplit("-", 1)[1])]
        aws.fail(operation, code, access_key_id=key_of(name, "run"), count=None)
    yield play(controller, cases, [{"name": "run"}, {"name": "again"}])
    aws.fail_no_more()


class TestFinalFaults:
    @pytest.mark.parametrize("code", FINAL)
    @pytest.mark.parametrize("scenario, number", EVERY_CALL)
    def test_the_error_says_what_failed_and_what_was_done(self, final, aws, undisturbed, code, scenario, number):
        name = f"{code}-{scenario}-{number}"
        calls = SCENARIOS[scenario].calls
        result = final.of("run", name)
        assert (result["error"]["operation"], result["error"]["code"]) == (f"iam:{calls[number]}", code)
        assert result["error"]["target"].endswith(f"/{name}")
        assert [action["operation"] for action in result["actions"]] == [f"iam:{call}" for call in calls[:number]]
        assert result["changed"] == (number > 0)
        assert result["msg"].startswith("Could not ") and code in result["msg"]
        if code == "AccessDenied":
            assert f"Allow iam:{calls[number]} on " in result["msg"]

    @pytest.mark.parametrize("code", FINAL)
    @pytest.mark.parametrize("scenario, number", EVERY_CALL)
    def test_the_next_run_completes_it(self, final, aws, undisturbed, code, scenario, number):
        name = f"{code}-{scenario}-{number}"
        calls = SCENARIOS[scenario].calls
        assert [call["operation"] for call in aws.writes(key_of(name, "again"))] == calls[number:]
        assert state_of(aws, name) == undisturbed[scenario]


@pytest.fixture(scope="class", name="deaths")
def _deaths(aws, controller, undisturbed):
    cases = {f"dead-{scenario}-{number}": scenario for scenario, number in EVERY_DEATH}
    for name, scenario in cases.items():
        prepare(aws, scenario, name)
        aws.kill_after(int(name.rsplit("-", 1)[1]), key_of(name, "run"))
    dying = {"name": "run", "vars": {"more": {"aws_config": {"retries": {"total_max_attempts": 1}}}}}
    yield play(controller, cases, [dying, {"name": "again"}, {"name": "once more"}])
    aws.fail_no_more()


class TestDeaths:
    @pytest.mark.parametrize("scenario, number", EVERY_DEATH)
    def test_a_run_that_dies_after_any_call_is_completed_by_the_next(self, deaths, aws, undisturbed, scenario, number):
        name = f"dead-{scenario}-{number}"
        calls = SCENARIOS[scenario].calls
        assert deaths.of("run", name)["error"]["code"] == "ConnectionClosed"
        assert [call["operation"] for call in aws.writes(key_of(name, "again"))] == calls[number:]
        assert state_of(aws, name) == undisturbed[scenario]
        assert deaths.of("once more", name)["changed"] is False
