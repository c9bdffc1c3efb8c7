# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation run unchanged."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL
from ansible_collections.keyless.ec2.tests.integration.support.known import needs_defaults

ROOT = Path(__file__).resolve().parents[2]
TRUST_POLICY = ROOT / "tests" / "integration" / "tutorial" / "ec2-role-trust-policy.json"


def examples_of(name):
    """The example tasks of a module or of a filter, as text."""
    of_filter = ROOT / "plugins" / "filter" / f"{name}.yml"
    if of_filter.is_file():
        return yaml.safe_load(of_filter.read_text(encoding="utf-8"))["EXAMPLES"]
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8"))
    (text,) = [node.value.value for node in tree.body if isinstance(node, ast.Assign) and [target.id for target in node.targets] == ["EXAMPLES"]]
    return text


def instances(aws, text, profile=None):
    """The instances that the examples name, with an instance profile or without one."""
    first, second = aws.run_instances(2, profile)
    return text.replace("i-0123456789abcdef0", first).replace("i-0123456789abcdef1", second)


def stale_instances(aws, text):
    """The same instances, with associations that have to be renewed."""
    text = instances(aws, text, "web")
    aws.recreate_profile("web", "web")
    return text


def groups(aws, text):
    """The groups and templates that the examples name; some groups still have launch configurations."""
    client = aws.client("autoscaling")
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


def accounts(aws, text):
    """The accounts and the organization that the examples name."""
    for account in ("111111111111", "222222222222"):
        aws.make_role_to_assume(account, StringEquals={"sts:ExternalId": "keyless"})
    aws.client("organizations").create_organization(FeatureSet="ALL")
    return text


def used_key(aws, text):
    """A user with a key that was used for what the role web allows."""
    aws.iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess")
    aws.iam.create_user(UserName="shop")
    key = aws.iam.create_access_key(UserName="shop")["AccessKey"]["AccessKeyId"]
    aws.client("ec2", access_key_id=key).describe_instances()
    return text.replace("AKIAIOSFODNN7EXAMPLE", key)


def used_role(aws, text):
    """A role that used one of the two actions that its policy allows."""
    statement = {"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "sqs:ListQueues"], "Resource": "*"}
    aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    aws.use("web", call="describe_vpcs")
    return text


def variables_of(role):
    """The role's own variables with their defaults."""
    files = [ROOT / "roles" / role / folder / "main.yml" for folder in ("defaults", "vars")]
    return {name: value for file in files for name, value in yaml.safe_load(file.read_text(encoding="utf-8")).items()}


BEFORE = {
    "access_key_usage_info": used_key,
    "estate_info": accounts,
    "from_survey": instances,
    "iam_ec2_role_info": used_role,
    "instance_metadata_options": instances,
    "instance_profile_attach": instances,
    "instance_profile_attach_info": stale_instances,
    "launch_profile_attach": groups,
}
# The examples of a run, in an AWS of its own. What the role may do is compared before it is narrowed, and what is stale is renewed before
# there must be nothing stale.
ROLES = (
    "iam_ec2_role",
    "escalations",
    "estate_report",
    "key_migration",
    "operator_policy",
    "report_inputs",
    "report_outcome",
    "retirement",
    "role_variables",
    "rollout",
    "trust_policy",
    "verification",
)
INSTANCES = (
    "access_key_info",
    "access_key_usage_info",
    "instance_metadata_defaults",
    "instance_profile_attach_info",
    "iam_ec2_role_info",
    "launch_profile_attach_info",
    "launch_profile_attach",
    "instance_metadata_options",
    "instance_profile_attach",
    "from_survey",
    "launch_group_plan",
    "launch_plan",
    "estate_info",
)
# They would search this very machine, or ask it for its role.
ON_HOSTS = {"instance_identity_info", "static_credentials_aside", "static_credentials_info"}
# What an example takes for granted
VARIABLES = {
    "launch_plan": {**variables_of("launch"), "launch_name": "web", "launch_instance_profile": "web"},
    "launch_group_plan": {**variables_of("launch_group"), "launch_group_name": "workers"},
}


def run_together(aws, controller, names):
    """Runs each example as a play on its own host, so that no example sees another's variables. A failed task stops no other example."""
    texts = {name: BEFORE[name](aws, examples_of(name)) if name in BEFORE else examples_of(name) for name in names}
    shutil.copy(TRUST_POLICY, controller.folder)
    inventory, playbook = controller.folder / "hosts.yml", controller.folder / "examples.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {name: VARIABLES.get(name) for name in names}, "vars": LOCAL}}), encoding="utf-8")
    plays = [{"hosts": name, "gather_facts": False, "ignore_errors": True, "tasks": yaml.safe_load(text)} for name, text in texts.items()]
    playbook.write_text(json.dumps(plays), encoding="utf-8")
    return {name: len(play["tasks"]) for name, play in zip(names, plays)}, controller.run("-i", str(inventory), str(playbook))


@pytest.fixture(scope="module", name="of_roles")
def _of_roles(aws, controller):
    aws.reset()
    return run_together(aws, controller, ROLES)


@pytest.fixture(scope="module", name="of_instances")
def _of_instances(aws, controller):
    aws.reset()
    for name in ("web", "workers", "batch"):
        aws.make_profile(name)
    return run_together(aws, controller, INSTANCES)


def test_every_example_is_run():
    folder = ROOT / "plugins"
    modules = {path.stem for path in folder.glob("modules/*.py")} - ON_HOSTS
    filters = {path.stem for path in folder.glob("filter/*.yml")}
    assert {*ROLES, *INSTANCES} == modules | filters


@pytest.mark.parametrize("name", ROLES)
def test_the_examples_of_roles_and_filters_run(of_roles, name):
    assert_all_ran(*of_roles, name)


@pytest.mark.parametrize("name", [pytest.param(each, marks=needs_defaults if "defaults" in each else ()) for each in INSTANCES])
def test_the_examples_of_instances_run(of_instances, name):
    assert_all_ran(*of_instances, name)


def assert_all_ran(tasks, run, name):
    """Each of its tasks, and none failed."""
    results = [each for each in run.results if each["host"] == name]
    assert [each["status"] for each in results] == ["ok"] * tasks[name], results
