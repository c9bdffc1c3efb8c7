# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role launch_group has its effect."""

from __future__ import annotations

from base64 import b64encode

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, play_of
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, ZONES

ROLE = "launch_group"
GROUP, TEMPLATE = "amazon.aws.autoscaling_group", "amazon.aws.ec2_launch_template"
GROUP_INFO, TEMPLATE_INFO = f"{GROUP}_info", f"{TEMPLATE}_info"
ATTACH, CREATE = "keyless.ec2.launch_profile_attach", "keyless.ec2.iam_ec2_role"
TARGET_GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a-target-group/0123456789abcdef"


@pytest.fixture(scope="module", name="uses")
def _uses(aws, groups, controller):
    """A new group, an existing one, and one in zones with a new IAM role."""
    subnet = aws.ec2.describe_subnets()["Subnets"][0]
    security_group = aws.ec2.create_security_group(GroupName="a-security-group", Description="a", VpcId=subnet["VpcId"])["GroupId"]
    aws.ec2.create_key_pair(KeyName="a-key")
    template = aws.ec2.create_launch_template(LaunchTemplateName="existing", LaunchTemplateData={**DATA, "IamInstanceProfile": {"Name": "old"}})[
        "LaunchTemplate"
    ]
    specification = {"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"}
    groups.client.create_auto_scaling_group(
        AutoScalingGroupName="existing", MinSize=0, MaxSize=9, DesiredCapacity=0, AvailabilityZones=ZONES, LaunchTemplate=specification
    )
    common = {"launch_group_region": REGION, "launch_group_wait_timeout": 77}
    variables = {
        "new": {
            **common,
            "launch_group_name": "a-name",
            "launch_group_image_id": IMAGE,
            "launch_group_instance_type": "t3.small",
            "launch_group_instance_types": ["t3.small", "t3a.small"],
            "launch_group_instance_profile": "web",
            "launch_group_min_size": 2,
            "launch_group_max_size": 6,
            "launch_group_desired_capacity": 3,
            "launch_group_purchase": "mixed",
            "launch_group_on_demand_base_capacity": 1,
            "launch_group_on_demand_percentage": 30,
            "launch_group_spot_allocation_strategy": "capacity-optimized",
            "launch_group_subnet_ids": [subnet["SubnetId"]],
            "launch_group_security_groups": [security_group],
            "launch_group_key_name": "a-key",
            "launch_group_user_data": "echo hello",
            "launch_group_tags": {"a-tag": "a-value"},
            "launch_group_target_group_arns": [TARGET_GROUP],
            "launch_group_health_check_type": "ELB",
            "launch_group_health_check_grace_period": 42,
            "launch_group_http_put_response_hop_limit": 3,
            "launch_group_wait": False,
        },
        "existing": {
            **common,
            "launch_group_name": "existing",
            "launch_group_instance_profile": "old",
            "launch_group_on_conflict": "skip",
            "launch_group_wait": False,
        },
        "in-zones": {
            **common,
            "launch_group_name": "in-zones",
            "launch_group_create_role": True,
            "ec2_role_name": "a-role",
            "launch_group_availability_zones": ZONES,
            "launch_group_min_size": 0,
        },
    }
    uses = play_of(controller, ROLE, variables, AWS_REGION="us-east-1")
    # The emulator has no load balancers, so that only the last call of the new group fails.
    assert [use for use in variables if uses.failed(use)] == ["new"], str(uses.run)
    assert "One or more target groups not found" in uses.said("new")
    return uses


def of_the_group(option, **expected):
    return passes("new", GROUP, option, **expected)


def of_the_template(option, **expected):
    return passes("new", TEMPLATE, option, **expected)


def shares(option):
    """The variable is part of the distribution of Spot and On-Demand Instances."""

    def effect(uses, variable):
        (group,) = uses.of("new", GROUP)
        assert str(group["mixed_instances_policy"]["instances_distribution"][option]) == str(uses.variables["new"][variable])

    return effect


def is_mixed(uses, _variable):
    (alone,), (mixed,) = (uses.of(use, GROUP) for use in ("in-zones", "new"))
    assert "mixed_instances_policy" not in alone and "mixed_instances_policy" in mixed


def is_chosen_from(uses, variable):
    (group,) = uses.of("new", GROUP)
    assert group["mixed_instances_policy"]["instance_types"] == uses.variables["new"][variable]


def has_the_hop_limit(uses, variable):
    (template,) = uses.of("new", TEMPLATE)
    assert int(template["metadata_options"]["http_put_response_hop_limit"]) == uses.variables["new"][variable]


def is_waited_for(uses, _variable):
    assert [each["wait_for_instances"] for use in ("new", "in-zones") for each in uses.of(use, GROUP)] == [False, True]


EFFECTS = {
    "launch_group_name": [of_the_group("name"), of_the_template("template_name")],
    "launch_group_image_id": [of_the_template("image_id")],
    "launch_group_instance_type": [of_the_template("instance_type")],
    "launch_group_instance_types": [is_chosen_from],
    "launch_group_instance_profile": [of_the_template("iam_instance_profile"), passes("existing", ATTACH, "instance_profile")],
    "launch_group_create_role": [
        passes("in-zones", CREATE, "name", value="a-role"),
        passes("in-zones", TEMPLATE, "iam_instance_profile", value="a-role"),
    ],
    "launch_group_min_size": [of_the_group("min_size")],
    "launch_group_max_size": [of_the_group("max_size")],
    "launch_group_desired_capacity": [of_the_group("desired_capacity")],
    "launch_group_purchase": [is_mixed],
    "launch_group_on_demand_base_capacity": [shares("on_demand_base_capacity")],
    "launch_group_on_demand_percentage": [shares("on_demand_percentage_above_base_capacity")],
    "launch_group_spot_allocation_strategy": [shares("spot_allocation_strategy")],
    "launch_group_subnet_ids": [of_the_group("vpc_zone_identifier")],
    "launch_group_availability_zones": [passes("in-zones", GROUP, "availability_zones")],
    "launch_group_security_groups": [of_the_template("security_group_ids")],
    "launch_group_key_name": [of_the_template("key_name")],
    "launch_group_user_data": [of_the_template("user_data", value=b64encode(b"echo hello").decode())],
    "launch_group_tags": [of_the_group("tags", value=[{"Name": "a-name", "a-tag": "a-value"}])],
    "launch_group_target_group_arns": [of_the_group("target_group_arns")],
    "launch_group_health_check_type": [of_the_group("health_check_type")],
    "launch_group_health_check_grace_period": [of_the_group("health_check_period")],
    "launch_group_http_put_response_hop_limit": [has_the_hop_limit],
    "launch_group_on_conflict": [passes("existing", ATTACH, "on_conflict")],
    "launch_group_wait": [is_waited_for, passes("existing", ATTACH, "wait")],
    "launch_group_wait_timeout": [of_the_group("wait_timeout"), passes("existing", ATTACH, "wait_timeout")],
    "launch_group_region": [passes("existing", module, "region") for module in (TEMPLATE_INFO, GROUP_INFO, ATTACH, TEMPLATE, GROUP)],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
