# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets of both kinds launch with the profile, replace instances, and can be changed only as on AWS."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3600
DATA = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "MetadataOptions": {"HttpTokens": "required"}}
ROLE = "arn:aws:iam::123456789012:role/fleet"
MISSING = {"FleetId": "fleet-12345678-1234-1234-1234-123456789012"}


class Fleets:
    """Fleets that launch from version 1 of a template, which has the profile old. Version 2 has web."""

    def __init__(self, aws: Any) -> None:
        self.aws, self.ec2 = aws, aws.ec2
        for name in ("web", "old"):
            aws.profile(name)
        data = {**DATA, "IamInstanceProfile": {"Name": "old"}}
        answer = aws.ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=data)
        self.template = answer["LaunchTemplate"]["LaunchTemplateId"]
        self.version("web")

    def version(self, profile: str) -> None:
        data = {"IamInstanceProfile": {"Name": profile}}
        self.ec2.create_launch_template_version(LaunchTemplateName="template", SourceVersion="1", LaunchTemplateData=data)

    def configs(self, version: str | None = "1", *overrides: dict[str, Any], **named: str) -> list[dict[str, Any]]:
        specification = {**(named or {"LaunchTemplateId": self.template}), **({"Version": version} if version else {})}
        return [{"LaunchTemplateSpecification": specification, "Overrides": list(overrides)}]

    def ec2_fleet(self, configs: Any = None, size: int = 1, spot: int = 0, **options: Any) -> dict[str, Any]:
        capacity = {"TotalTargetCapacity": size, "SpotTargetCapacity": spot, "DefaultTargetCapacityType": "on-demand"}
        configs = configs or self.configs()
        return self.ec2.create_fleet(LaunchTemplateConfigs=configs, TargetCapacitySpecification=capacity, **options)

    def spot_fleet(self, size: int = 1, **config: Any) -> str:
        source = config if "LaunchSpecifications" in config else {"LaunchTemplateConfigs": self.configs(), **config}
        whole = {"IamFleetRole": ROLE, "TargetCapacity": size, **source}
        return self.ec2.request_spot_fleet(SpotFleetRequestConfig=whole)["SpotFleetRequestId"]

    def make(self, kind: str, **options: Any) -> str:
        return self.ec2_fleet(**options)["FleetId"] if kind == "EC2 Fleet" else self.spot_fleet(**options)

    def modify(self, fleet: str, **changed: Any) -> None:
        if fleet.startswith("sfr-"):
            self.ec2.modify_spot_fleet_request(SpotFleetRequestId=fleet, **changed)
        else:
            self.ec2.modify_fleet(FleetId=fleet, **changed)

    def end(self, fleet: str) -> None:
        if fleet.startswith("sfr-"):
            self.ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[fleet], TerminateInstances=False)
        else:
            self.ec2.delete_fleets(FleetIds=[fleet], TerminateInstances=False)

    def state(self, fleet: str) -> str:
        if fleet.startswith("sfr-"):
            answer = self.ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[fleet])
            return answer["SpotFleetRequestConfigs"][0]["SpotFleetRequestState"]
        return self.ec2.describe_fleets(FleetIds=[fleet])["Fleets"][0]["FleetState"]

    def active(self, fleet: str) -> list[dict[str, Any]]:
        if fleet.startswith("sfr-"):
            return self.ec2.describe_spot_fleet_instances(SpotFleetRequestId=fleet)["ActiveInstances"]
        return self.ec2.describe_fleet_instances(FleetId=fleet)["ActiveInstances"]

    def instances(self, fleet: str) -> list[dict[str, Any]]:
        return [self.aws.instance(each["InstanceId"]) for each in self.active(fleet)]

    def profiles(self, fleet: str) -> list[str]:
        return [each["IamInstanceProfile"]["Arn"].rpartition("/")[2] for each in self.instances(fleet)]

    def terminate(self, fleet: str) -> None:
        self.ec2.terminate_instances(InstanceIds=[each["InstanceId"] for each in self.active(fleet)])


KINDS = pytest.mark.parametrize("kind", ["EC2 Fleet", "Spot Fleet"])


@pytest.fixture(name="fleets")
def _fleets(aws: Any) -> Fleets:
    return Fleets(aws)


