# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role: check mode, the real run and the logged calls agree.

Every task has its own access key, which identifies its calls in the log.
"""

from __future__ import annotations

import functools
import json
from typing import NamedTuple, Optional

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, as_actions, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
# One region is enough to look for instances that use the role.
ABSENT = {"state": "absent", "regions": ["eu-central-1"]}
SAML = "arn:aws:iam::123456789012:saml-provider/Directory"
OIDC = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}
LAMBDA = {"Version": "2012-10-17", "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}


class Case(NamedTuple):
    """The state before, the module's options, and the writing calls that they need."""

    before: Optional[str]
    options: dict
    calls: list[str]


CASES = {
    "create": Case(None, {}, ["CreateRole", "CreateInstanceProfile", "AddRoleToInstanceProfile"]),
    "create-all": Case(
        None,
        {
            "path": "/team/",
            "description": "d",
            "assume_role_policy_document": LAMBDA,
            "managed_policies": ["AmazonS3ReadOnlyAccess", EC2],
            "inline_policies": {"read": READ, "write": json.dumps(WRITE)},
            "permissions_boundary": BOUNDARY,
            "max_session_duration": 7200,
            "tags": {"a": "1", "b": "2"},
            "instance_profile_name": "create-all-profile",
        },
        [
            "CreateRole",
            "AttachRolePolicy",
            "AttachRolePolicy",
            "PutRolePolicy",
            "PutRolePolicy",
            "CreateInstanceProfile",
            "AddRoleToInstanceProfile",
        ],
    ),
    "create-without-profile": Case(None, {"create_instance_profile": False}, ["CreateRole"]),
    "nothing": Case("role", {}, []),
    "trust": Case("role", {"trust_policy": LAMBDA}, ["UpdateAssumeRolePolicy"]),
    "trust-same": Case("role", {"trust_policy": {**EC2_TRUST, "Statement": EC2_TRUST["Statement"][0]}}, []),
    "trusted-entities": Case(
        "role",
        {
            "trusted_entities": [
                {"service": "ec2.amazonaws.com"},
                {"account": "210987654321", "external_id": "x-1", "require_mfa": True},
                {"saml_provider": SAML},
                {"oidc_provider": OIDC, "subjects": ["repo:team/web:*"]},
            ]
        },
        ["UpdateAssumeRolePolicy"],
    ),
    "trusted-entities-same": Case("role", {"trusted_entities": [{"service": "ec2.amazonaws.com"}]}, []),
    "description": Case("role", {"description": "new"}, ["UpdateRole"]),
    "description-gone": Case("role", {"description": ""}, ["UpdateRole"]),
    "duration": Case("role", {"max_session_duration": 7200}, ["UpdateRole"]),
    "boundary": Case("role", {"boundary": EC2}, ["PutRolePermissionsBoundary"]),
    "boundary-gone": Case("role", {"boundary": ""}, ["DeleteRolePermissionsBoundary"]),
    "attach-and-detach": Case("role", {"managed_policies": [EC2]}, ["AttachRolePolicy", "DetachRolePolicy"]),
    "attach": Case("role", {"managed_policies": [EC2], "purge_policies": False}, ["AttachRolePolicy"]),
    "detach": Case("role", {"managed_policies": []}, ["DetachRolePolicy"]),
    "inline": Case("role", {"inline_policies": {"write": WRITE}}, ["PutRolePolicy", "DeleteRolePolicy"]),
    "inline-changed": Case("role", {"inline_policies": {"read": WRITE}}, ["PutRolePolicy"]),
    "inline-same": Case("role", {"inline_policies": {"read": {**READ, "Statement": READ["Statement"][0]}}}, []),
    "inline-gone": Case("role", {"inline_policies": {}}, ["DeleteRolePolicy"]),
    "tags": Case(
        "role",
        {"tags": {"b": "2"}},
        ["TagRole", "TagInstanceProfile", "UntagInstanceProfile", "UntagRole"],
    ),
    "tags-added": Case("role", {"tags": {"b": "2"}, "purge_tags": False}, ["TagRole", "TagInstanceProfile"]),
    "tag-in-another-case": Case("role", {"tags": {"A": "2"}}, ["TagRole", "TagInstanceProfile", "UntagInstanceProfile"]),
    "profile-empty": Case("empty profile", {}, ["AddRoleToInstanceProfile"]),
    "profile-of-another": Case(
        "profile of another role",
        {"replace_profile_role": True},
        ["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"],
    ),
    "profile-missing": Case("no profile", {}, ["CreateInstanceProfile", "AddRoleToInstanceProfile"]),
    "delete": Case(
        "role",
        ABSENT,
        [
            "RemoveRoleFromInstanceProfile",
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "DeleteRole",
            "DeleteInstanceProfile",
        ],
    ),
    "delete-from-two-profiles": Case(
        "two profiles",
        ABSENT,
        [
            "RemoveRoleFromInstanceProfile",
            "RemoveRoleFromInstanceProfile",
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "DeleteRole",
            "DeleteInstanceProfile",
        ],
    ),
    "delete-nothing": Case(None, ABSENT, []),
    "delete-profile-left-over": Case("only a profile", ABSENT, ["DeleteInstanceProfile"]),
}

