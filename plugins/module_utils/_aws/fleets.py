# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2 Fleets, Spot Fleet requests and Spot Instance requests."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from .._common.change import Change
from .._common.errors import AwsError
from .._values.launch import DEFAULT, MAINTAIN, Fleet, SpotRequest, Use
from .answers import plain
from .calls import in_parallel, perform, read
from .eventual_consistency import PROPAGATION_SECONDS, is_unseen_profile

# Those that launch nothing any more; the instances of some of them still run.
OVER = frozenset(
    {
        *("deleted", "deleted_running", "deleted_terminating"),
        *("cancelled", "cancelled_running", "cancelled_terminating", "failed"),
    }
)
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

    # Within the class ``list`` is its own method.
    def list(self) -> List[Fleet]:
        """All that may still launch an instance, by id.  AWS does not list those of the type instant, which never do."""
        ec2_fleets, spot_fleets = in_parallel(self._ec2_fleets, self._spot_fleets)
        return sorted((*ec2_fleets, *spot_fleets), key=lambda fleet: fleet.name)

    def spot_requests(self) -> List[SpotRequest]:
        """The persistent Spot Instance requests that may still launch an instance."""
        states = [{"Name": "state", "Values": ["open", "active"]}, {"Name": "type", "Values": ["persistent"]}]
        found = self._list("SpotInstanceRequests", "spot-instances-request", "Spot Instance requests", Filters=states)
        return [
            SpotRequest(each["SpotInstanceRequestId"], plain(each.get("LaunchSpecification") or {}))
            for each in found
            if each.get("Type") == "persistent"
        ]

    def update(self, change: Change) -> dict[str, Any]:
        """Makes the change of a fleet; waits while EC2 has not heard of the instance profile."""
        return perform(self._client, change, lambda error: PROPAGATION_SECONDS if is_unseen_profile(error) else 0)

    def _ec2_fleets(self) -> List[Fleet]:
        found = self._list("Fleets", "fleet", "EC2 Fleets")
        living = (each for each in found if each.get("FleetState") not in OVER)
        return [_fleet("EC2 Fleet", each["FleetId"], each, each) for each in living]

    def _spot_fleets(self) -> List[Fleet]:
        found = self._list("SpotFleetRequestConfigs", "spot-fleet-request", "Spot Fleet requests")
        living = (each for each in found if each.get("SpotFleetRequestState") not in OVER)
        return [_fleet("Spot Fleet", each["SpotFleetRequestId"], each["SpotFleetRequestConfig"], each) for each in living]

    def _list(self, member: str, kind: str, name: str, **selection: Any) -> List[dict[str, Any]]:
        """All of the kind; none where EC2 has no such thing, as in some regions."""
        try:
            found: List[dict[str, Any]] = read(self._client, f"ec2:{OPERATIONS[member]}", f"{kind}/*", f"list the {name}", **selection)[member]
        except AwsError as error:
            if error.code in UNKNOWN:
                return []
            raise
        return found


def _fleet(kind: str, fleet_id: str, config: Mapping[str, Any], described: Mapping[str, Any]) -> Fleet:
    configs = config.get("LaunchTemplateConfigs") or ()
    return Fleet(
        kind=kind,
        name=fleet_id,
        uses=tuple(_uses(configs)),
        type=config.get("Type") or MAINTAIN,
        configs=tuple(map(plain, configs)),
        specifications=tuple(map(plain, config.get("LaunchSpecifications") or ())),
        tags={each["Key"]: each.get("Value") or "" for each in described.get("Tags") or ()},
    )


def _uses(configs: Iterable[Mapping[str, Any]]) -> Iterable[Use]:
    """The templates, each by its id, or by its name where the fleet has only that."""
    for index, config in enumerate(configs):
        specification = config.get("LaunchTemplateSpecification") or {}
        template: Optional[str] = specification.get("LaunchTemplateId") or specification.get("LaunchTemplateName")
        if template:
            yield Use(template, specification.get("Version") or DEFAULT, index)