@KINDS
def test_instances_are_launched_from_the_template_version(fleets: Fleets, kind: str) -> None:
    fleet = fleets.make(kind, size=2)
    assert fleets.profiles(fleet) == ["old", "old"]
    assert {each["MetadataOptions"]["HttpTokens"] for each in fleets.instances(fleet)} == {"required"}


def test_a_template_can_be_named_and_overridden(fleets: Fleets) -> None:
    overrides = ({"InstanceType": "t3.large", "WeightedCapacity": 2.0}, {"InstanceType": "t3.small", "WeightedCapacity": 2.0})
    configs = fleets.configs("$Latest", *overrides, LaunchTemplateName="template")
    fleet = fleets.ec2_fleet(configs, size=4, spot=4, SpotOptions={"AllocationStrategy": "diversified"})["FleetId"]
    assert [each["InstanceType"] for each in fleets.instances(fleet)] == ["t3.large", "t3.small"]
    assert fleets.profiles(fleet) == ["web", "web"]


def test_the_requests_of_a_fleet_are_not_persistent(fleets: Fleets) -> None:
    (member,) = fleets.active(fleets.spot_fleet())
    (request,) = fleets.ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
    assert request["SpotInstanceRequestId"] == member["SpotInstanceRequestId"] and request["Type"] == "one-time"
    assert request["LaunchSpecification"]["IamInstanceProfile"] == {"Name": "old"}


def test_a_launch_specification_has_its_own_profile(fleets: Fleets, refused: Any) -> None:
    own = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "web"}}
    fleet = fleets.spot_fleet(LaunchSpecifications=[own])
    assert fleets.profiles(fleet) == ["web"]
    (shown,) = fleets.ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[fleet])["SpotFleetRequestConfigs"]
    assert shown["SpotFleetRequestConfig"]["LaunchSpecifications"][0]["IamInstanceProfile"] == {"Name": "web"}
    with refused("InvalidSpotFleetRequestConfig"):
        fleets.modify(fleet, LaunchTemplateConfigs=fleets.configs("2"))
    with refused("InvalidParameterValue", "Invalid IAM Instance Profile name"):
        fleets.spot_fleet(LaunchSpecifications=[{**own, "IamInstanceProfile": {"Name": "nobody"}}])
    with refused("InvalidSpotFleetRequestConfig"):
        fleets.spot_fleet(LaunchSpecifications=[own], LaunchTemplateConfigs=fleets.configs())


@KINDS
def test_the_source_must_exist(fleets: Fleets, refused: Any, knows: Any, kind: str) -> None:
    code = "InvalidFleetConfig" if kind == "EC2 Fleet" else "InvalidSpotFleetRequestConfig"
    option = "configs" if kind == "EC2 Fleet" else "LaunchTemplateConfigs"
    fleet = fleets.make(kind)
    fleets.version("old")
    for name in ("old", "web"):
        fleets.aws.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    wrong = [
        (fleets.configs("7"), "InvalidLaunchTemplateId.VersionNotFound"),
        (fleets.configs(None), code),
        (fleets.configs(LaunchTemplateId=fleets.template, LaunchTemplateName="template"), code),
        (fleets.configs("2"), "InvalidParameterValue"),
    ]
    if knows("ec2", "LaunchTemplateOverrides", "AvailabilityZoneId"):
        wrong.append((fleets.configs("1", {"AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1"}), code))
    if kind == "EC2 Fleet" and knows("ec2", "FleetLaunchTemplateOverridesRequest", "KeyName"):
        wrong.append((fleets.configs("1", {"KeyName": "k"}), code))
    for configs, expected in wrong:
        with refused(expected):
            fleets.make(kind, **{option: configs})
        with refused(expected):
            fleets.modify(fleet, LaunchTemplateConfigs=configs)


@KINDS
@pytest.mark.parametrize("fleet_type", ["maintain", "request"])
def test_a_maintaining_fleet_replaces_instances_and_can_be_changed(fleets: Fleets, refused: Any, kind: str, fleet_type: str) -> None:
    fleets.aws.http("PUT", "/emulator/transitions", {"replacing": HOUR})
    fleet = fleets.make(kind, Type=fleet_type)
    if fleet_type == "request":
        with refused("FleetNotInModifiableState", "not a modifiable fleet"):
            fleets.modify(fleet, LaunchTemplateConfigs=fleets.configs("2"))
    else:
        fleets.modify(fleet, LaunchTemplateConfigs=fleets.configs("2"))
    assert fleets.profiles(fleet) == ["old"]
    fleets.terminate(fleet)
    assert fleets.profiles(fleet) == []
    fleets.aws.http("PUT", "/emulator/clock", {"ahead": HOUR + 1})
    assert fleets.profiles(fleet) == (["web"] if fleet_type == "maintain" else [])