# One of each kind
USUAL = [
    *("create-all", "nothing", "trusted-entities", "description-gone", "boundary-gone", "attach-and-detach", "inline-same"),
    *("tags", "tag-in-another-case", "profile-of-another", "delete-from-two-profiles", "delete-nothing"),
]
TASKS = {"check": ("--check", "--diff"), "real": ("--diff",), "again": ()}


def prepare(aws, name, before):
    """Creates the state before a case."""
    if before not in (None, "only a profile"):
        options = {"Description": "old", "PermissionsBoundary": BOUNDARY, "Tags": [{"Key": "a", "Value": "1"}]}
        aws.make_role(name, (S3,), **options)
        aws.iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=json.dumps(READ))
    if before not in (None, "no profile"):
        aws.iam.create_instance_profile(InstanceProfileName=name, Tags=[{"Key": "a", "Value": "1"}])
    if before in ("role", "two profiles"):
        aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    if before == "two profiles":
        aws.make_profile(f"{name}-2", name)
    if before == "profile of another role":
        aws.make_role(f"{name}-other")
        aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=f"{name}-other")


def key_of(case, task):
    return f"AKIA-{case}-{task}"


@pytest.fixture(scope="module", name="runs")
def _runs(aws, controller):
    """The results of the tasks of a case."""

    @functools.cache
    def runs(case):
        prepare(aws, case, CASES[case].before)
        options = {"name": case, **CASES[case].options}
        tasks = [Task(task, "iam_ec2_role", options, key_of(case, task), flags) for task, flags in TASKS.items()]
        return controller.modules(tasks)

    return runs


@pytest.fixture(params=table(CASES, USUAL), name="case")
def _case(request):
    return request.param


@pytest.fixture(name="run")
def _run(runs, case):
    return runs(case)


def test_every_run_succeeds(run):
    assert [each["result"].get("msg") for each in run.results if each["status"] == "failed"] == []


def test_check_mode_writes_nothing(case, run, aws):
    assert aws.calls(key_of(case, "check"))
    assert aws.writes(key_of(case, "check")) == []


def test_only_the_needed_calls_are_made(case, run, aws):
    assert [call["operation"] for call in aws.writes(key_of(case, "real"))] == CASES[case].calls
    assert {call["status"] for call in aws.writes(key_of(case, "real"))} <= {200}


def test_the_planned_actions_are_the_reported_and_logged_ones(case, run, aws):
    check, real = run.of("check"), run.of("real")
    assert check["actions"] == real["actions"]
    assert without_targets(real["actions"]) == as_actions(aws.writes(key_of(case, "real")))
    assert check["changed"] == real["changed"] == bool(CASES[case].calls)


def test_the_diff_is_the_same_in_check_mode(case, run):
    check, real = run.of("check"), run.of("real")
    assert check["diff"] == real["diff"]
    assert (real["diff"]["before"] != real["diff"]["after"]) == real["changed"]


def test_the_second_run_changes_nothing(case, run, aws):
    assert run.of("again")["changed"] is False
    assert run.of("again")["actions"] == []
    assert aws.writes(key_of(case, "again")) == []


def test_check_mode_returns_the_future_role(case, run):
    known_later = ("arn", "role_id", "create_date", "instance_profile_id")
    check, real = ({part: strip(run.of(task).get(part, {}), known_later) for part in ("iam_role", "instance_profile")} for task in ("check", "real"))
    assert check == real


def test_the_second_run_returns_the_same(case, run):
    for part in ("iam_role", "instance_profile"):
        assert run.of("again").get(part) == run.of("real").get(part)


def strip(result, keys):
    return {key: value for key, value in result.items() if key not in keys}
