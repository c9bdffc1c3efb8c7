# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's instances, and how they are described."""

from __future__ import annotations

import uuid

from ..aws import Aws
from ..probe import UNSOURCED, documented, expect, probe, refused, reported, same, unknown
from ..waiting import eventually
from .associations import CODES, UNKNOWN_INSTANCE, ids_of
from .metadata_defaults import without_defaults

DESCRIBE = "EC2 API Reference: DescribeInstances"
METADATA = "EC2 User Guide: Modify instance metadata options for existing instances"


@probe(
    "If RunInstances launches several instances, each gets the profile and has an association.",
    documented("EC2 API Reference: RunInstances"),
    "_attachment/info.py",
    instances=2,
    seconds=50,
)
def several_instances_get_profile(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    ids = aws.resources.launch(2, IamInstanceProfile={"Name": profile["InstanceProfileName"]})
    for instance_id in ids:
        [association] = eventually(lambda each=instance_id: aws.resources.associations(each, "associated"), bool)
        same(association["IamInstanceProfile"], {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]})
    aws.resources.terminate(*ids)


@probe(
    "RunInstances rejects a profile that does not exist, as Associate does: InvalidParameterValue.",
    reported("CiscoDevNet/cloud-cml#4"),
    "_aws/eventual_consistency.py",
    instances=1,
)
def launch_with_unknown_profile(aws: Aws) -> None:
    name = aws.resources.name()
    with refused("InvalidParameterValue", f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"):
        run_once(aws, IamInstanceProfile={"Name": name})


@probe("A dry run that would succeed returns DryRunOperation, 412, and launches nothing.", documented(CODES), "_aws/ec2.py", instances=1)
def dry_run(aws: Aws) -> None:
    with refused("DryRunOperation", status=412):
        run_once(aws, DryRun=True)


@probe(
    "If a launch is repeated with the same client token, nothing more is launched.",
    documented("EC2 Developer Guide: Ensuring idempotency in Amazon EC2 API requests"),
    "_aws/calls.py",
    instances=2,
    seconds=40,
)
def client_token(aws: Aws) -> None:
    token = str(uuid.uuid4())
    first = run_once(aws, ClientToken=token)
    same(run_once(aws, ClientToken=token), first)
    aws.resources.wait_for(first, "running")
    aws.resources.terminate(*first)


@probe("Ids that do not exist: InvalidInstanceID.NotFound, and the text names all of them.", documented(CODES), "_aws/ec2.py")
def unknown_instances(aws: Aws) -> None:
    other = "i-0fedcba9876543210"
    with refused("InvalidInstanceID.NotFound", UNKNOWN_INSTANCE, other):
        aws.ec2.describe_instances(InstanceIds=[UNKNOWN_INSTANCE, other])


@probe(
    "DescribeInstances rejects an id that does not have the form of an instance id: InvalidInstanceID.Malformed.",
    documented(CODES, text=UNSOURCED),
    "_common/identifiers.py",
)
def malformed_instance(aws: Aws) -> None:
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "xyz"'):
        aws.ec2.describe_instances(InstanceIds=["xyz"])


@probe("If an id is given twice, the instance is described once.", unknown("The API reference does not say it."), "_aws/ec2.py")
def instance_given_twice(aws: Aws) -> None:
    instance_id = aws.resources.shared_instance
    same(ids_of(aws, InstanceIds=[instance_id, instance_id]), [instance_id])


@probe(
    "More than 1,000 ids in one call are rejected.", reported("sensu-plugins/sensu-plugins-aws#195 has it for DescribeInstanceStatus"), "_aws/ec2.py"
)
def too_many_instances(aws: Aws) -> None:
    with refused(("InvalidRequest", "InvalidParameterValue", "InvalidInstanceID.NotFound")):
        aws.ec2.describe_instances(InstanceIds=[f"i-{number:017x}" for number in range(1001)])


@probe("A page has 5 to 1,000 results: InvalidParameterValue otherwise.", documented(DESCRIBE), "_aws/ec2.py")
def page_sizes(aws: Aws) -> None:
    for size in (4, 1001):
        with refused("InvalidParameterValue", str(size)):
            aws.ec2.describe_instances(MaxResults=size)
    with refused("InvalidParameterValue", "4"):
        aws.ec2.describe_iam_instance_profile_associations(MaxResults=4)


@probe("Ids and a page size can't be given together.", documented(DESCRIBE), "_aws/ec2.py")
def page_size_with_ids(aws: Aws) -> None:
    with refused("InvalidParameterCombination"):
        aws.ec2.describe_instances(InstanceIds=[aws.resources.shared_instance], MaxResults=5)


@probe("A filter has at most 200 values: FilterLimitExceeded.", reported("gjbae1212/gossm#47"), "_aws/ec2.py")
def filter_values(aws: Aws) -> None:
    values = [f"i-{number:017x}" for number in range(201)]
    with refused("FilterLimitExceeded", "200"):
        aws.ec2.describe_iam_instance_profile_associations(Filters=[{"Name": "instance-id", "Values": values}])


@probe("A filter that DescribeInstances does not have: InvalidParameterValue.", reported("boto/boto3#1299"), "_aws/ec2.py")
def unknown_instance_filter(aws: Aws) -> None:
    with refused("InvalidParameterValue", "public-ip"):
        aws.ec2.describe_instances(Filters=[{"Name": "public-ip", "Values": ["192.0.2.1"]}])


@probe("A filter without values: InvalidParameterValue.", documented(CODES, text=UNSOURCED), "_aws/ec2.py")
def filter_without_values(aws: Aws) -> None:
    with refused("InvalidParameterValue", "null/empty"):
        aws.ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": []}])


@probe(
    "Subnets and security groups that match no filter are left out, without an error.",
    documented("EC2 API Reference: DescribeSubnets", "EC2 API Reference: DescribeSecurityGroups"),
    "plugin_utils/_launch/network.py",
)
def networks_that_do_not_exist(aws: Aws) -> None:
    in_vpc = {"Name": "vpc-id", "Values": [aws.vpc]}
    subnet_id = aws.ec2.describe_subnets(Filters=[in_vpc])["Subnets"][0]["SubnetId"]
    some = {"Name": "subnet-id", "Values": [subnet_id, "subnet-0123456789abcdef0"]}
    same([each["SubnetId"] for each in aws.ec2.describe_subnets(Filters=[some])["Subnets"]], [subnet_id])
    named = {"Name": "group-name", "Values": ["default", aws.resources.name()]}
    same([each["GroupName"] for each in aws.ec2.describe_security_groups(Filters=[in_vpc, named])["SecurityGroups"]], ["default"])
    unknown_id = {"Name": "group-id", "Values": ["sg-0123456789abcdef0"]}
    same(aws.ec2.describe_security_groups(Filters=[unknown_id])["SecurityGroups"], [])


@probe("Values of filters can have wildcards.", documented("EC2 User Guide: Find your Amazon EC2 resources"), "_aws/ec2.py")
def filter_with_wildcard(aws: Aws) -> None:
    instance_id = aws.resources.shared_instance
    filters = [{"Name": "tag:keyless-conformance", "Values": [f"{aws.resources.run[:4]}*"]}, {"Name": "instance-id", "Values": [instance_id]}]
    eventually(lambda: ids_of(aws, Filters=filters), lambda ids: ids == [instance_id], 60)


@probe("A terminated instance can't be started: IncorrectInstanceState.", documented(CODES), "_attachment/plan.py")
def start_terminated_instance(aws: Aws) -> None:
    with refused("IncorrectInstanceState"):
        aws.ec2.start_instances(InstanceIds=[aws.resources.terminated_instance])


@probe(
    "ModifyInstanceMetadataOptions leaves omitted options as they are, and returns all of them.",
    documented("EC2 API Reference: ModifyInstanceMetadataOptions", METADATA),
    "_attachment/executor.py",
)
def metadata_options_are_kept(aws: Aws) -> None:
    instance_id = aws.resources.shared_instance

    def change(**options):
        return aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, **options)["InstanceMetadataOptions"]

    change(HttpPutResponseHopLimit=3, HttpEndpoint="enabled")
    applied(aws, instance_id)
    shown = change(HttpTokens="required")
    same((shown["HttpTokens"], shown["HttpPutResponseHopLimit"], shown["HttpEndpoint"]), ("required", 3, "enabled"))
    shown = applied(aws, instance_id)
    same((shown["HttpTokens"], shown["HttpPutResponseHopLimit"], shown["HttpEndpoint"]), ("required", 3, "enabled"))


