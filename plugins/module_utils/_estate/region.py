# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one region of an account: its instances, and all that launches some."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from .._aws.calls import in_parallel
from .._aws.replacing import replacers_among
from .._common.read_errors import ReadErrors
from .._launch.aws import Aws
from .._launch.info import Found
from .._values.instances import InstanceSnapshot
from .._values.replacer import Replacer

NO_INSTANCES: tuple[InstanceSnapshot, dict[str, dict[str, Any]]] = (InstanceSnapshot({}, {}), {})
NOTHING = Found((), (), (), {}, {}, {})


@dataclass(frozen=True)
class RegionFound:
    """What there is in a region: its instances, what is for people of each, and what launches; without what is in the read_errors."""

    account_id: str
    region: str
    read_errors: ReadErrors = field(default_factory=ReadErrors)
    fleet: InstanceSnapshot = NO_INSTANCES[0]
    details: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    launching: Found = NOTHING

    @property
    def instance_ids(self) -> list[str]:
        """Those of the instances that are not gone."""
        return sorted(each for each in self.fleet.instances if not self.fleet.is_gone(each))

    @property
    def replacers(self) -> Mapping[str, Replacer]:
        """What replaces each instance."""
        found = self.launching
        living = (self.fleet.instances[each] for each in self.instance_ids)
        return replacers_among(living, found.groups, found.fleets, found.templates, found.configurations)


def read_region(aws: Aws, account_id: str, region: str) -> RegionFound:
    """The region, in some seven calls where there is little in it."""
    read_errors = ReadErrors()
    instances, groups, fleets, requests, listed = in_parallel(
        lambda: read_errors.collect(aws.ec2.list_with_details),
        lambda: read_errors.collect(aws.auto_scaling.list_groups),
        lambda: read_errors.collect(aws.fleets.list),
        lambda: read_errors.collect(aws.fleets.spot_requests),
        lambda: read_errors.collect(aws.templates.list),
    )
    groups, fleets, listed = groups or [], fleets or [], listed or {}
    uses = [use for user in (*groups, *fleets) for use in user.uses]
    configured = [each.launch_configuration_name for each in groups if each.launch_configuration_name]
    templates, configurations = in_parallel(
        lambda: read_errors.collect(lambda: aws.templates.with_used(listed, uses)) if uses else None,
        lambda: read_errors.collect(lambda: aws.auto_scaling.launch_configurations(configured)) if configured else None,
    )
    fleet, details = instances or NO_INSTANCES
    launching = Found(groups, fleets, requests or [], listed, templates or listed, configurations or {})
    return RegionFound(account_id, region, read_errors, fleet, details, launching)
