# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that launch and describe instances."""

from __future__ import annotations

from typing import Any

import pytest

IMAGE = "ami-12c6146b"
UNKNOWN = ["i-0123456789abcdef0", "i-0123456789abcdef1"]


def _found(answer: dict[str, Any]) -> list[str]:
    return [each["InstanceId"] for reservation in answer["Reservations"] for each in reservation["Instances"]]


def test_every_launched_instance_gets_the_profile(aws: Any) -> None:
    profile = aws.profile("web")
    shown = {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
    answer = aws.ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=3, IamInstanceProfile={"Name": "web"})
    assert [each["IamInstanceProfile"] for each in answer["Instances"]] == [shown] * 3
    assert {each["InstanceId"] for each in aws.associations()} == {each["InstanceId"] for each in answer["Instances"]}


def test_launch_template_brings_its_profile(aws: Any) -> None:
    profile = aws.profile("web")
    aws.ec2.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"ImageId": "ami-12345678", "IamInstanceProfile": {"Name": "web"}},
    )
    [instance_id] = aws.launch(LaunchTemplate={"LaunchTemplateName": "web"})
    assert aws.instance(instance_id)["IamInstanceProfile"]["Arn"] == profile["Arn"]


def test_launch_template_makes_spot_instances(aws: Any) -> None:
    options = {"MarketType": "spot", "SpotOptions": {"SpotInstanceType": "one-time"}}
    aws.ec2.create_launch_template(LaunchTemplateName="spot", LaunchTemplateData={"InstanceMarketOptions": options})
    [instance_id] = aws.launch(LaunchTemplate={"LaunchTemplateName": "spot"})
    assert aws.instance(instance_id)["InstanceLifecycle"] == "spot"


def test_dry_run_launches_nothing(aws: Any, refused: Any) -> None:
    aws.profile("web")
    with refused("DryRunOperation"):
        aws.launch(IamInstanceProfile={"Name": "web"}, DryRun=True)
    assert not aws.ec2.describe_instances()["Reservations"]
    assert not aws.associations()


def test_profile_filters(aws: Any) -> None:
    profile, _other = aws.profile("web"), aws.profile("other")
    [web] = aws.launch(IamInstanceProfile={"Name": "web"})
    aws.launch(IamInstanceProfile={"Name": "other"})
    aws.launch()
    for name, value in (
        ("iam-instance-profile.arn", profile["Arn"]),
        ("iam-instance-profile.arn", "*/w?b"),
        ("iam-instance-profile.id", profile["InstanceProfileId"]),
    ):
        assert _found(aws.ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])) == [web]
    escaped = [{"Name": "iam-instance-profile.arn", "Values": ["*/w\\?b"]}]
    assert not _found(aws.ec2.describe_instances(Filters=escaped))


def test_metadata_filters(aws: Any) -> None:
    [required] = aws.launch(MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2})
    [optional] = aws.launch(MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 1})
    for name, value, expected in (
        ("http-tokens", "required", required),
        ("http-tokens", "opt*", optional),
        ("http-put-response-hop-limit", "2", required),
    ):
        filters = [{"Name": f"metadata-options.{name}", "Values": [value]}]
        assert _found(aws.ec2.describe_instances(Filters=filters)) == [expected]


def test_filters_that_ec2_or_the_emulator_lacks(aws: Any, refused: Any) -> None:
    """Also without any instance, which a filter would have to be compared with."""
    with refused("InvalidParameterValue", "The filter 'instance-state' is invalid"):
        aws.ec2.describe_instances(Filters=[{"Name": "instance-state", "Values": ["running"]}])
    with refused("NotImplemented", "The emulator lacks the filter 'usage-operation' of DescribeInstances."):
        aws.ec2.describe_instances(Filters=[{"Name": "usage-operation", "Values": ["RunInstances"]}])


def test_state_filter(aws: Any) -> None:
    first, second = aws.launch(2)
    aws.ec2.stop_instances(InstanceIds=[second])
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    assert _found(aws.ec2.describe_instances(Filters=running)) == [first]


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (UNKNOWN[:1], f"The instance ID '{UNKNOWN[0]}' does not exist"),
        (UNKNOWN, f"The instance IDs '{UNKNOWN[0]}, {UNKNOWN[1]}' do not exist"),
    ],
)
def test_unknown_ids(aws: Any, refused: Any, ids: list[str], text: str) -> None:
    [known] = aws.launch()
    with refused("InvalidInstanceID.NotFound", text):
        aws.ec2.describe_instances(InstanceIds=[known, *ids])


def test_malformed_ids(aws: Any, refused: Any) -> None:
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "i-12345"'):
        aws.ec2.describe_instances(InstanceIds=["i-12345"])


def test_id_given_twice(aws: Any) -> None:
    [instance_id] = aws.launch()
    assert _found(aws.ec2.describe_instances(InstanceIds=[instance_id] * 2)) == [instance_id]


def test_ids_are_not_paged(aws: Any, refused: Any) -> None:
    ids = aws.launch()
    text = "The parameter instancesSet cannot be used with the parameter maxResults"
    with refused("InvalidParameterCombination", text):
        aws.ec2.describe_instances(InstanceIds=ids, MaxResults=5)


