# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 Fleets and Spot Instance requests.

All fleets are of On-Demand Instances or have no capacity: Spot Instances may not be available.
"""

from __future__ import annotations

from ..aws import Aws
from ..probe import Different, documented, expect, probe, refused, reported, same, unknown
from ..waiting import eventually, once_seen
from .associations import CODES

CREATE = "EC2 API Reference: CreateFleet"
DESCRIBE = "EC2 API Reference: DescribeFleets"


@probe(
    "Creating an instant fleet returns its instances, which have the template's profile.",
    documented(CREATE),
    "_aws/fleets.py",
    "_launch_sources/reading.py",
    instances=1,
    seconds=60,
)
def instant_fleet(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    template = aws.resources.template(IamInstanceProfile={"Arn": profile["Arn"]})
    answer = aws.resources.fleet(template, 1, "instant")
    ids = [instance_id for each in answer["Instances"] for instance_id in each["InstanceIds"]]
    same(len(ids), 1)
    [association] = eventually(lambda: aws.resources.associations(ids[0], "associated"), bool)
    same(association["IamInstanceProfile"]["Arn"], profile["Arn"])
    aws.resources.terminate(*ids)


@probe("DescribeFleets returns instant fleets only if they are given by id.", documented(DESCRIBE), "_aws/fleets.py", instances=1, seconds=40)
def instant_fleets_are_shown_by_id(aws: Aws) -> None:
    answer = aws.resources.fleet(aws.resources.template(), 1, "instant")
    fleet_id = answer["FleetId"]
    same(aws.resources.describe_fleet(fleet_id)["Type"], "instant")
    pages = aws.ec2.get_paginator("describe_fleets").paginate()
    expect(fleet_id not in [fleet["FleetId"] for page in pages for fleet in page["Fleets"]], "listed without being asked for")
    aws.resources.terminate(*[instance_id for each in answer["Instances"] for instance_id in each["InstanceIds"]])


@probe("An instant fleet can't be modified.", reported("jenkinsci/ec2-fleet-plugin#131"), "_launch/changes.py", instances=1, seconds=40)
def instant_fleet_is_not_modified(aws: Aws) -> None:
    answer = aws.resources.fleet(aws.resources.template(), 1, "instant")
    aws.resources.terminate(*[instance_id for each in answer["Instances"] for instance_id in each["InstanceIds"]])
    with refused(("FleetNotInModifiableState", "Unsupported", "InvalidParameterValue", "InvalidFleetConfiguration")):
        aws.ec2.modify_fleet(FleetId=answer["FleetId"], TargetCapacitySpecification={"TotalTargetCapacity": 0})


@probe("A fleet that does not exist: InvalidFleetId.NotFound.", documented(CODES), "_aws/fleets.py")
def unknown_fleet(aws: Aws) -> None:
    fleet_id = "fleet-01234567-89ab-cdef-0123-456789abcdef"
    with refused(("InvalidFleetId.NotFound", "InvalidFleetId.Malformed")):
        aws.ec2.describe_fleets(FleetIds=[fleet_id])


@probe("A fleet of the type maintain becomes active, and shows its template and version.", documented(CREATE, DESCRIBE), "_aws/fleets.py", seconds=40)
def fleet_shows_template(aws: Aws) -> None:
    template = aws.resources.template()
    fleet_id = aws.resources.fleet(template)["FleetId"]
    fleet = eventually(lambda: aws.resources.describe_fleet(fleet_id), lambda shown: shown["FleetState"] == "active")
    [config] = fleet["LaunchTemplateConfigs"]
    same((config["LaunchTemplateSpecification"]["LaunchTemplateId"], config["LaunchTemplateSpecification"]["Version"]), (template, "1"))
    aws.ec2.delete_fleets(FleetIds=[fleet_id], TerminateInstances=True)


@probe("A deleted fleet is still described for a while.", documented("EC2 API Reference: DeleteFleets"), "_aws/fleets.py", seconds=60)
def deleted_fleet_is_described(aws: Aws) -> None:
    fleet_id = aws.resources.fleet(aws.resources.template())["FleetId"]
    eventually(lambda: aws.resources.describe_fleet(fleet_id)["FleetState"], lambda state: state == "active")
    aws.ec2.delete_fleets(FleetIds=[fleet_id], TerminateInstances=True)
    eventually(lambda: aws.resources.describe_fleet(fleet_id)["FleetState"], lambda state: state.startswith("deleted"))


@probe(
    "ModifyFleet can replace a fleet's template together with its capacity.",
    documented("EC2 API Reference: ModifyFleet"),
    "_launch/changes.py",
    seconds=60,
)
def template_of_fleet_is_replaced(aws: Aws) -> None:
    template, other = aws.resources.template(), aws.resources.template()
    fleet_id = aws.resources.fleet(template)["FleetId"]
    eventually(lambda: aws.resources.describe_fleet(fleet_id)["FleetState"], lambda state: state == "active")
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateId": other, "Version": "1"}}]
    capacity = {"TotalTargetCapacity": 0}
    aws.ec2.modify_fleet(FleetId=fleet_id, LaunchTemplateConfigs=configs, TargetCapacitySpecification=capacity)
    eventually(lambda: template_of(aws, fleet_id), lambda shown: shown == other)
    aws.ec2.delete_fleets(FleetIds=[fleet_id], TerminateInstances=True)


@probe(
    "ModifyFleet can change the template without TargetCapacitySpecification.",
    unknown("The model and the API reference do not require it; the example in the AWS CLI's documentation changes only the capacity."),
    "_launch/changes.py",
    seconds=60,
)
def modify_fleet_without_capacity(aws: Aws) -> None:
    template, other = aws.resources.template(), aws.resources.template()
    fleet_id = aws.resources.fleet(template)["FleetId"]
    eventually(lambda: aws.resources.describe_fleet(fleet_id)["FleetState"], lambda state: state == "active")
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateId": other, "Version": "1"}}]
    try:
        aws.ec2.modify_fleet(FleetId=fleet_id, LaunchTemplateConfigs=configs)
        eventually(lambda: template_of(aws, fleet_id), lambda shown: shown == other)
    finally:
        aws.ec2.delete_fleets(FleetIds=[fleet_id], TerminateInstances=True)


def template_of(aws: Aws, fleet_id: str) -> str:
    [config] = aws.resources.describe_fleet(fleet_id)["LaunchTemplateConfigs"]
    return config["LaunchTemplateSpecification"]["LaunchTemplateId"]


@probe(
    "A fleet whose template names a profile that does not exist is rejected, or the response lists an error with EC2's text.",
    unknown(
        "hashicorp/packer#9946 has the text of the error for an instant fleet; whether the call itself is refused, and the code, are not documented."
    ),
    "_aws/eventual_consistency.py",
    "_launch/changes.py",
    instances=1,
    seconds=20,
)
def fleet_with_unknown_profile(aws: Aws) -> None:
    template = aws.resources.template(IamInstanceProfile={"Name": aws.resources.name()})
    try:
        answer = aws.resources.fleet(template, 1, "instant")
    except aws.ec2.exceptions.ClientError as error:
        expect("Invalid IAM Instance Profile name" in str(error), str(error))
        return
    errors = answer.get("Errors", [])
    if not any("Invalid IAM Instance Profile name" in each.get("ErrorMessage", "") for each in errors):
        raise Different(f"errors {errors}, instances {answer.get('Instances')}")


@probe("A fleet needs the version of its template.", documented("EC2 API Reference: FleetLaunchTemplateSpecificationRequest"), "_launch/changes.py")
def fleet_without_version(aws: Aws) -> None:
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateId": aws.resources.template()}}]
    with refused(("InvalidFleetConfig", "InvalidFleetConfiguration", "MissingParameter", "InvalidParameterValue")):
        aws.resources.fleet("", LaunchTemplateConfigs=configs)


@probe(
    "A Spot Instance request that does not exist: InvalidSpotInstanceRequestID.NotFound.",
    documented(CODES),
    "_aws/fleets.py",
)
def unknown_spot_request(aws: Aws) -> None:
    with refused(("InvalidSpotInstanceRequestID.NotFound", "InvalidSpotInstanceRequestID.Malformed")):
        aws.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=["sir-abcd1234"])


@probe(
    "A Spot Instance request shows the profile of its launch specification.",
    documented("EC2 API Reference: DescribeSpotInstanceRequests", "EC2 API Reference: LaunchSpecification"),
    "_launch_sources/reading.py",
    instances=1,
    seconds=20,
)
def spot_request_shows_profile(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    specification = {"ImageId": aws.image, "InstanceType": aws.place.instance_type, "IamInstanceProfile": {"Arn": profile["Arn"]}}
    if aws.place.subnet:
        specification["SubnetId"] = aws.place.subnet
    aws.limits.launch(1)
    # Below every price: nothing is launched.
    given = {"SpotPrice": "0.0001", "LaunchSpecification": specification, "TagSpecifications": aws.resources.tagged("spot-instances-request")}
    [request] = once_seen(lambda: aws.ec2.request_spot_instances(**given))["SpotInstanceRequests"]
    request_id = request["SpotInstanceRequestId"]

    def describe():
        return aws.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=[request_id])["SpotInstanceRequests"]

    [shown] = once_seen(describe, codes=("InvalidSpotInstanceRequestID.NotFound",))
    aws.ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request_id])
    if shown.get("InstanceId"):
        aws.resources.terminate(shown["InstanceId"])
    same(shown["LaunchSpecification"]["IamInstanceProfile"]["Arn"], profile["Arn"])
