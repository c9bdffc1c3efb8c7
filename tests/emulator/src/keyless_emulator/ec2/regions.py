# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions: an account has those of its partition, and can use those that are enabled."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.responses.availability_zones_and_regions import AvailabilityZonesAndRegions
from moto.utilities.utils import get_partition

from ..server.calls import Call
from ..server.errors import AwsError

NOT_ENABLED = "not-opted-in"
REGIONAL = ("ec2", "autoscaling")


def enable_only(names: Collection[str]) -> None:
    """Enables no other regions than these. Raises ValueError for a region that does not exist, or needs an opt-in."""
    for name in names:
        if name not in _enabled():
            raise ValueError(f"Unknown region {name!r}. These can be enabled: {', '.join(sorted(_enabled()))}.")
    for each in RegionsAndZonesBackend.regions:
        if each.name not in names:
            each.opt_in_status = NOT_ENABLED
    _enabled.cache_clear()


def patch_describe_regions() -> None:
    """Hides regions of other partitions and regions that are not enabled. moto lists them all."""
    original = EC2Backend.describe_regions

    def describe_regions(self: Any, region_names: Any = None) -> list[Any]:
        own = [each for each in original(self, region_names) if get_partition(each.name) == self.partition]
        return own if region_names else [each for each in own if each.opt_in_status != NOT_ENABLED]

    EC2Backend.describe_regions = describe_regions


def patch_all_regions() -> None:
    """Lists regions that are not enabled, too, with AllRegions. moto ignores it."""
    original = AvailabilityZonesAndRegions.describe_regions

    def describe_regions(self: Any) -> Any:
        # pylint: disable=protected-access
        if self._get_bool_param("AllRegions") and not self._get_param("RegionNames"):
            partition = self.ec2_backend.partition
            self.params["RegionNames"] = [each.name for each in RegionsAndZonesBackend.regions if get_partition(each.name) == partition]
        return original(self)

    AvailabilityZonesAndRegions.describe_regions = describe_regions


def check_region(call: Call) -> None:
    """Raises AwsError for calls in a region that is not enabled. No account can opt in here."""
    if call.service not in REGIONAL or call.region in _enabled():
        return
    if call.service == "ec2":
        raise AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)


@lru_cache(maxsize=1)
def _enabled() -> frozenset[str]:
    return frozenset(each.name for each in RegionsAndZonesBackend.regions if each.opt_in_status != NOT_ENABLED)