@KINDS
def test_a_failed_launch_is_repeated(fleets: Fleets, kind: str) -> None:
    fleet = fleets.make(kind)
    fleets.aws.iam.remove_role_from_instance_profile(InstanceProfileName="old", RoleName="old")
    fleets.terminate(fleet)
    assert fleets.active(fleet) == []
    fleets.aws.iam.add_role_to_instance_profile(InstanceProfileName="old", RoleName="old")
    fleets.aws.http("PUT", "/emulator/clock", {"ahead": 60})
    assert fleets.profiles(fleet) == ["old"]


@KINDS
def test_a_deleted_fleet_launches_nothing(fleets: Fleets, refused: Any, kind: str) -> None:
    over = "deleted" if kind == "EC2 Fleet" else "cancelled"
    fleet = fleets.make(kind)
    fleets.end(fleet)
    assert fleets.state(fleet) == f"{over}_running"
    with refused("FleetNotInModifiableState"):
        fleets.modify(fleet, LaunchTemplateConfigs=fleets.configs("2"))
    fleets.terminate(fleet)
    assert (fleets.active(fleet), fleets.state(fleet)) == ([], over)


def test_capacity_grows_and_shrinks(fleets: Fleets) -> None:
    ec2, spot = fleets.make("EC2 Fleet"), fleets.make("Spot Fleet")
    for size in (3, 1):
        fleets.modify(ec2, TargetCapacitySpecification={"TotalTargetCapacity": size})
        fleets.modify(spot, TargetCapacity=size)
        assert [len(fleets.active(each)) for each in (ec2, spot)] == [size, size]


def test_unknown_fleets_are_refused(fleets: Fleets, refused: Any) -> None:
    with refused("InvalidFleetId.NotFound"):
        fleets.ec2.modify_fleet(**MISSING)
    with refused("InvalidSpotFleetRequestId.NotFound"):
        fleets.ec2.modify_spot_fleet_request(SpotFleetRequestId="sfr-12345678-1234-1234-1234-123456789012")
    (failed,) = fleets.ec2.delete_fleets(FleetIds=[MISSING["FleetId"]], TerminateInstances=True)["UnsuccessfulFleetDeletions"]
    assert failed["Error"]["Code"] == "fleetIdDoesNotExist"


def test_descriptions_have_pages(fleets: Fleets) -> None:
    made = {kind: [fleets.make(kind, size=0) for _fleet in range(3)] for kind in ("EC2 Fleet", "Spot Fleet")}
    calls = (("describe_fleets", "Fleets", "FleetId"), ("describe_spot_fleet_requests", "SpotFleetRequestConfigs", "SpotFleetRequestId"))
    for (call, member, key), expected in zip(calls, made.values()):
        pages = list(fleets.ec2.get_paginator(call).paginate(PaginationConfig={"PageSize": 2}))
        assert [[row[key] for row in page[member]] for page in pages] == [expected[:2], expected[2:]]
    fleets.spot_fleet(size=6)
    pages = fleets.ec2.get_paginator("describe_spot_instance_requests").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["SpotInstanceRequests"]) for page in pages] == [5, 1]


def test_filters_and_those_of_the_type_instant(fleets: Fleets, refused: Any, knows: Any) -> None:
    maintain, request = (fleets.ec2_fleet(Type=kind)["FleetId"] for kind in ("maintain", "request"))
    fleets.end(request)
    override = knows("ec2", "FleetLaunchTemplateOverridesRequest", "IamInstanceProfile")
    configs = fleets.configs("1", {"IamInstanceProfile": {"Name": "web"}}) if override else fleets.configs("2")
    instant = fleets.ec2_fleet(configs, Type="instant")
    assert fleets.profiles(instant["FleetId"]) == ["web"] and len(instant["Instances"]) == 1

    def found(**filters: str) -> list[str]:
        rows = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        return [each["FleetId"] for each in fleets.ec2.describe_fleets(Filters=rows)["Fleets"]]

    assert found(type="maintain") == [maintain]
    assert found(fleet_state="deleted-running") == [request]
    assert found(type="instant") == []
    with refused("InvalidParameterValue"):
        found(nonsense="1")
