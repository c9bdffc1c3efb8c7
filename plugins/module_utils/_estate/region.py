# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one region of an account: its instances, and what launches instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from .._aws.parallel import in_parallel
from .._aws.region_clients import RegionClients
from .._common.read_errors import ReadErrors
from .._launch_sources.reading import read_all, read_imds_defaults
from .._launch_sources.source import LaunchSource, LaunchSources
from .._values.imds_defaults import ImdsDefaults
from .._values.instances import InstanceSnapshot

NO_INSTANCES: tuple[InstanceSnapshot, dict[str, dict[str, Any]]] = (InstanceSnapshot({}, {}), {})


@dataclass(frozen=True)
class RegionData:
    """What was read from a region: instances, their launch times and tags (``details``), and launch sources.

    What could not be read is missing, and ``read_errors`` says so.  ``imds_errors`` says the same of ``imds_defaults``, without which only
    imdsv1_allowed is not known.
    """

    account_id: str
    region: str
    read_errors: ReadErrors = field(default_factory=ReadErrors)
    snapshot: InstanceSnapshot = NO_INSTANCES[0]
    details: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    sources: LaunchSources = LaunchSources()
    imds_defaults: ImdsDefaults = ImdsDefaults()
    imds_errors: ReadErrors = field(default_factory=ReadErrors)

    @property
    def instance_ids(self) -> list[str]:
        """The ids of the instances that are not terminated."""
        return sorted(each for each in self.snapshot.instances if not self.snapshot.is_gone(each))

    @property
    def replacing(self) -> Mapping[str, LaunchSource]:
        """The launch source that replaces each instance, by the instance's id."""
        return self.sources.replacing(self.snapshot.instances[each] for each in self.instance_ids)


def read_region(clients: RegionClients, account_id: str, region: str) -> RegionData:
    """Reads the region; it takes about nine calls if there is little in it."""
    read_errors = ReadErrors()
    instances, sources = in_parallel(
        lambda: read_errors.collect(clients.ec2.list_with_details),
        lambda: read_all(clients, read_errors.collect),
    )
    snapshot, details = instances or NO_INSTANCES
    imds_errors = ReadErrors()
    defaults = read_imds_defaults(clients, sources, imds_errors)
    return RegionData(account_id, region, read_errors, snapshot, details, sources, defaults, imds_errors)
