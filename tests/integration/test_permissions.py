# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has the permissions in a role's README, with their resources and conditions, can run it; and none is too many."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller, Run
from ansible_collections.keyless.ec2.tests.integration.support.groups import Groups
from ansible_collections.keyless.ec2.tests.integration.support.permissions import actions_of, policy_of, user_with

# What AWS asks for without a call of that name: handing over a role, tagging on creation, and EC2's own look at SSM.
WITHOUT_A_CALL = {
    "ec2_role": {"iam:PassRole"},
    "attach": {"iam:PassRole"},
    "launch": {"iam:PassRole", "ec2:CreateTags", "ssm:GetParameters"},
    "migrate_keys": {"iam:PassRole"},
    "retire": set(),
}
DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
POLICIES = ["AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess"]
MANY = [
    *("AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMReadOnlyAccess", "IAMFullAccess"),
    *("AmazonS3FullAccess", "AmazonEC2FullAccess", "AmazonVPCReadOnlyAccess", "AmazonSQSFullAccess", "AmazonSNSFullAccess"),
]
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"


@dataclass(frozen=True)
class Reader:
    """Somebody who runs playbooks with a key of their own."""

    controller: Controller
    access_key_id: str

    def run(self, playbook: str, variables: dict) -> Run:
        run = self.controller.run(playbook, variables=variables, AWS_ACCESS_KEY_ID=self.access_key_id)
        return replace(run, calls=self.controller.aws.calls(self.access_key_id))

    @property
    def folder(self):
        return self.controller.folder


def used(runs):
    """The actions that AWS was asked for."""
    return {f"{call['service']}:{call['operation']}" for run in runs for call in run.calls}


def with_launch_configuration(aws, name):
    """A launch configuration is only looked at where a group has one."""
    groups = Groups(aws)
    groups.client.create_launch_configuration(LaunchConfigurationName=name, ImageId=IMAGE, InstanceType="t3.micro")
    groups.group(LaunchConfigurationName=name, size=0)


def ec2_role_runs(aws, reader):
    aws.iam.create_policy(PolicyName="ours", Path="/team/", PolicyDocument=DOCUMENT)
    aws.make_role("rights-former")
    aws.make_profile("rights-2", "rights-former")
    with_launch_configuration(aws, "rights")
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
        run = reader.run("keyless.ec2.ec2_role", variables=variables)
        assert (run.returncode == 0) == (options is not too_many), run.output
        yield run


def attach_runs(aws, reader):
    aws.make_profile("rights-one")
    aws.make_profile("rights-two")
    ids = aws.run_instances(1)
    for options in ({"instance_profile": "rights-one"}, {"instance_profile": "rights-two"}, {"state": "absent"}):
        variables = {f"attach_{name}": value for name, value in {"instance_ids": ids, **options}.items()}
        yield reader.run("keyless.ec2.attach", variables=variables).succeeded()


def retire_runs(aws, reader):
    """A quarantine, its end, and a deletion."""
    aws.make_profile("rights-retired")
    aws.iam.attach_role_policy(RoleName="rights-retired", PolicyArn=BOUNDARY)
    with_launch_configuration(aws, "rights-retired")
    for options in ({}, {"state": "restored"}, {}, {"after_days": 0}):
        variables = {f"retire_{name}": value for name, value in {"role_name": "rights-retired", **options}.items()}
        yield reader.run("keyless.ec2.retire", variables=variables).succeeded()


def launch_runs(aws, reader):
    aws.make_profile("rights-launched")
    for count in (1, 2):
        variables = {"launch_name": "rights", "launch_count": count, "launch_instance_profile": "rights-launched"}
        options = {"launch_tags": {"a": "b"}, "launch_security_groups": ["default"]}
        yield reader.run("keyless.ec2.launch", variables={**variables, **options}).succeeded()


def migrate_keys_runs(aws, reader):
    aws.make_profile("rights-migrated")
    aws.make_profile("rights-refused")
    aws.iam.create_user(UserName="rights-keyholder")
    key = aws.iam.create_access_key(UserName="rights-keyholder")["AccessKey"]
    root = reader.folder / "host"
    (root / "root/.aws").mkdir(parents=True)
    text = f"[default]\naws_access_key_id={key['AccessKeyId']}\naws_secret_access_key={key['SecretAccessKey']}\n"
    (root / "root/.aws/credentials").write_text(text, encoding="utf-8")
    (bare,), (old,) = aws.run_instances(), aws.run_instances(profile="rights-migrated")
    for instance, check in ((bare, "false"), (old, "false"), (bare, "true")):
        options = {
            "hosts": "localhost",
            "become": False,
            "instance_profile": "rights-migrated" if instance == bare else "rights-refused",
            "on_conflict": "replace",
            "endpoint": f"{aws.endpoint}/imds/{instance}",
            "root": str(root),
            "check": check,
            "deactivate": [key["AccessKeyId"]],
        }
        run = reader.run("keyless.ec2.migrate_keys", variables={f"migrate_keys_{name}": value for name, value in options.items()})
        assert (run.returncode == 0) == (check == "true"), run.output
        yield run


RUNS = {
    "ec2_role": ec2_role_runs,
    "attach": attach_runs,
    "launch": launch_runs,
    "migrate_keys": migrate_keys_runs,
    "retire": retire_runs,
}


@pytest.mark.parametrize("role", RUNS)
def test_the_documented_permissions_are_those_that_are_needed(aws, controller, role):
    own = policy_of(role)
    borrowed = [policy_of("attach")] if role == "launch" else []
    reader = Reader(controller, user_with(aws, own, *borrowed))
    asked = used(list(RUNS[role](aws, reader)))
    assert asked <= actions_of(own).union(*map(actions_of, borrowed)), "it goes on without it: is it needed?"
    assert actions_of(own) <= asked | WITHOUT_A_CALL[role]
