# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations that a fleet can't have: a template without a version, or one that RunInstances would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from .fleets import LIVING, Fleet, sources_in

TYPES = ("maintain", "request", "instant")
# "Supported only for fleets of type instant", according to EC2's reference
ONLY_INSTANT = frozenset({"IamInstanceProfile", "KeyName", "MetadataOptions", "BlockDeviceMappings"})


def check(backend: Any, config: Mapping[str, Any], kind: type[Fleet]) -> None:
    """Raises EC2's error for an invalid configuration."""
    fleet_type = config.get("Type") or "maintain"
    if fleet_type not in TYPES:
        raise EC2ClientError(kind.misconfigured, f"The fleet type {fleet_type} is not valid.")
    if bool(config.get("LaunchTemplateConfigs")) == bool(config.get("LaunchSpecifications")):
        text = "Exactly one of LaunchSpecifications and LaunchTemplateConfigs must be specified."
        raise EC2ClientError(kind.misconfigured, text)
    for each in config.get("LaunchTemplateConfigs") or ():
        _check_template(each, fleet_type, kind.misconfigured)
    for source, _weight in sources_in(backend, config):
        source.check(backend)


def _check_template(config: Mapping[str, Any], fleet_type: str, code: str) -> None:
    specification = config.get("LaunchTemplateSpecification") or {}
    if ("LaunchTemplateId" in specification) == ("LaunchTemplateName" in specification):
        raise EC2ClientError(code, "Specify either the LaunchTemplateId or the LaunchTemplateName, but not both.")
    if not specification.get("Version"):
        raise EC2ClientError(code, "The version of the launch template must be specified.")
    for override in config.get("Overrides") or ():
        if override.get("AvailabilityZone") and override.get("AvailabilityZoneId"):
            raise EC2ClientError(code, "Specify either AvailabilityZone or AvailabilityZoneId, but not both.")
        unknown = ONLY_INSTANT.intersection(override)
        if fleet_type != "instant" and unknown:
            raise EC2ClientError(code, f"{min(unknown)} is supported only for fleets of type instant.")


def check_modifiable(fleet: Fleet, changed: Mapping[str, Any]) -> None:
    """Raises EC2's error if a fleet can't be changed. Code and message as in jenkinsci/ec2-fleet-plugin#131."""
    if fleet.type != "maintain" or fleet.state not in LIVING:
        text = f"Fleet Request: {fleet.id} is not a modifiable fleet request type."
        raise EC2ClientError("FleetNotInModifiableState", text)
    if changed.get("LaunchTemplateConfigs") and fleet.config.get("LaunchSpecifications"):
        text = "LaunchTemplateConfigs can't be specified for a request that has LaunchSpecifications."
        raise EC2ClientError(fleet.misconfigured, text)
