# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions in the roles' READMEs are those that the roles use: none is missing, and none is too many."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROLES = Path(__file__).resolve().parents[2] / "roles"
# What AWS asks for without a call of that name: handing over a role, tagging on creation, and EC2's own look at SSM.
WITHOUT_A_CALL = {
    "ec2_role": {"iam:PassRole"},
    "attach": {"iam:PassRole"},
    "launch": {"iam:PassRole", "ec2:CreateTags", "ssm:GetParameters"},
    "migrate_keys": {"iam:PassRole"},
}
DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
POLICIES = ["AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess"]
MANY = [
    *("AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMReadOnlyAccess", "IAMFullAccess"),
    *("AmazonS3FullAccess", "AmazonEC2FullAccess", "AmazonVPCReadOnlyAccess", "AmazonSQSFullAccess", "AmazonSNSFullAccess"),
]
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"


def documented(role):
    """The actions of the policy in the role's README."""
    text = (ROLES / role / "README.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    actions = set()
    for statement in json.loads(policy)["Statement"]:
        actions |= {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
    return actions


def used(runs):
    """The actions that AWS was asked for."""
    return {f"{call['service']}:{call['operation']}" for run in runs for call in run.calls}


def ec2_role_runs(aws, controller):
    aws.iam.create_policy(PolicyName="ours", Path="/team/", PolicyDocument=DOCUMENT)
    aws.make_role("former")
    aws.make_profile("rights-2", "former")
    everything = {
        "description": "d",
        "managed_policies": ["ours", *POLICIES],
        "inline_policies": {"a": json.loads(DOCUMENT)},
        "validate": True,
        "permissions_boundary": BOUNDARY,
        "tags": {"a": "1"},
    }
    changed = {
        "description": "e",
        "trust_policy": {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs.amazonaws.com"}},
        },
        "managed_policies": POLICIES[:1],
        "inline_policies": {},
        "permissions_boundary": "",
        "tags": {"b": "2"},
    }
    boundary = {"permissions_boundary": BOUNDARY}
    adopted = {"instance_profile_name": "rights-2", "replace_profile_role": True}
    # More than the usual quota of attached policies, which is when the account is asked for its own.
    too_many = {"managed_policies": MANY, "purge_policies": False}
    steps = [everything, changed, boundary, adopted, too_many, {"state": "absent"}]
    for options in steps:
        variables = {f"ec2_role_{name}": value for name, value in {"name": "rights", **options}.items()}
        run = controller.run("keyless.ec2.ec2_role", variables=variables)
        assert (run.returncode == 0) == (options is not too_many), run.output
        yield run


def attach_runs(aws, controller):
    aws.make_profile("one")
    aws.make_profile("two")
    ids = aws.run_instances(1)
    for options in ({"instance_profile": "one"}, {"instance_profile": "two"}, {"state": "absent"}):
        variables = {f"attach_{name}": value for name, value in {"instance_ids": ids, **options}.items()}
        yield controller.run("keyless.ec2.attach", variables=variables).succeeded()


def launch_runs(aws, controller):
    aws.make_profile("launched")
    for count in (1, 2):
        variables = {"launch_name": "rights", "launch_count": count, "launch_instance_profile": "launched"}
        options = {"launch_tags": {"a": "b"}, "launch_security_groups": ["default"]}
        yield controller.run("keyless.ec2.launch", variables={**variables, **options}).succeeded()


def migrate_keys_runs(aws, controller):
    aws.make_profile("migrated")
    aws.make_profile("refused")
    aws.iam.create_user(UserName="keyholder")
    key = aws.iam.create_access_key(UserName="keyholder")["AccessKey"]
    root = controller.folder / "host"
    (root / "root/.aws").mkdir(parents=True)
    text = f"[default]\naws_access_key_id={key['AccessKeyId']}\naws_secret_access_key={key['SecretAccessKey']}\n"
    (root / "root/.aws/credentials").write_text(text, encoding="utf-8")
    (bare,), (old,) = aws.run_instances(), aws.run_instances(profile="migrated")
    for instance, check in ((bare, "false"), (old, "false"), (bare, "true")):
        options = {
            "hosts": "localhost",
            "become": False,
            "instance_profile": "migrated" if instance == bare else "refused",
            "on_conflict": "replace",
            "endpoint": f"{aws.endpoint}/imds/{instance}",
            "root": str(root),
            "check": check,
            "deactivate": [key["AccessKeyId"]],
        }
        run = controller.run("keyless.ec2.migrate_keys", variables={f"migrate_keys_{name}": value for name, value in options.items()})
        assert (run.returncode == 0) == (check == "true"), run.output
        yield run


RUNS = {"ec2_role": ec2_role_runs, "attach": attach_runs, "launch": launch_runs, "migrate_keys": migrate_keys_runs}


@pytest.mark.parametrize("role", RUNS)
def test_the_documented_permissions_are_those_that_are_used(aws, controller, role):
    asked = used(list(RUNS[role](aws, controller)))
    own = documented(role)
    borrowed = documented("attach") if role == "launch" else set()
    assert asked <= own | borrowed
    assert own <= asked | WITHOUT_A_CALL[role]
