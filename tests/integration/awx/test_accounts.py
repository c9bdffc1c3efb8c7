# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job over accounts and regions, in slices: a host of its inventory is a region of an account."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.awx.conftest import EXAMPLES
from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE

ANSWERS = {"attach_filters": {"tag:team": "web"}, "attach_instance_profile": "web"}
SLICES = 2
TAGS = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "web"}]}]


@pytest.fixture(scope="module", name="inventory")
def _inventory():
    inventory = yaml.safe_load((EXAMPLES / "accounts.yml").read_text(encoding="utf-8"))["all"]
    return {host: {**inventory["vars"], **variables} for host, variables in inventory["hosts"].items()}


@pytest.fixture(scope="module", name="profiles")
def _profiles(aws, inventory):
    """Creates an instance in each region, and the profile web in each account; returns a function that reads the profiles of the instances."""
    found = {}
    for host, variables in inventory.items():
        account, region = variables["account_id"], variables["region"]
        if account not in {other for other, _client, _id in found.values()}:
            iam = aws.client_of_account(account, "iam", region)
            aws.make_role_to_assume(account, "keyless")
            iam.create_instance_profile(InstanceProfileName="web")
            iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
            iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
        ec2 = aws.client_of_account(account, "ec2", region)
        (made,) = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, TagSpecifications=TAGS)["Instances"]
        found[host] = (account, ec2, made["InstanceId"])
    return lambda: {host: profile_of(ec2, instance) for host, (_account, ec2, instance) in found.items()}


def profile_of(ec2, instance_id):
    shown = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0].get("IamInstanceProfile")
    return shown and shown["Arn"]


def test_each_slice_attaches_in_its_accounts_and_regions(runner, inventory, profiles):
    source = (EXAMPLES / "attach_in_accounts.yml").read_text(encoding="utf-8")
    names, done = list(inventory), set()
    for number in range(SLICES):
        # As AWX does it: the first slice has the first host, and so on.
        mine = {name: inventory[name] for name in names[number::SLICES]}
        job = runner.run("attach_in_accounts", ANSWERS, hosts=mine, source=source).succeeded()
        # The credentials of a session are never written.
        assert "sts_creds" not in job.output + job.artifacts
        # What is written is written with the credentials of the accounts.
        assert not job.writes
        done |= mine.keys()
        expected = {host: f"arn:aws:iam::{own['account_id']}:instance-profile/web" if host in done else None for host, own in inventory.items()}
        assert profiles() == expected
