# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role launch has its effect."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, play_of

ROLE = "launch"
LAUNCH, ATTACH, CREATE = "amazon.aws.ec2_instance", "keyless.ec2.instance_profile_attach", "keyless.ec2.iam_ec2_role"
FIND, TEMPLATE, TEMPLATE_INFO = "amazon.aws.ec2_instance_info", "amazon.aws.ec2_launch_template", "amazon.aws.ec2_launch_template_info"


@pytest.fixture(scope="module", name="uses")
def _uses(aws, controller):
    aws.make_profile("a-profile")
    subnet = aws.ec2.describe_subnets()["Subnets"][0]
    group = aws.ec2.create_security_group(GroupName="a-security-group", Description="a", VpcId=subnet["VpcId"])["GroupId"]
    aws.ec2.create_key_pair(KeyName="a-key")
    variables = {
        "on-demand": {
            "launch_name": "a-name",
            "launch_count": 2,
            "launch_image_id": IMAGE,
            "launch_instance_type": "t3.small",
            "launch_instance_profile": "a-profile",
            "launch_subnet_id": subnet["SubnetId"],
            "launch_security_groups": [group],
            "launch_key_name": "a-key",
            "launch_user_data": "echo hello",
            "launch_tags": {"a-tag": "a-value"},
            "launch_http_put_response_hop_limit": 3,
            "launch_on_conflict": "skip",
            "launch_wait_timeout": 77,
            "launch_region": REGION,
        },
        "spot": {"launch_name": "spot", "launch_spot": True, "launch_create_role": True, "ec2_role_name": "a-role", "launch_region": REGION},
    }
    uses = play_of(controller, ROLE, variables, AWS_REGION="us-east-1")
    uses.run.succeeded()
    return uses


def launches(option, use="on-demand", **expected):
    return passes(use, LAUNCH, option, **expected)


def finds_instances_of_that_name(uses, variable):
    """All instances count except terminated ones."""
    (found,) = uses.of("on-demand", FIND)
    name = uses.variables["on-demand"][variable]
    assert found["filters"] == {"tag:Name": name, "instance-state-name": ["pending", "running", "stopping", "stopped"]}


def has_the_hop_limit(uses, variable):
    (launched,) = uses.of("on-demand", LAUNCH)
    assert int(launched["metadata_options"]["http_put_response_hop_limit"]) == uses.variables["on-demand"][variable]


def launches_spot_instances(uses, _variable):
    (options,) = [each["instance_market_options"] for each in uses.of("spot", TEMPLATE)]
    assert options["market_type"] == "spot"
    assert [each["launch_template"]["id"][:3] for each in uses.of("spot", LAUNCH)] == ["lt-"]


EFFECTS = {
    "launch_name": [launches("name"), finds_instances_of_that_name],
    "launch_count": [launches("count")],
    "launch_image_id": [launches("image_id")],
    "launch_instance_type": [launches("instance_type")],
    "launch_instance_profile": [launches("iam_instance_profile"), passes("on-demand", ATTACH, "instance_profile")],
    "launch_create_role": [passes("spot", CREATE, "name", value="a-role"), launches("iam_instance_profile", "spot", value="a-role")],
    "launch_spot": [launches_spot_instances],
    "launch_subnet_id": [launches("vpc_subnet_id")],
    "launch_security_groups": [launches("security_groups")],
    "launch_key_name": [launches("key_name")],
    "launch_user_data": [launches("user_data")],
    "launch_tags": [launches("tags")],
    "launch_http_put_response_hop_limit": [has_the_hop_limit],
    "launch_on_conflict": [passes("on-demand", ATTACH, "on_conflict")],
    "launch_wait_timeout": [launches("wait_timeout"), passes("on-demand", ATTACH, "wait_timeout")],
    "launch_region": [passes("spot", module, "region") for module in (FIND, LAUNCH, ATTACH, TEMPLATE, TEMPLATE_INFO)],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
