# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's defaults for metadata options: their values, declarative policies, and the enforcement of IMDSv2."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

CALL = "ModifyInstanceMetadataDefaults"
MODEL = botocore.session.get_session().get_service_model("ec2")
IS_KNOWN = CALL in MODEL.operation_names and "HttpTokensEnforced" in MODEL.operation_model(CALL).input_shape.members
pytestmark = pytest.mark.skipif(not IS_KNOWN, reason="this botocore does not know the account's defaults for metadata options")

IMAGE = "ami-12c6146b"
OPTIONAL, REQUIRED = {"HttpTokens": "optional"}, {"HttpTokens": "required"}
ENFORCED = "because httpTokensEnforced is enabled"
DENIED = "This action is denied due to an organizational policy in effect"


@pytest.fixture(name="policy")
def _policy(aws: Any) -> Iterator[Any]:
    """Sets the declarative policy, and removes it at the end."""
    yield lambda **policy: aws.http("PUT", "/emulator/declarative_policy", policy)
    aws.http("PUT", "/emulator/declarative_policy", {})


@pytest.fixture(name="enforced")
def _enforced(aws: Any) -> Iterator[Any]:
    """A client of a region in which IMDSv2 is enforced."""
    ec2 = aws.client("ec2", "eu-north-1")
    ec2.modify_instance_metadata_defaults(HttpTokensEnforced="enabled")
    yield ec2
    ec2.modify_instance_metadata_defaults(HttpTokensEnforced="no-preference")


def defaults(ec2: Any) -> dict[str, Any]:
    return ec2.get_instance_metadata_defaults()["AccountLevel"]


def launch(ec2: Any, **options: Any) -> dict[str, Any]:
    (instance,) = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **options)["Instances"]
    return instance["MetadataOptions"]


def tokens(ec2: Any, **options: Any) -> tuple[str, int]:
    made = launch(ec2, **options)
    return made["HttpTokens"], made["HttpPutResponseHopLimit"]


def template(ec2: Any, name: str, **options: Any) -> dict[str, str]:
    data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "MetadataOptions": options}
    made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)["LaunchTemplate"]
    return {"LaunchTemplateId": made["LaunchTemplateId"], "Version": "1"}


def test_metadata_options_come_from_the_launch_the_account_or_the_image(aws: Any) -> None:
    assert aws.ec2.get_instance_metadata_defaults()["AccountLevel"] == {"ManagedBy": "account"}
    assert tokens(aws.ec2) == ("optional", 1)
    aws.ec2.modify_image_attribute(ImageId=IMAGE, ImdsSupport={"Value": "v2.0"})
    found = aws.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [IMAGE]}], IncludeDeprecated=True)["Images"]
    assert [each["ImdsSupport"] for each in found] == ["v2.0"]
    assert tokens(aws.ec2) == ("required", 2)
    aws.ec2.modify_instance_metadata_defaults(HttpTokens="optional", HttpPutResponseHopLimit=3)
    assert aws.ec2.get_instance_metadata_defaults()["AccountLevel"] == {
        "HttpTokens": "optional",
        "HttpPutResponseHopLimit": 3,
        "ManagedBy": "account",
    }
    assert tokens(aws.ec2) == ("optional", 3)
    assert tokens(aws.ec2, MetadataOptions={"HttpTokens": "required"}) == ("required", 3)
    aws.ec2.modify_instance_metadata_defaults(HttpTokens="no-preference", HttpPutResponseHopLimit=-1)
    assert aws.ec2.get_instance_metadata_defaults()["AccountLevel"] == {"ManagedBy": "account"}
    assert tokens(aws.ec2) == ("required", 2)


@pytest.mark.parametrize(
    "option, value",
    [
        ("HttpTokens", "always"),
        ("HttpEndpoint", "off"),
        ("InstanceMetadataTags", "on"),
        ("HttpTokensEnforced", "yes"),
        ("HttpPutResponseHopLimit", 0),
    ],
)
def test_values_that_do_not_exist_are_refused(aws: Any, refused: Any, option: str, value: Any) -> None:
    with refused("InvalidParameterValue", str(value)):
        aws.ec2.modify_instance_metadata_defaults(**{option: value})


def test_a_dry_run_changes_nothing(aws: Any, refused: Any) -> None:
    with refused("DryRunOperation"):
        aws.ec2.modify_instance_metadata_defaults(HttpTokens="required", DryRun=True)
    assert defaults(aws.ec2) == {"ManagedBy": "account"}


