# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in the guides for running instances and for groups work."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, REGION

TEMPLATE = {"ImageId": IMAGE, "InstanceType": "t3.micro"}
SIZE = {"MinSize": 1, "MaxSize": 2, "AvailabilityZones": [f"{REGION}a"]}


def test_running_instances(aws, reader):
    aws.make_profile("web")
    aws.make_profile("old-web")
    ids = aws.run_instances(3, service="web")
    me = reader(**{f"web-{number}": each for number, each in enumerate(ids)})

    def attach_and_put_back(block):
        me.finish()
        for each in ids:
            aws.ec2.disassociate_iam_instance_profile(AssociationId=aws.association_of(each)["AssociationId"])
        me.add_to("attach.yml")(block)
        assert [aws.profile_of(each) for each in ids] == [None] * 3

    me.follow("guide_running_instances", {"- name: Put back": attach_and_put_back})


# Molecule does the same in its scenarios attach_groups and launch_group.
@pytest.mark.exhaustive
def test_groups(aws, reader):
    aws.make_profile("web")
    for name in ("shop", "workers"):
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=TEMPLATE)
    tags = [{"Key": "team", "Value": "shop"}]
    source = {"LaunchTemplateName": "shop", "Version": "1"}
    aws.client("autoscaling").create_auto_scaling_group(AutoScalingGroupName="shop", LaunchTemplate=source, Tags=tags, **SIZE)
    reader().follow("guide_groups")


# awx/test_accounts.py and the page about the report do the same.
@pytest.mark.exhaustive
def test_accounts(aws, reader):
    audited = "111122223333"
    aws.make_role_to_assume(audited, StringEquals={"sts:ExternalId": "keyless"})
    for account in (audited, "111111111111", "222222222222"):
        aws.make_role_to_assume(account, name="keyless")
        make_instance(aws, account, "eu-central-1")
    make_instance(aws, "111111111111", "us-east-1")
    aws.run_instances(team="shop")
    reader().follow("guide_accounts")


def make_instance(aws, account, region):
    """An instance of the team shop, and the instance profile web."""
    iam = aws.client_of_account(account, "iam")
    if not iam.list_instance_profiles()["InstanceProfiles"]:
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
        iam.create_instance_profile(InstanceProfileName="web")
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "shop"}]}]
    aws.client_of_account(account, "ec2", region).run_instances(**TEMPLATE, MinCount=1, MaxCount=1, TagSpecifications=tags)
