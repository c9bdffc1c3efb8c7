# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation run as they stand there."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, Fleets

ROOT = Path(__file__).resolve().parents[2]
FILTERS = ("disagreements", "estate_report", "operator_policy", "trust_policy", "from_survey")
TRUST_POLICY = ROOT / "tests" / "integration" / "tutorial" / "ec2-role-trust-policy.json"


def examples_of(name):
    """The example tasks of a module or of a filter, as text."""
    if name in FILTERS:
        return yaml.safe_load((ROOT / "plugins" / "filter" / f"{name}.yml").read_text(encoding="utf-8"))["EXAMPLES"]
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8"))
    (text,) = [node.value.value for node in tree.body if isinstance(node, ast.Assign) and [target.id for target in node.targets] == ["EXAMPLES"]]
    return text


def before_attaching(aws, text, profile=None):
    """The instances that the examples name, and their instance profile."""
    aws.make_profile("web")
    first, second = aws.run_instances(2, profile)
    return text.replace("i-0123456789abcdef0", first).replace("i-0123456789abcdef1", second)


def before_looking(aws, text):
    """The same, with associations that have to be renewed."""
    text = before_attaching(aws, text, "web")
    aws.make_profile_again("web", "web")
    return text


def before_launching(aws, text):
    """The groups, templates and profiles that the examples name; some groups still have launch configurations."""
    client = aws.client("autoscaling")
    for name in ("web", "workers", "batch"):
        aws.make_profile(name)
    for name in ("web-servers", "workers"):
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
    Fleets(aws).make(EC2, "workers")
    size = {"MinSize": 1, "MaxSize": 2, "AvailabilityZones": [f"{REGION}a"]}
    tags = [{"Key": "team", "Value": "shop"}]
    template = {"LaunchTemplateName": "web-servers", "Version": "1"}
    client.create_auto_scaling_group(AutoScalingGroupName="web", LaunchTemplate=template, Tags=tags, **size)
    for name in ("batch-1", "batch-2"):
        client.create_launch_configuration(LaunchConfigurationName=name, ImageId=IMAGE, InstanceType="t3.micro")
        client.create_auto_scaling_group(AutoScalingGroupName=name, LaunchConfigurationName=name, **size)
    return text


def before_looking_at_accounts(aws, text):
    """The accounts and the organization that the examples name."""
    for account in ("111111111111", "222222222222"):
        aws.make_role_to_assume(account, StringEquals={"sts:ExternalId": "keyless"})
    aws.client("organizations").create_organization(FeatureSet="ALL")
    return text


def before_asking_what_was_done(aws, text):
    """A user with a key that has done what the role web allows."""
    aws.make_role("web", ("arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",))
    aws.iam.create_user(UserName="shop")
    key = aws.iam.create_access_key(UserName="shop")["AccessKey"]["AccessKeyId"]
    aws.client("ec2", access_key_id=key).describe_instances()
    return text.replace("AKIAIOSFODNN7EXAMPLE", key)


def before_narrowing(aws, text):
    """A role that has done one of the two things that it may do."""
    aws.make_profile("web")
    statement = {"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "sqs:ListQueues"], "Resource": "*"}
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    aws.use("web", call="describe_vpcs")
    return text


BEFORE = {
    "iam_ec2_role_info": before_narrowing,
    "access_key_usage_info": before_asking_what_was_done,
    "estate_info": before_looking_at_accounts,
    "from_survey": before_attaching,
    "launch_profile_attach": before_launching,
    "launch_profile_attach_info": before_launching,
    "instance_profile_attach": before_attaching,
    "instance_profile_attach_info": before_looking,
}
NAMES = [
    "access_key_info",
    "access_key_usage_info",
    "estate_info",
    "iam_ec2_role",
    "iam_ec2_role_info",
    "instance_profile_attach",
    "instance_profile_attach_info",
    "launch_profile_attach",
    "launch_profile_attach_info",
    *FILTERS,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_run(aws, controller, name):
    aws.reset()
    text = examples_of(name)
    if name in BEFORE:
        text = BEFORE[name](aws, text)
    shutil.copy(TRUST_POLICY, controller.folder)
    tasks = yaml.safe_load(text)
    run = controller.play(tasks).succeeded()
    assert len(run.results) == len(tasks)
