# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides of the collection name: an instance that has run for some weeks, roles, launch templates and a group."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import moto.ec2.models.instances as moto_instances

from .conditions.clock import clock
from .server.emulator import Emulator

REGION = "eu-central-1"
INSTANCE = "i-0123456789abcdef0"
IMAGE = "ami-12c6146b"  # in moto's list
ROLES = ("old-web", "app", "workers")
TEMPLATES = ("app", "shop", "workers")
DAY = 86400  # seconds
AGE = 20 * DAY  # long enough to know that the metadata service was not used with IMDSv1
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
LAUNCHED = {"ImageId": IMAGE, "InstanceType": "t3.micro"}


def create_examples(emulator: Emulator) -> None:
    """Creates all of it, with calls to the emulator, which must be serving."""
    for name in ROLES:
        _create_role(_client(emulator, "iam"), name)
    ec2 = _client(emulator, "ec2")
    for name in TEMPLATES:
        ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=LAUNCHED)
    _create_group(_client(emulator, "autoscaling"))
    _launch_instance(ec2)
    emulator.calls.clear()


def _client(emulator: Emulator, service: str) -> Any:
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
    return botocore.session.get_session().create_client(service, endpoint_url=emulator.endpoint, region_name=REGION, **keys)


def _create_role(iam: Any, name: str) -> None:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def _create_group(client: Any) -> None:
    size = {"MinSize": 1, "MaxSize": 2, "AvailabilityZones": [f"{REGION}a"]}
    tags = [{"Key": "team", "Value": "shop", "PropagateAtLaunch": True}]
    source = {"LaunchTemplateName": "shop", "Version": "1"}
    client.create_auto_scaling_group(AutoScalingGroupName="shop", LaunchTemplate=source, Tags=tags, **size)


def _launch_instance(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "web-1"}, {"Key": "service", "Value": "web"}]
    original = moto_instances.random_instance_id
    moto_instances.random_instance_id = lambda: INSTANCE
    clock().change({"ahead": -AGE})
    try:
        ec2.run_instances(**LAUNCHED, MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
    finally:
        clock().change({"ahead": 0})
        moto_instances.random_instance_id = original