@probe(
    "A change of metadata options is pending at first, and soon applied.",
    documented("EC2 API Reference: InstanceMetadataOptionsResponse"),
    "_aws/ec2.py",
)
def metadata_options_are_applied(aws: Aws) -> None:
    instance_id = aws.resources.shared_instance
    shown = aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, HttpTokens="required")["InstanceMetadataOptions"]
    expect(shown["State"] in ("pending", "applied"), shown["State"])
    applied(aws, instance_id)


@probe(
    "New metadata options of a stopped instance are pending until it is started.",
    documented("EC2 API Reference: ModifyInstanceMetadataOptions"),
    "_metadata_options/progress.py",
    "_metadata_options/row.py",
    instances=1,
)
def metadata_options_of_stopped_instance(aws: Aws) -> None:
    [instance_id] = aws.resources.launch()
    aws.ec2.stop_instances(InstanceIds=[instance_id], Force=True)
    aws.resources.wait_for([instance_id], "stopped")
    aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, HttpTokens="required")
    [reservation] = aws.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    shown = reservation["Instances"][0]["MetadataOptions"]
    same((shown["HttpTokens"], shown["State"]), ("required", "pending"))
    aws.resources.terminate(instance_id)


@probe(
    "The metadata options of a terminated instance can't be changed.",
    documented("EC2 API Reference: ModifyInstanceMetadataOptions", text=UNSOURCED),
    "_metadata_options/executor.py",
)
def metadata_options_of_terminated_instance(aws: Aws) -> None:
    instance_id = aws.resources.terminated_instance
    with refused(("IncorrectInstanceState", "IncorrectState", "InvalidInstanceID.NotFound")):
        aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, HttpTokens="required")


