# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateways of one region."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any, Callable, Mapping, Optional

from .auto_scaling import AutoScaling
from .calls import read
from .clients import client
from .ec2 import Ec2
from .fleets import Fleets
from .iam import Iam
from .launch_templates import LaunchTemplates
from .metadata_defaults import MetadataDefaults
from .metrics import Metrics
from .usable_profiles import Place

CONNECTIONS = 10  # of a client, at least


class RegionClients:
    """EC2's gateways share one client; those of Auto Scaling, CloudWatch and IAM are created when they are first used."""

    def __init__(self, make_client: Callable[[str], Any], concurrency: int = 1) -> None:
        """``make_client`` returns a new boto3 client for a service; ``concurrency`` is the number of simultaneous calls to EC2."""
        self._make_client = make_client
        ec2 = make_client("ec2")
        self.ec2 = Ec2(ec2, concurrency, partial(make_client, "ec2"))
        self.launch_templates = LaunchTemplates(ec2)
        self.fleets = Fleets(ec2)
        self.metadata_defaults = MetadataDefaults(ec2)

    @property
    def region(self) -> str:
        """The name of the region."""
        return self.ec2.region

    def account(self) -> str:
        """The id of the account; raises AwsError.  The call needs no permission."""
        sts = self._make_client("sts")
        response = read(sts, "sts:GetCallerIdentity", "*", "find out which account the credentials belong to")
        return str(response["Account"])

    @property
    def place(self) -> Place:
        """Where instance profiles are looked for."""
        return Place(self.ec2.partition, self.account)

    @cached_property
    def auto_scaling(self) -> AutoScaling:
        """The gateway to Auto Scaling."""
        return AutoScaling(self._make_client("autoscaling"))

    @cached_property
    def metrics(self) -> Metrics:
        """The gateway to CloudWatch's metrics."""
        return Metrics(self._make_client("cloudwatch"))

    @cached_property
    def iam(self) -> Iam:
        """The gateway to IAM."""
        return Iam(self._make_client("iam"))


def connect(module: Any, concurrency: int, undo: Optional[Mapping[str, Any]] = None) -> RegionClients:
    """The gateways of the module's own region; without one, of the region that the undo value belongs to."""
    make_client = partial(client, module, concurrency=max(concurrency, CONNECTIONS))
    region = undo.get("region") if undo and not module.region else None
    return RegionClients(partial(make_client, region=region) if region else make_client, concurrency)
