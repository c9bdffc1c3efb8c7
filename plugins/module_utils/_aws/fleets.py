# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2 Fleets and Spot Fleet requests, which launch from launch templates too."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from .._common.errors import AwsError
from .._values.launch import DEFAULT, Fleet, SpotRequest, Use, profile_name_in
from .calls import in_parallel, read

# Those that launch nothing any more.
OVER = frozenset({"deleted", "deleted_terminating", "cancelled", "cancelled_terminating", "failed"})
# How a region answers that has no such fleets.
UNKNOWN = frozenset({"InvalidAction", "UnsupportedOperation"})
OPERATIONS = {
    "Fleets": "DescribeFleets",
    "SpotFleetRequestConfigs": "DescribeSpotFleetRequests",
    "SpotInstanceRequests": "DescribeSpotInstanceRequests",
}


class Fleets:
    """The fleets of a region through one boto3 client of EC2."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def list(self) -> list[Fleet]:
        """All that may still launch an instance from a launch template, by id."""
        ec2_fleets, spot_fleets = in_parallel(self._ec2_fleets, self._spot_fleets)
        return sorted((*ec2_fleets, *spot_fleets), key=lambda fleet: fleet.name)

    def spot_requests(self) -> list[SpotRequest]:
        """The persistent Spot Instance requests that may still launch an instance."""
        states = [{"Name": "state", "Values": ["open", "active"]}, {"Name": "type", "Values": ["persistent"]}]
        found = self._list("SpotInstanceRequests", "spot-instances-request", "Spot Instance requests", Filters=states)
        return [
            SpotRequest(each["SpotInstanceRequestId"], profile_name_in(each.get("LaunchSpecification") or {}))
            for each in found
            if each.get("Type") == "persistent"
        ]

    def _ec2_fleets(self) -> list[Fleet]:
        found = self._list("Fleets", "fleet", "EC2 Fleets")
        living = (each for each in found if each.get("FleetState") not in OVER)
        return [_fleet("EC2 Fleet", each["FleetId"], each.get("LaunchTemplateConfigs")) for each in living]

    def _spot_fleets(self) -> list[Fleet]:
        found = self._list("SpotFleetRequestConfigs", "spot-fleet-request", "Spot Fleet requests")
        living = (each for each in found if each.get("SpotFleetRequestState") not in OVER)
        return [
            _fleet("Spot Fleet", each["SpotFleetRequestId"], each["SpotFleetRequestConfig"].get("LaunchTemplateConfigs"))
            for each in living
        ]

    def _list(self, member: str, kind: str, name: str, **selection: Any) -> list[dict]:
        """All of the kind; none where EC2 has no such thing, as in some regions."""
        try:
            return read(self._client, f"ec2:{OPERATIONS[member]}", f"{kind}/*", f"list the {name}", **selection)[member]
        except AwsError as error:
            if error.code in UNKNOWN:
                return []
            raise


def _fleet(kind: str, fleet_id: str, configs: Optional[Iterable[Mapping]]) -> Fleet:
    specifications = (each.get("LaunchTemplateSpecification") or {} for each in configs or ())
    uses = (
        Use(each["LaunchTemplateId"], each.get("Version") or DEFAULT)
        for each in specifications
        if each.get("LaunchTemplateId")
    )
    return Fleet(kind, fleet_id, tuple(uses))