@probe(
    "A metadata option with another value than AWS's: InvalidParameterValue.",
    reported("hashicorp/terraform-provider-aws#25547"),
    "_metadata_options/options.py",
)
def metadata_option_without_meaning(aws: Aws) -> None:
    with refused("InvalidParameterValue", "is not valid for HttpEndpoint. Specify either 'enabled' or 'disabled' and try again."):
        aws.ec2.modify_instance_metadata_options(InstanceId=aws.resources.shared_instance, HttpEndpoint="maybe")


@probe(
    "A hop limit is from 1 to 64.",
    documented("EC2 API Reference: ModifyInstanceMetadataOptions", text=UNSOURCED),
    "_metadata_options/options.py",
)
def hop_limit_range(aws: Aws) -> None:
    with refused("InvalidParameterValue"):
        aws.ec2.modify_instance_metadata_options(InstanceId=aws.resources.shared_instance, HttpPutResponseHopLimit=65)


@probe(
    "Tags can't be in the metadata if the key of one has characters such as a slash.",
    reported("aws/aws-cli#8825", "aws-controllers-k8s/community#1789"),
    "_metadata_options/executor.py",
    instances=1,
)
def tags_that_metadata_cannot_have(aws: Aws) -> None:
    [instance_id] = aws.resources.launch()
    aws.ec2.create_tags(Resources=[instance_id], Tags=[{"Key": "a/b", "Value": "1"}])
    with refused("InvalidParameterValue", "'a/b' is not a valid tag key."):
        aws.ec2.modify_instance_metadata_options(InstanceId=instance_id, InstanceMetadataTags="enabled")
    aws.resources.terminate(instance_id)


@probe(
    "A call that disables the metadata service can't have other options.",
    unknown("Does AWS refuse them, and with which code? Terraform's provider leaves them out, because they are not allowed."),
    "_metadata_options/changes.py",
)
def endpoint_alone(aws: Aws) -> None:
    with refused(("InvalidParameterCombination", "InvalidParameterValue", "InvalidRequest", "UnsupportedOperation")):
        aws.ec2.modify_instance_metadata_options(InstanceId=aws.resources.shared_instance, HttpEndpoint="disabled", HttpTokens="required")


@probe("ModifyInstanceMetadataOptions has dry runs.", documented("EC2 API Reference: ModifyInstanceMetadataOptions"), "_aws/ec2.py")
def dry_run_of_metadata_options(aws: Aws) -> None:
    with refused("DryRunOperation", status=412):
        aws.ec2.modify_instance_metadata_options(InstanceId=aws.resources.shared_instance, HttpTokens="required", DryRun=True)


@probe(
    "Instances are launched with the metadata options that RunInstances gets.",
    documented("EC2 User Guide: Configure instance metadata options for new instances"),
    "_values/launch.py",
    instances=1,
    seconds=40,
)
def launch_with_metadata_options(aws: Aws) -> None:
    [instance_id] = aws.resources.launch(MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2})
    shown = applied(aws, instance_id)
    same((shown["HttpTokens"], shown["HttpPutResponseHopLimit"]), ("required", 2))
    aws.resources.terminate(instance_id)