def test_an_image_supports_version_2_or_says_nothing(aws: Any, refused: Any) -> None:
    with refused("InvalidParameterValue", "v1.0"):
        aws.ec2.modify_image_attribute(ImageId=IMAGE, ImdsSupport={"Value": "v1.0"})


def test_enforced_regions_launch_only_with_tokens_required(enforced: Any, refused: Any) -> None:
    assert defaults(enforced) == {"HttpTokensEnforced": "enabled", "ManagedBy": "account"}
    for options in ({}, {"MetadataOptions": OPTIONAL}):
        with refused("UnsupportedOperation", ENFORCED):
            launch(enforced, **options)
    assert launch(enforced, MetadataOptions=REQUIRED)["HttpTokens"] == "required"
    enforced.modify_instance_metadata_defaults(HttpTokens="required")
    assert launch(enforced)["HttpTokens"] == "required"


def test_an_instance_of_an_enforced_region_stays_closed(enforced: Any, refused: Any) -> None:
    (made,) = enforced.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, MetadataOptions=REQUIRED)["Instances"]
    with refused("UnsupportedOperation", ENFORCED):
        enforced.modify_instance_metadata_options(InstanceId=made["InstanceId"], HttpTokens="optional")
    changed = enforced.modify_instance_metadata_options(InstanceId=made["InstanceId"], HttpPutResponseHopLimit=2)
    assert changed["InstanceMetadataOptions"]["HttpTokens"] == "required"


def test_other_regions_are_not_enforced(aws: Any, enforced: Any) -> None:
    assert launch(aws.ec2)["HttpTokens"] == "optional"


def test_groups_get_the_defaults_and_the_refusal(aws: Any, enforced: Any, refused: Any) -> None:
    autoscaling = aws.client("autoscaling", "eu-north-1")
    common = {"MinSize": 1, "MaxSize": 1, "AvailabilityZones": ["eu-north-1a"]}
    with refused("ValidationError", ENFORCED):
        autoscaling.create_auto_scaling_group(AutoScalingGroupName="open", LaunchTemplate=template(enforced, "open"), **common)
    with refused("UnsupportedOperation", ENFORCED):
        config = {"LaunchTemplateSpecification": template(enforced, "fleet")}
        capacity = {"TotalTargetCapacity": 1, "DefaultTargetCapacityType": "on-demand"}
        enforced.create_fleet(Type="instant", LaunchTemplateConfigs=[config], TargetCapacitySpecification=capacity)
    enforced.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=3)
    autoscaling.create_auto_scaling_group(AutoScalingGroupName="closed", LaunchTemplate=template(enforced, "closed"), **common)
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["closed"])["AutoScalingGroups"]
    (reservation,) = enforced.describe_instances(InstanceIds=[each["InstanceId"] for each in group["Instances"]])["Reservations"]
    (options,) = (each["MetadataOptions"] for each in reservation["Instances"])
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 3)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="closed", ForceDelete=True)


def test_a_declarative_policy_comes_before_the_account(aws: Any, refused: Any, policy: Any) -> None:
    aws.ec2.modify_instance_metadata_defaults(HttpTokens="optional")
    policy(metadata_defaults={"HttpTokens": "required"}, message="Ask the platform team.")
    managed = {"HttpTokens": "required", "ManagedBy": "declarative-policy", "ManagedExceptionMessage": "Ask the platform team."}
    assert defaults(aws.ec2) == defaults(aws.client("ec2", "us-east-1")) == managed
    assert launch(aws.ec2)["HttpTokens"] == "required"
    with refused("OperationNotPermitted", "Ask the platform team."):
        aws.ec2.modify_instance_metadata_defaults(HttpTokens="optional")
    policy(metadata_defaults={})
    assert defaults(aws.ec2) == {"ManagedBy": "declarative-policy", "ManagedExceptionMessage": DENIED}
    policy()
    assert defaults(aws.ec2) == {"HttpTokens": "optional", "ManagedBy": "account"}
    aws.ec2.modify_instance_metadata_defaults(HttpTokens="no-preference")


@pytest.mark.parametrize(
    "body", [[], {"message": 3}, {"metadata_defaults": {"HttpTokens": "no"}}, {"metadata_defaults": {"Other": "x"}}, {"other": 1}]
)
def test_policies_that_can_not_be_are_refused(aws: Any, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        aws.http("PUT", "/emulator/declarative_policy", body)
