# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to Auto Scaling: its calls, what it returns, and what it repeats."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.auto_scaling import NAMES_IN_A_CALL, AutoScaling
from ansible_collections.keyless.ec2.plugins.module_utils._aws.responses import response_in
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.changes import update_group
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Group
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client, one_after_the_other, refused

TEMPLATE = {"LaunchTemplateId": "lt-1", "Version": "1"}
POLICY = {"LaunchTemplate": {"LaunchTemplateSpecification": TEMPLATE}}
DESCRIBED = {
    "AutoScalingGroupName": "b",
    "LaunchTemplate": TEMPLATE,
    "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}],
    "WarmPoolConfiguration": {},
    "Tags": [{"Key": "team", "Value": "x"}, {"Key": "empty"}],
}
GROUPS = {"AutoScalingGroups": [DESCRIBED, {"AutoScalingGroupName": "a", "LaunchConfigurationName": "first"}]}
UNSEEN = "Invalid IamInstanceProfile: Invalid IAM Instance Profile name"


@pytest.mark.parametrize("filters, sent", [(None, {}), ([], {}), ([{"Name": "x", "Values": ["y"]}], {"Filters": [{"Name": "x", "Values": ["y"]}]})])
def test_all_groups_or_those_that_match_by_name(filters, sent):
    client = Client(("describe_auto_scaling_groups",), describe_auto_scaling_groups=GROUPS)
    assert AutoScaling(client).list_groups(filters) == [
        Group("a", launch_configuration_name="first"),
        Group("b", TEMPLATE, instance_ids=("i-1", "i-2"), has_warm_pool=True, tags={"team": "x", "empty": ""}),
    ]
    assert client.asked == [("describe_auto_scaling_groups", {"PaginationConfig": {"PageSize": 100}, **sent})]


def test_values_are_plain():
    client = Client(describe_auto_scaling_groups={"AutoScalingGroups": [{"AutoScalingGroupName": "a", "MixedInstancesPolicy": POLICY}]})
    (group,) = AutoScaling(client).list_groups()
    assert group == Group("a", mixed_instances_policy=POLICY) and group.mixed_instances_policy["LaunchTemplate"].__class__ is dict


def test_groups_are_read_in_batches_of_fifty():
    def response(AutoScalingGroupNames):
        return {"AutoScalingGroups": [{"AutoScalingGroupName": name} for name in AutoScalingGroupNames if name != "gone"]}

    client = Client(describe_auto_scaling_groups=response)
    names = [f"g{number:03}" for number in range(NAMES_IN_A_CALL)]
    found = AutoScaling(client).read_groups([*names, *names, "gone"])
    assert [group.name for group in found] == names
    assert sorted(len(asked["AutoScalingGroupNames"]) for _method, asked in client.asked) == [1, NAMES_IN_A_CALL]


def test_launch_configurations_by_name():
    def response(LaunchConfigurationNames):
        return {"LaunchConfigurations": [{"LaunchConfigurationName": name, "ImageId": "ami-1"} for name in LaunchConfigurationNames]}

    client = Client(describe_launch_configurations=response)
    found = AutoScaling(client).launch_configurations(["b", "a", "b"])
    assert found == {name: {"LaunchConfigurationName": name, "ImageId": "ami-1"} for name in "ab"}
    assert client.asked == [("describe_launch_configurations", {"LaunchConfigurationNames": ["a", "b"]})]
    assert {type(each) for each in found.values()} == {dict}
    assert AutoScaling(Client()).launch_configurations([]) == {}


def test_the_instances_of_a_warm_pool():
    client = Client(describe_warm_pool={"Instances": [{"InstanceId": "i-1"}]})
    assert AutoScaling(client).warm_instance_ids("a") == ["i-1"]
    assert client.asked == [("describe_warm_pool", {"AutoScalingGroupName": "a"})]


CHANGE = update_group(Group("a", TEMPLATE), {"LaunchTemplate": TEMPLATE})


@pytest.mark.parametrize(
    "code, message, tries",
    [
        ("ValidationError", UNSEEN, 2),
        ("ValidationError", "something else", 1),
        ("AccessDenied", UNSEEN, 1),
        ("ZZZ", UNSEEN, 1),
    ],
)
def test_a_change_is_repeated_only_until_ec2_sees_the_profile(clock, code, message, tries):
    client = Client(update_auto_scaling_group=one_after_the_other(refused(code, message), {"x": 1}))
    if tries == 2:
        assert AutoScaling(client).update(CHANGE) == {"x": 1}
    else:
        with pytest.raises(AwsError, match=code):
            AutoScaling(client).update(CHANGE)
    assert client.asked == [("update_auto_scaling_group", CHANGE.parameters)] * tries


def test_a_response_without_its_list_is_an_error():
    with pytest.raises(AwsError, match="the response has no AutoScalingGroups"):
        AutoScaling(Client(describe_auto_scaling_groups={})).list_groups()
    assert response_in({}, "a:B", "c", "d") == {}
