# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on emulators that are not ours: what runs on AWS's own answers alone runs there, too."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest

from ansible_collections.keyless.ec2.tests.elsewhere.servers import running
from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller, Run
from ansible_collections.keyless.ec2.tests.integration.support.permissions import (
    ACCOUNT,
    OTHERS,
    policy_of,
    with_resource,
    without,
)

PLAYBOOK = str(Path(__file__).with_name("main_job.yml"))
EMULATORS = {"moto": {"finds_users": False}, "ministack": {"finds_launchers": False}}


# ministack's own; its root is whoever has the key "test".
MINISTACKS_ACCOUNT = "000000000000"
ROLES = ("ec2_role", "launch", "attach")


def main_job(endpoint: str, folder: Path, variables: dict | None = None, **environment: str) -> Run:
    # They keep no list of calls.
    aws = SimpleNamespace(endpoint=endpoint, calls=lambda _key: [], writes=lambda _key: [])
    return Controller(folder, aws).run(PLAYBOOK, variables=variables, AWS_ENDPOINT_URL=endpoint, **environment)


@pytest.mark.parametrize("name", EMULATORS)
def test_from_the_role_to_its_end(name, tmp_path):
    variables = EMULATORS[name]
    with running(name, tmp_path) as endpoint:
        run = main_job(endpoint, tmp_path, variables).succeeded()
    assert [row["action"] for row in run.of("Give it the role")["instances"]] == ["unchanged", "unchanged", "associated"]
    assert not run.of("Give it the role again")["changed"]
    assert not run.of("Make the role again")["changed"]
    rows = run.of("Look at the instances")["instances"]
    assert [(row["instance_profile"]["name"], row["role_name"]) for row in rows] == [("rights-web", "rights-web")] * 3
    if variables.get("finds_users", True):
        msg = run.of("Delete the role while it is in use")["msg"]
        assert "would remove the credentials of instances" in msg and msg.count(f"({REGION})") == 3
    assert run.of("Take the role from the instances")["changed"]
    operations = [action["operation"] for action in run.of("Delete the role")["actions"]]
    assert operations[-2:] == ["iam:DeleteRole", "iam:DeleteInstanceProfile"]
    assert not run.of("Delete it again")["changed"]


def as_ministack_has_it(policy: dict) -> dict:
    """The policy with its actions, and the resources of roles.

    ministack knows neither the ARNs of instance profiles and associations nor the condition key for permissions boundaries.
    """
    unknown = ("instance-profile/", ":instance/")
    statements = [{**each, "Resource": "*"} if any(part in each["Resource"] for part in unknown) else each for each in policy["Statement"]]
    return {**policy, "Statement": [_without_boundary(each) for each in statements]}


def _without_boundary(statement: dict) -> dict:
    """The statement without its condition if that is about a permissions boundary."""
    keys = {key for values in statement.get("Condition", {}).values() for key in values}
    return {key: value for key, value in statement.items() if key != "Condition"} if "iam:PermissionsBoundary" in keys else statement


def reader(endpoint: str, *policies: dict) -> dict[str, str]:
    """The credentials of somebody who may do what the policies say."""
    root = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    iam = boto3.client("iam", endpoint_url=endpoint, region_name=REGION, **root)
    iam.create_user(UserName="reader")
    for number, policy in enumerate(map(as_ministack_has_it, policies)):
        document = json.dumps(policy).replace(ACCOUNT, MINISTACKS_ACCOUNT)
        iam.put_user_policy(UserName="reader", PolicyName=f"p{number}", PolicyDocument=document)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def test_with_the_printed_permissions_where_they_are_enforced(tmp_path):
    with running("ministack", tmp_path, AUTH="true") as endpoint:
        run = main_job(endpoint, tmp_path, EMULATORS["ministack"], **reader(endpoint, *map(policy_of, ROLES))).succeeded()
    assert not run.of("Delete it again")["changed"]


LACKING = {
    # To compare what roles may do, attach reads any role; the main job does not ask it to.
    "iam:GetRole": lambda role: policy_of(role, []) if role == "attach" else with_resource(policy_of(role), "Roles", OTHERS["role"]),
    "ec2:AssociateIamInstanceProfile": lambda role: without(policy_of(role), "ec2:AssociateIamInstanceProfile"),
}


@pytest.mark.parametrize("action", LACKING)
def test_without_one_of_them_or_its_resource(tmp_path, action):
    with running("ministack", tmp_path, AUTH="true") as endpoint:
        run = main_job(endpoint, tmp_path, EMULATORS["ministack"], **reader(endpoint, *map(LACKING[action], ROLES)))
    assert run.returncode != 0
    assert f"Allow {action} on " in run.output
