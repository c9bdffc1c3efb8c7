# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role if AWS fails: each writing call fails once, fails for good, or is the last one before the run is killed.

Every case has its own role, and every task its own access key, which the faults are for.
"""

from __future__ import annotations

import functools
import json
from typing import NamedTuple

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST
from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}
LAMBDA = {**EC2_TRUST, "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}


class Scenario(NamedTuple):
    """The module's options and the writing calls that they need. ``prepare`` creates the state before."""

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
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "DeleteRole",
            "DeleteInstanceProfile",
        ],
    ),
}
TRANSIENT = ["Throttling", "ServiceFailure", "ConcurrentModification", "EntityTemporarilyUnmodifiable"]
FINAL = ["AccessDenied", "LimitExceeded"]
EVERY_CALL = [(scenario, number) for scenario, (_options, calls) in SCENARIOS.items() for number in range(len(calls))]
# One more: the run that dies after its last call, before it hears of it, and the one that dies before its first.
EVERY_DEATH = [(scenario, number) for scenario, (_options, calls) in SCENARIOS.items() for number in range(len(calls) + 1)]
# Each scenario, at its beginning, in its middle and at its end
USUAL_CALLS = [("create", 0), ("create", 3), ("change", 2), ("change", 6), ("change", 10), ("hand-over", 1), ("delete", 0), ("delete", 4)]
USUAL_DEATHS = [("create", 0), ("create", 5), ("change", 5), ("hand-over", 2), ("delete", 2), ("delete", 5)]


def prepare(aws, scenario, name):
    """Creates the state before."""
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
    """The role and its profile, without ids and names."""
    if name not in {role["RoleName"] for page in pages(aws, "list_roles") for role in page["Roles"]}:
        return None, profile_of(aws, name)
    role = aws.iam.get_role(RoleName=name)["Role"]
    kept = ("Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
    settings = {key: role.get(key) for key in kept}
    inline = aws.iam.list_role_policies(RoleName=name)["PolicyNames"]
    documents = {each: aws.iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline}
    return {**settings, "attached": aws.attached(name), "inline": documents}, profile_of(aws, name)


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


def run_tasks(controller, scenario, case, *names, **more):
    """Runs the module once for each task name, each time with its own key. The case is also the name of the role."""
    options = {"name": case, **SCENARIOS[scenario].options, **more}
    return controller.modules([Task(name, "iam_ec2_role", options, key_of(case, name)) for name in names])


@pytest.fixture(scope="module", name="undisturbed")
def _undisturbed(aws, controller):
    """The state after an undisturbed run of each scenario."""
    cases = {f"calm-{scenario}": scenario for scenario in SCENARIOS}
    for name, scenario in cases.items():
        prepare(aws, scenario, name)
        run = run_tasks(controller, scenario, name, "run")
        operations = [call["operation"] for call in aws.writes(key_of(name, "run"))]
        assert operations == SCENARIOS[scenario].calls, run.last
    return {scenario: state_of(aws, name) for name, scenario in cases.items()}


@pytest.mark.parametrize("code", table(TRANSIENT, TRANSIENT[:1]))
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_call_is_retried_after_a_transient_error(aws, controller, undisturbed, code, scenario):
    name = f"{code}-{scenario}"
    calls = SCENARIOS[scenario].calls
    prepare(aws, scenario, name)
    for operation in calls:
        aws.fail(operation, code, access_key_id=key_of(name, "run"))
    result = run_tasks(controller, scenario, name, "run").of("run")
    assert result.get("error") is None, result["msg"]
    assert [action["operation"] for action in result["actions"]] == [f"iam:{call}" for call in calls]
    tried = [(call["operation"], call["error"]) for call in aws.writes(key_of(name, "run"))]
    assert tried == [each for call in calls for each in ((call, code), (call, None))]
    assert state_of(aws, name) == undisturbed[scenario]


@pytest.fixture(scope="module", name="failed")
def _failed(aws, controller):
    """Runs a scenario in which one call fails, and then again without the failure; returns both results."""

    @functools.cache
    def failed(scenario, number, code):
        name = f"{code}-{scenario}-{number}"
        prepare(aws, scenario, name)
        aws.fail(SCENARIOS[scenario].calls[number], code, access_key_id=key_of(name, "run"), count=None)
        return run_tasks(controller, scenario, name, "run", "again")

    return failed


@pytest.mark.parametrize("code", FINAL)
@pytest.mark.parametrize("scenario, number", table(EVERY_CALL, USUAL_CALLS))
class TestFailures:
    def test_the_result_has_the_error_and_the_earlier_calls(self, failed, code, scenario, number):
        calls = SCENARIOS[scenario].calls
        result = failed(scenario, number, code).of("run")
        assert (result["error"]["operation"], result["error"]["code"]) == (f"iam:{calls[number]}", code)
        assert result["error"]["target"].endswith(f"/{code}-{scenario}-{number}")
        assert [action["operation"] for action in result["actions"]] == [f"iam:{call}" for call in calls[:number]]
        assert result["changed"] == (number > 0)
        assert result["msg"].startswith("Could not ") and code in result["msg"]
        if code == "AccessDenied":
            assert f"Allow iam:{calls[number]} on " in result["msg"]

    def test_the_next_run_completes_it(self, failed, aws, undisturbed, code, scenario, number):
        failed(scenario, number, code)
        name = f"{code}-{scenario}-{number}"
        calls = SCENARIOS[scenario].calls
        assert [call["operation"] for call in aws.writes(key_of(name, "again"))] == calls[number:]
        assert state_of(aws, name) == undisturbed[scenario]


@pytest.mark.parametrize("scenario, number", table(EVERY_DEATH, USUAL_DEATHS))
def test_a_killed_run_is_completed_by_the_next(aws, controller, undisturbed, scenario, number):
    name = f"dead-{scenario}-{number}"
    calls = SCENARIOS[scenario].calls
    prepare(aws, scenario, name)
    aws.kill_after(number, key_of(name, "run"))
    dead = run_tasks(controller, scenario, name, "run", aws_config={"retries": {"total_max_attempts": 1}})
    assert dead.last["error"]["code"] == "ConnectionClosed"
    run_tasks(controller, scenario, name, "again")
    assert [call["operation"] for call in aws.writes(key_of(name, "again"))] == calls[number:]
    assert state_of(aws, name) == undisturbed[scenario]
    third = run_tasks(controller, scenario, name, "third")
    assert (third.results[-1]["status"], third.last["changed"]) == ("ok", False)