def test_ids_are_all_answered(aws: Any) -> None:
    ids = [instance_id for _index in range(3) for instance_id in aws.launch(50)]
    answer = aws.ec2.describe_instances(InstanceIds=ids)
    assert sorted(_found(answer)) == sorted(ids)
    assert not answer.get("NextToken")


def test_too_many_ids(aws: Any, refused: Any) -> None:
    ids = [f"i-{number:017x}" for number in range(1001)]
    with refused("InvalidRequest", "1001 exceeds the maximum number of instance IDs"):
        aws.ec2.describe_instances(InstanceIds=ids)
    with refused("InvalidInstanceID.NotFound"):
        aws.ec2.describe_instances(InstanceIds=ids[:1000])


def test_metadata_options(aws: Any, refused: Any) -> None:
    [instance_id] = aws.launch(MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2})
    with refused("DryRunOperation"):
        aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, HttpTokens="optional", DryRun=True)
    aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, HttpEndpoint="enabled")
    options = aws.instance(instance_id)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 2)


@pytest.mark.parametrize(("region", "among", "elsewhere"), [("eu-west-1", "us-east-1", "cn-"), ("cn-north-1", "cn-northwest-1", "us-")])
def test_regions_are_those_of_the_partition(aws: Any, region: str, among: str, elsewhere: str) -> None:
    names = {each["RegionName"] for each in aws.client("ec2", region=region).describe_regions()["Regions"]}
    assert {region, among} <= names
    assert not [name for name in names if name.startswith((elsewhere, "us-gov-"))]


def test_a_new_instance_is_not_shown_yet(aws: Any, refused: Any) -> None:
    aws.profile("web")
    [old] = aws.launch()
    aws.http("PUT", "/emulator/transitions", {"unseen": 3600})
    [young] = aws.launch()
    assert _found(aws.ec2.describe_instances()) == [old]
    with refused("InvalidInstanceID.NotFound", young):
        aws.ec2.describe_instances(InstanceIds=[old, young])
    with refused("InvalidInstanceID.NotFound", young):
        aws.ec2.associate_iam_instance_profile(InstanceId=young, IamInstanceProfile={"Name": "web"})
    aws.http("PUT", "/emulator/clock", {"ahead": 3600})
    assert _found(aws.ec2.describe_instances(InstanceIds=[old, young])) == [old, young]
    aws.ec2.associate_iam_instance_profile(InstanceId=young, IamInstanceProfile={"Name": "web"})


def test_a_client_token_launches_once(aws: Any) -> None:
    [first] = aws.launch(ClientToken="t")
    assert aws.launch(ClientToken="t") == [first]
    assert aws.launch(ClientToken="u") != [first]


def test_all_regions_are_shown_on_request(aws: Any) -> None:
    shown = aws.ec2.describe_regions(AllRegions=True)["Regions"]
    assert {"opt-in-not-required", "not-opted-in"} == {region["OptInStatus"] for region in shown}
    assert len(aws.ec2.describe_regions()["Regions"]) < len(shown)


def test_only_the_chosen_regions_are_enabled(emulator_with: Any, connect: Any, refused: Any) -> None:
    with emulator_with("--regions", "us-east-1", "eu-central-1") as endpoint:
        aws = connect(endpoint)
        ec2 = aws.client("ec2", "eu-central-1")
        assert [each["RegionName"] for each in ec2.describe_regions()["Regions"]] == ["eu-central-1", "us-east-1"]
        aws.http("POST", "/emulator/reset")
        assert ec2.describe_instances()["Reservations"] == []
        others = {each["RegionName"]: each["OptInStatus"] for each in ec2.describe_regions(AllRegions=True)["Regions"]}
        assert (others["eu-central-1"], others["eu-west-1"]) == ("opt-in-not-required", "not-opted-in")
        with refused("AuthFailure"):
            aws.client("ec2", "eu-west-1").describe_instances()


@pytest.mark.parametrize("name", ["eu-wst-1", "me-central-1"])
def test_a_region_that_can_not_be_enabled(refusal_to_start: Any, name: str) -> None:
    assert f"emulator: Unknown region '{name}'. These can be enabled: af-south-1, " in refusal_to_start("--regions", "eu-central-1", name)


def test_unknown_templates_and_spot_requests(aws: Any, refused: Any) -> None:
    with refused("InvalidLaunchTemplateId.NotFound", "lt-0123456789abcdef0"):
        aws.ec2.describe_launch_templates(LaunchTemplateIds=["lt-0123456789abcdef0"])
    with refused("InvalidSpotInstanceRequestID.NotFound", "sir-abcd1234"):
        aws.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=["sir-abcd1234"])


def test_an_operator_is_shown(aws: Any) -> None:
    """Only AWS's services can give one; here, a test can."""
    if "Operator" not in aws.ec2.meta.service_model.shape_for("Instance").members:
        pytest.skip("this botocore does not know who operates an instance")
    (instance,) = aws.ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, Operator={"Principal": "eks.amazonaws.com"})["Instances"]
    assert aws.instance(instance["InstanceId"])["Operator"] == {"Managed": True, "Principal": "eks.amazonaws.com"}
    (own,) = aws.ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"]
    assert aws.instance(own["InstanceId"]).get("Operator", {"Managed": False}) == {"Managed": False}
