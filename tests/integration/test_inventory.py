# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin ec2_identity after amazon.aws.aws_ec2, in ansible-inventory and in a play."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION

KEY = "AKIAINVENTORY0000000"
FIRST = {"plugin": "amazon.aws.aws_ec2", "regions": [REGION, "us-east-1"], "hostnames": ["instance-id"]}
SECOND = {"plugin": "keyless.ec2.ec2_identity"}
# The calls in each region
CALLS = {
    "DescribeInstances",
    "DescribeIamInstanceProfileAssociations",
    "GetInstanceProfile",
    "DescribeAutoScalingGroups",
    "DescribeLaunchTemplateVersions",
}


def unmarked(value):
    """The text of a value that ansible-inventory marks as unsafe."""
    return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else value


@pytest.fixture(scope="module", name="instances")
def _instances(aws):
    """A good instance, one without an instance profile, one of a group whose name is a Jinja2 template, and one in another region."""
    aws.make_profile("web")
    (good,), (bare,) = aws.run_instances(profile="web"), aws.run_instances()
    aws.ec2.create_launch_template(LaunchTemplateName="shop", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="{{ 7 * 7 }}",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=[f"{REGION}a"],
        LaunchTemplate={"LaunchTemplateName": "shop", "Version": "$Latest"},
    )
    (group,) = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    member = group["Instances"][0]["InstanceId"]
    aws.ec2.associate_iam_instance_profile(InstanceId=member, IamInstanceProfile={"Name": "web"})
    east = aws.client("ec2", "us-east-1").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "web"})
    return {"good": good, "bare": bare, "member": member, "east": east["Instances"][0]["InstanceId"]}


@pytest.fixture(name="inventory")
def _inventory(tmp_path):
    """A directory with the two files, the second with these options, and a third file with other hosts."""

    def inventory(**options):
        for name, content in (("1_aws_ec2", FIRST), ("2_ec2_identity", {**SECOND, **options})):
            (tmp_path / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        (tmp_path / "0_others.ini").write_text("printer\nold instance_id=i-0123456789abcdef0\n", encoding="utf-8")
        return tmp_path

    return inventory


@pytest.fixture(name="listed")
def _listed(controller, aws, instances):
    """Runs ansible-inventory; returns its groups and variables, and its errors."""

    def listed(folder: Path):
        aws.forget_calls()
        command = ["ansible-inventory", "--inventory", str(folder), "--list"]
        environment = controller.environment(KEY, folder / "none")
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout, object_hook=unmarked), run.stderr

    return listed


def test_instances_are_grouped_by_role_and_by_problem(aws, inventory, listed, instances):
    found, _errors = listed(inventory())
    assert set(found["role_web"]["hosts"]) == {instances["good"], instances["member"], instances["east"]}
    assert found["problem_no_profile"]["hosts"] == [instances["bare"]]
    assert found["problem_reverts_on_replacement"]["hosts"] == [instances["member"]]
    identity = found["_meta"]["hostvars"][instances["good"]]["ec2_identity"]
    assert (identity["role_name"], identity["instance_profile"]["name"]) == ("web", "web")
    assert "ec2_identity" not in found["_meta"]["hostvars"].get("printer", {})
    calls = [call["operation"] for call in aws.calls(KEY)]
    # aws_ec2 of amazon.aws 12 asks for the Availability Zones.
    assert set(calls) <= {*CALLS, "DescribeRegions", "DescribeAvailabilityZones"} and not aws.writes(KEY)
    # aws_ec2 describes the instances of each region too, and an id that is not there has AWS refuse the first call.
    assert found["problem_not_found"]["hosts"] == ["old"]
    assert calls.count("DescribeInstances") == 5 and calls.count("DescribeIamInstanceProfileAssociations") == 2
    assert calls.count("GetInstanceProfile") == 2 and calls.count("DescribeAutoScalingGroups") == 1


def test_prefixes_and_constructed_groups(inventory, listed, instances):
    options = {
        "role_prefix": "iam",
        "problem_prefix": "",
        "groups": {"servers": "ec2_identity.role_name == 'web'"},
        "keyed_groups": [{"key": "ec2_identity.state", "prefix": "state"}],
        "compose": {"profile_of_host": "ec2_identity.instance_profile.name"},
    }
    found, _errors = listed(inventory(**options))
    assert set(found["iam_web"]["hosts"]) == set(found["servers"]["hosts"]) and not [each for each in found if each.startswith("problem")]
    assert instances["bare"] in found["state_running"]["hosts"]
    assert found["_meta"]["hostvars"][instances["good"]]["profile_of_host"] == "web"


def test_names_from_aws_are_never_templates(controller, inventory, instances):
    (play,) = yaml.safe_load("""
    - hosts: role_web:&problem_reverts_on_replacement
      connection: local
      gather_facts: false
      tasks:
        - name: Show it
          ansible.builtin.debug:
            msg: "{{ ec2_identity.problems[0].message }}"
    """)
    path = controller.folder / "inventory_play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    command = ["ansible-playbook", "--inventory", str(inventory()), str(path)]
    environment = controller.environment(KEY, controller.folder / "none")
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "{{ 7 * 7 }}" in run.stdout and "49" not in run.stdout.partition("Show it")[2].partition("PLAY RECAP")[0].replace(instances["member"], "")


def test_an_unreadable_region_is_an_error_or_a_warning(aws, controller, inventory, listed, instances):
    strict, lenient = inventory(), {"strict_permissions": False}
    denied = {"code": "UnauthorizedOperation", "region": "us-east-1", "count": None}
    aws.fail("DescribeIamInstanceProfileAssociations", **denied)
    command = ["ansible-inventory", "--inventory", str(strict), "--list"]
    environment = {**controller.environment(KEY, strict / "none"), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode and "ec2:DescribeIamInstanceProfileAssociations" in run.stderr.replace("\n", " ")
    found, errors = listed(inventory(**lenient))
    aws.clear_faults()
    assert "the instances in us-east-1 get no groups" in errors.replace("\n", " ")
    assert instances["good"] in found["role_web"]["hosts"] and instances["east"] not in found["role_web"]["hosts"]


def test_cached_instances_are_not_read_again(aws, inventory, listed, instances, tmp_path):
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    folder = inventory(**options)
    first, _errors = listed(folder)
    again, _errors = listed(folder)
    assert not [call for call in aws.calls(KEY) if call["operation"] == "DescribeIamInstanceProfileAssociations"]
    assert first["role_web"] == again["role_web"]
