# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources that probes create. All have the run's prefix in their name or path and, from their creation on, the run's tag."""

from __future__ import annotations

import itertools
import json
import queue
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .cleanup import PREFIX, TAG, cleanup
from .limits import NO_CAPACITY, SHARED
from .waiting import eventually, once_seen

if TYPE_CHECKING:
    from .aws import Aws

EC2_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


class Resources:
    def __init__(self, aws: Aws, run: str) -> None:
        self._aws = aws
        self.run = run
        self._numbers = itertools.count(1)
        self._profile_lock, self._terminated_lock = threading.Lock(), threading.Lock()
        self._thread = threading.local()
        # Ids of shared instances that no probe uses, None if not launched yet
        self._shared: queue.LifoQueue[str | None] = queue.LifoQueue()
        for _ in range(SHARED):
            self._shared.put(None)

    @contextmanager
    def borrowing(self) -> Iterator[None]:
        """At the end of a probe, other probes may use its shared instance."""
        try:
            yield
        finally:
            if instance_id := self._thread.__dict__.pop("instance", None):
                self._shared.put(instance_id)

    # Names and tags

    def name(self) -> str:
        return f"{PREFIX}-{self.run}-{next(self._numbers)}"

    @property
    def path(self) -> str:
        return f"/{PREFIX}/{self.run}/"

    @property
    def tags(self) -> list[dict[str, str]]:
        return [{"Key": TAG, "Value": self.run}]

    def tagged(self, *types: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": self.tags} for kind in types]

    # IAM

    def role(self, trust: dict | None = None, name: str | None = None, **options: Any) -> str:
        name = name or self.name()
        options = {"Path": self.path, "Tags": self.tags} | options
        self._aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or EC2_TRUST), **options)
        return name

    def role_of_account(self, policy: dict | None = None, **statement: Any) -> str:
        """A role that this account can assume, with an inline policy."""
        principal = {"AWS": f"arn:aws:iam::{self._aws.account}:root"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **statement}
        name = self.role({"Version": "2012-10-17", "Statement": [trust]})
        put = {"RoleName": name, "PolicyName": "probe", "PolicyDocument": json.dumps(policy or NOTHING)}
        once_seen(lambda: self._aws.iam.put_role_policy(**put), codes=("NoSuchEntity",))
        return name

    def bare_profile(self, name: str | None = None, **options: Any) -> dict[str, Any]:
        name = name or self.name()
        options = {"Path": self.path, "Tags": self.tags} | options
        return self._aws.iam.create_instance_profile(InstanceProfileName=name, **options)["InstanceProfile"]

    def profile(self, role: str | None = None, name: str | None = None) -> dict[str, Any]:
        """An instance profile with a role, as IAM describes it."""
        role, made = role or self.role(), self.bare_profile(name)
        add = {"InstanceProfileName": made["InstanceProfileName"], "RoleName": role}
        once_seen(lambda: self._aws.iam.add_role_to_instance_profile(**add), codes=("NoSuchEntity",))
        return made

    @property
    def shared_profile(self) -> dict[str, Any]:
        with self._profile_lock:
            return self._shared_profile

    @cached_property
    def _shared_profile(self) -> dict[str, Any]:
        return self.profile()

    @property
    def shared_role(self) -> str:
        """A role for probes that only change an inline policy. Each thread has its own."""
        kept = self._thread.__dict__
        if "role" not in kept:
            kept["role"] = self.role()
        return kept["role"]

    def user(self) -> str:
        name = self.name()
        self._aws.iam.create_user(UserName=name, Path=self.path, Tags=self.tags)
        return name

    def policy(self, document: dict | None = None) -> str:
        """The ARN of a new managed policy."""
        options = {"PolicyName": self.name(), "Path": self.path, "Tags": self.tags}
        return self._aws.iam.create_policy(PolicyDocument=json.dumps(document or NOTHING), **options)["Policy"]["Arn"]

    # EC2

    def launch(self, count: int = 1, **options: Any) -> list[str]:
        """New running instances. By default, the smallest type and image are used."""
        given = {"ImageId": self._aws.image, "InstanceType": self._aws.place.instance_type} if "LaunchTemplate" not in options else {}
        if self._aws.place.subnet and "NetworkInterfaces" not in options:
            given["SubnetId"] = self._aws.place.subnet
        given |= {"TagSpecifications": self.tagged("instance", "volume"), "MinCount": count, "MaxCount": count} | options
        self._aws.limits.launch(count)
        # Instances that are shutting down still count.
        answer = once_seen(lambda: self._aws.ec2.run_instances(**given), codes=NO_CAPACITY)
        ids = [each["InstanceId"] for each in answer["Instances"]]
        self.wait_for(ids, "running")
        return ids

    @property
    def shared_instance(self) -> str:
        """An instance that no other probe uses meanwhile, and others use later. A probe that changes it must undo the change."""
        kept = self._thread.__dict__
        if "instance" not in kept:
            kept["instance"] = self._borrow()
        return kept["instance"]

    def _borrow(self) -> str:
        free = self._shared.get()
        try:
            return free or self.launch()[0]
        except BaseException:
            self._shared.put(None)
            raise

    @property
    def terminated_instance(self) -> str:
        with self._terminated_lock:
            return self._terminated_instance

    @cached_property
    def _terminated_instance(self) -> str:
        [instance_id] = self.launch(IamInstanceProfile={"Name": self.shared_profile["InstanceProfileName"]})
        self.terminate(instance_id)
        self.wait_for([instance_id], "terminated")
        return instance_id

    def wait_for(self, ids: list[str], state: str, seconds: float = 300) -> None:
        eventually(lambda: self._states(ids), lambda states: states == [state] * len(ids), seconds)

    def _states(self, ids: list[str]) -> list[str]:
        answer = once_seen(lambda: self._aws.ec2.describe_instances(InstanceIds=ids), codes=("InvalidInstanceID.NotFound",))
        return [each["State"]["Name"] for reservation in answer["Reservations"] for each in reservation["Instances"]]

    def terminate(self, *ids: str) -> None:
        """Terminates instances at once, so that none runs longer than its probe."""
        self._aws.ec2.terminate_instances(InstanceIds=list(ids))

    def associations(self, instance_id: str, *states: str) -> list[dict[str, Any]]:
        filters = [{"Name": "instance-id", "Values": [instance_id]}]
        filters += [{"Name": "state", "Values": list(states)}] if states else []
        return self._aws.ec2.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]

    def associate(self, instance_id: str, profile: dict[str, Any]) -> dict[str, Any]:
        """Waits until the association is associated, and returns it."""
        given = {"InstanceId": instance_id, "IamInstanceProfile": {"Name": profile["InstanceProfileName"]}}
        once_seen(lambda: self._aws.ec2.associate_iam_instance_profile(**given))
        [association] = eventually(lambda: self.associations(instance_id, "associated"), lambda listed: len(listed) == 1)
        return association

    def free(self, instance_id: str) -> None:
        """Waits until the instance has no association."""
        for association in self.associations(instance_id, "associating", "associated"):
            self._aws.ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
        eventually(lambda: self.associations(instance_id, "associating", "associated", "disassociating"), lambda listed: not listed)

    def template(self, name: str | None = None, **data: Any) -> str:
        """Creates a launch template, whose instances get the run's tag; returns its id."""
        return self._aws.ec2.create_launch_template(
            LaunchTemplateName=name or self.name(),
            LaunchTemplateData=self.template_data(**data),
            TagSpecifications=self.tagged("launch-template"),
        )["LaunchTemplate"]["LaunchTemplateId"]

    def template_data(self, **data: Any) -> dict[str, Any]:
        small = {"ImageId": self._aws.image, "InstanceType": self._aws.place.instance_type}
        return small | {"TagSpecifications": self.tagged("instance", "volume")} | data

    # Groups and fleets

    def target_group(self) -> str:
        """The ARN of a new target group, to which no load balancer sends anything."""
        given = {"Name": self.name(), "Protocol": "HTTP", "Port": 80, "VpcId": self._aws.vpc, "Tags": self.tags}
        [made] = self._aws.client("elbv2").create_target_group(**given)["TargetGroups"]
        return made["TargetGroupArn"]

    def group(self, template: str | None = None, size: int = 0, **options: Any) -> str:
        name = self.name()
        place = {"VPCZoneIdentifier": self._aws.place.subnet} if self._aws.place.subnet else {"AvailabilityZones": self._aws.zones[:1]}
        source = {"LaunchTemplate": {"LaunchTemplateId": template or self.template(), "Version": "$Latest"}}
        if "MixedInstancesPolicy" in options:
            source = {}
        tags = [{"Key": TAG, "Value": self.run, "PropagateAtLaunch": True}]
        self._aws.limits.launch(size)
        given = {"MinSize": size, "MaxSize": max(size, 1), "Tags": tags, **place, **source, **options}
        once_seen(lambda: self._aws.autoscaling.create_auto_scaling_group(AutoScalingGroupName=name, **given))
        return name

    def describe_group(self, name: str) -> dict[str, Any]:
        [group] = self._aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return group

    def fleet(self, template: str, size: int = 0, kind: str = "maintain", **options: Any) -> dict[str, Any]:
        """Creates a fleet of On-Demand Instances, because Spot Instances may not be available; returns CreateFleet's response."""
        self._aws.limits.launch(size)
        launch = {"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "1"}}
        if self._aws.place.subnet:
            launch["Overrides"] = [{"SubnetId": self._aws.place.subnet}]
        capacity = {"TotalTargetCapacity": size, "OnDemandTargetCapacity": size, "DefaultTargetCapacityType": "on-demand"}
        given = {"Type": kind, "LaunchTemplateConfigs": [launch], "TargetCapacitySpecification": capacity, "TagSpecifications": self.tagged("fleet")}
        return self._aws.ec2.create_fleet(**given | options)

    def describe_fleet(self, fleet_id: str) -> dict[str, Any]:
        [fleet] = once_seen(lambda: self._aws.ec2.describe_fleets(FleetIds=[fleet_id]), codes=("InvalidFleetId.NotFound",))["Fleets"]
        return fleet

    # The end

    def remove_all(self) -> None:
        cleanup(self._aws.client, self.run)


def new_run() -> str:
    return uuid.uuid4().hex[:8]
