# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What probes use: clients of AWS, what identifies the run, and the run's own resources."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from .instance_metadata import InstanceMetadata
from .limits import LimitReached, Limits
from .probe import NotApplicable
from .resources import Resources
from .waiting import once_seen

# Amazon Linux; a minimal one has the smallest disk.
IMAGES = ("al2023-ami-minimal-2023.*-x86_64", "amzn2-ami-minimal-hvm-*-x86_64-ebs")


@dataclass(frozen=True)
class Place:
    """The endpoint at which probes run. The defaults are for AWS itself."""

    session: boto3.Session
    region: str
    endpoint: str | None = None
    image: str | None = None
    instance_type: str = "t3.nano"
    subnet: str | None = None
    # The endpoint of an instance's metadata service, by the instance's id, if it can be reached from here
    imds: Callable[[str], str] | None = None
    # How many attempts a call gets if it is throttled or not answered
    attempts: int = 8
    # Called with each access key that a probe has created and whose policies must be enforced
    on_new_key: Callable[[str], None] = field(default=lambda _access_key_id: None)
    # Called with each new client, and returns it
    on_client: Callable[[Any], Any] = field(default=lambda client: client)

    def client(self, service: str, region: str | None = None, session: boto3.Session | None = None) -> Any:
        # Probes must not see throttling, and those that run side by side must not provoke it.
        # Parameters are not validated, so that AWS rejects what botocore would.
        config = Config(retries={"mode": "adaptive", "total_max_attempts": self.attempts}, read_timeout=60, parameter_validation=False)
        made = (session or self.session).client(service, region_name=region or self.region, endpoint_url=self.endpoint, config=config)
        return self.on_client(made)


class Aws:
    """The argument of every probe."""

    def __init__(self, place: Place, run: str, limits: Limits | None = None) -> None:
        self.place = place
        self.region = place.region
        self.limits = limits or Limits()
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._creating = threading.Lock()
        self.stopped = threading.Event()
        self.resources = Resources(self, run)
        self.metadata = InstanceMetadata(self)

    def client(self, service: str, region: str | None = None) -> Any:
        key = (service, region)
        if key not in self._clients:
            made = self._create(service, region)
            self._clients.setdefault(key, made)
        return self._clients[key]

    def _create(self, service: str, region: str | None, session: boto3.Session | None = None) -> Any:
        # Sessions can't be used by several threads at once, but clients can.
        with self._creating:
            made = self.place.client(service, region, session)
        made.meta.events.register("before-call", self.check_is_running)
        return made

    def check_is_running(self, **_call: Any) -> None:
        """Called before each probe and each call. Raises LimitReached."""
        if self.stopped.is_set():
            raise LimitReached("the run has ended")
        self.limits.check_time()

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    @property
    def iam(self) -> Any:
        return self.client("iam")

    @property
    def autoscaling(self) -> Any:
        return self.client("autoscaling")

    @property
    def sts(self) -> Any:
        return self.client("sts")

    @cached_property
    def account(self) -> str:
        return self.sts.get_caller_identity()["Account"]

    @cached_property
    def image(self) -> str:
        """The newest image by Amazon, unless one was chosen."""
        if self.place.image:
            return self.place.image
        for name in IMAGES:
            filters = [{"Name": "name", "Values": [name]}, {"Name": "state", "Values": ["available"]}]
            found = self.ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"]
            if found:
                return max(found, key=lambda image: image["CreationDate"])["ImageId"]
        raise NotApplicable("there is no image of Amazon Linux in this region: choose one with --image")

    @cached_property
    def zones(self) -> list[str]:
        """The Availability Zones that have the instance type; the default VPC has a subnet in each."""
        every = [zone["ZoneName"] for zone in self.ec2.describe_availability_zones()["AvailabilityZones"]]
        filters = [{"Name": "instance-type", "Values": [self.place.instance_type]}]
        try:
            offered = self.ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)["InstanceTypeOfferings"]
        except ClientError:
            return every
        names = {offer["Location"] for offer in offered}
        return [zone for zone in every if zone in names] or every

    @cached_property
    def vpc(self) -> str:
        """The VPC of the instances: that of the chosen subnet, or the default one."""
        if self.place.subnet:
            [found] = self.ec2.describe_subnets(SubnetIds=[self.place.subnet])["Subnets"]
            return found["VpcId"]
        found = self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        if not found:
            raise NotApplicable("there is no default VPC in this region: choose a subnet with --subnet")
        return found[0]["VpcId"]

    def arn_of(self, role: str) -> str:
        return once_seen(lambda: self.iam.get_role(RoleName=role), codes=("NoSuchEntity",))["Role"]["Arn"]

    def as_role(self, role: str, **options: Any) -> dict[str, str]:
        """Credentials of a session of a role that trusts this account, with the role's policies enforced."""
        given = {"RoleArn": self.arn_of(role), "RoleSessionName": self.resources.name(), **options}
        made = once_seen(lambda: self.sts.assume_role(**given), 60, ("AccessDenied",))["Credentials"]
        self.place.on_new_key(made["AccessKeyId"])
        return made

    def client_with(self, credentials: dict[str, str], service: str, region: str | None = None) -> Any:
        session = boto3.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
        )
        return self._create(service, region, session)