@probe(
    "An instance launched without metadata options requires IMDSv2, with a hop limit of 2, if its image has ImdsSupport v2.0. Otherwise IMDSv2 is "
    "optional, with a hop limit of 1, unless the account has defaults.",
    documented("EC2 API Reference: Image", "EC2 User Guide: Configure instance metadata options for new instances"),
    "_values/imds_defaults.py",
    "_aws/ec2.py",
    instances=1,
    seconds=40,
)
def metadata_options_of_image(aws: Aws) -> None:
    without_defaults(aws)
    [image] = aws.ec2.describe_images(ImageIds=[aws.image])["Images"]
    [instance_id] = aws.resources.launch()
    shown = applied(aws, instance_id)
    aws.resources.terminate(instance_id)
    claimed = ("required", 2) if image.get("ImdsSupport") == "v2.0" else ("optional", 1)
    same((shown["HttpTokens"], shown["HttpPutResponseHopLimit"]), claimed)


@probe(
    "DescribeInstances does not show an instance as managed by a service if a caller has launched it.",
    documented("EC2 API Reference: OperatorResponse"),
    "_aws/ec2.py",
)
def instance_without_operator(aws: Aws) -> None:
    [reservation] = aws.ec2.describe_instances(InstanceIds=[aws.resources.shared_instance])["Reservations"]
    expect(not reservation["Instances"][0].get("Operator", {}).get("Managed"), "managed by a service")


@probe(
    "DescribeRegions omits regions that are not enabled for the account, unless all regions are requested.",
    documented("EC2 API Reference: DescribeRegions"),
    "_aws/region_clients.py",
)
def regions_that_are_not_enabled(aws: Aws) -> None:
    enabled = aws.ec2.describe_regions()["Regions"]
    expect(all(region["OptInStatus"] != "not-opted-in" for region in enabled), "a region that is not enabled")
    every = {region["RegionName"] for region in aws.ec2.describe_regions(AllRegions=True)["Regions"]}
    expect({region["RegionName"] for region in enabled} <= every, "a region that is not among all")


@probe(
    "Only AWS's services give tags whose keys begin with aws:. CreateTags and RunInstances refuse them with InvalidParameterValue.",
    documented("EC2 User Guide: Tag your Amazon EC2 resources", text="jcjorel/ec2-spot-converter#13; dtan4/terraforming#343"),
    "_values/managers.py",
    instances=1,
)
def reserved_tags(aws: Aws) -> None:
    tag = {"Key": "aws:keyless:conformance", "Value": "x"}
    text = "Tag keys starting with 'aws:' are reserved for internal use"
    with refused("InvalidParameterValue", text):
        aws.ec2.create_tags(Resources=[aws.resources.shared_instance], Tags=[tag])
    [of_instance, of_volume] = aws.resources.tagged("instance", "volume")
    with refused("InvalidParameterValue", text):
        run_once(aws, TagSpecifications=[{**of_instance, "Tags": [*of_instance["Tags"], tag]}, of_volume])


@probe(
    "A Spot Instance whose maximum price is below the current price is not launched: SpotMaxPriceTooLow.",
    reported("aws/aws-parallelcluster-node#415"),
    "_launch_sources/launch_configuration.py",
    instances=1,
)
def spot_price_too_low(aws: Aws) -> None:
    price = "0.0001"
    with refused("SpotMaxPriceTooLow", f"Your Spot request price of {price} is lower than the minimum required Spot request fulfillment price of"):
        run_once(aws, InstanceMarketOptions={"MarketType": "spot", "SpotOptions": {"MaxPrice": price, "SpotInstanceType": "one-time"}})


def run_once(aws: Aws, **options) -> list[str]:
    given = {"ImageId": aws.image, "InstanceType": aws.place.instance_type, "MinCount": 1, "MaxCount": 1}
    given |= {"SubnetId": aws.place.subnet} if aws.place.subnet else {}
    aws.limits.launch(1)
    answer = aws.ec2.run_instances(**{**given, "TagSpecifications": aws.resources.tagged("instance", "volume"), **options})
    return [each["InstanceId"] for each in answer["Instances"]]


def applied(aws: Aws, instance_id: str) -> dict:
    def options() -> dict:
        [reservation] = aws.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        return reservation["Instances"][0]["MetadataOptions"]

    return eventually(options, lambda shown: shown["State"] == "applied", 60)
