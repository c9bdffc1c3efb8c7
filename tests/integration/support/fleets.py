# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates and reads EC2 Fleets and Spot Fleet requests."""

from __future__ import annotations

from .aws import Aws

ROLE = "arn:aws:iam::123456789012:role/fleet"
EC2, SPOT = KINDS = ("EC2 Fleet", "Spot Fleet")
MODIFY = {EC2: "ModifyFleet", SPOT: "ModifySpotFleetRequest"}


class Fleets:
    """Fleets of both kinds, by default with one instance each."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.ec2 = aws, aws.ec2

    def make(self, kind, template=None, version="1", size=1, more=(), overrides=(), specifications=(), tags=(), **options):
        """Returns its id.  ``more`` are additional launch templates; a Spot Fleet can have ``specifications`` instead."""
        specification = {"LaunchTemplateId" if str(template).startswith("lt-") else "LaunchTemplateName": template, "Version": version}
        configs = [{"LaunchTemplateSpecification": specification, "Overrides": list(overrides)}, *more]
        if kind == EC2:
            capacity = {"TotalTargetCapacity": size, "DefaultTargetCapacityType": "on-demand"}
            rows = [{"ResourceType": "fleet", "Tags": list(tags)}] if tags else []
            given = {"LaunchTemplateConfigs": configs, "TargetCapacitySpecification": capacity, "TagSpecifications": rows, **options}
            return self.ec2.create_fleet(**given)["FleetId"]
        source = {"LaunchSpecifications": list(specifications)} if specifications else {"LaunchTemplateConfigs": configs}
        config = {"IamFleetRole": ROLE, "TargetCapacity": size, **source, **options}
        return self.ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]

    def configs(self, fleet):
        """What it launches from."""
        if fleet.startswith("sfr-"):
            answer = self.ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[fleet])
            return answer["SpotFleetRequestConfigs"][0]["SpotFleetRequestConfig"]["LaunchTemplateConfigs"]
        return self.ec2.describe_fleets(FleetIds=[fleet])["Fleets"][0]["LaunchTemplateConfigs"]

    def versions(self, fleet):
        return [each["LaunchTemplateSpecification"]["Version"] for each in self.configs(fleet)]

    def instances(self, fleet):
        if fleet.startswith("sfr-"):
            answer = self.ec2.describe_spot_fleet_instances(SpotFleetRequestId=fleet)
        else:
            answer = self.ec2.describe_fleet_instances(FleetId=fleet)
        return [each["InstanceId"] for each in answer["ActiveInstances"]]

    def replaced(self, fleet):
        """Replaces its instances; returns the profile of the last new one."""
        self.ec2.terminate_instances(InstanceIds=self.instances(fleet))
        return self.aws.profile_of(self.instances(fleet)[-1])

    def end_all(self):
        """Ends all fleets of the region, and cancels the persistent Spot Instance requests."""
        fleets = [each["FleetId"] for each in self.ec2.describe_fleets()["Fleets"]]
        spot_fleets = self.ec2.describe_spot_fleet_requests()["SpotFleetRequestConfigs"]
        self.end(*fleets, *(each["SpotFleetRequestId"] for each in spot_fleets))
        requests = self.ec2.describe_spot_instance_requests()["SpotInstanceRequests"]
        self.ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[each["SpotInstanceRequestId"] for each in requests])

    def end(self, *fleets):
        """Ends these fleets and their instances."""
        for fleet in fleets:
            if fleet.startswith("sfr-"):
                self.ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[fleet], TerminateInstances=True)
            else:
                self.ec2.delete_fleets(FleetIds=[fleet], TerminateInstances=True)
