# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2 Fleets, Spot Fleet requests and Spot Instance requests."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from .._common.change import Change
from .._common.errors import AwsError
from .._values.launch import DEFAULT, MAINTAIN, Fleet, SpotRequest, TemplateReference
from .calls import perform, read
from .eventual_consistency import PROPAGATION_SECONDS, is_unseen_profile
from .parallel import in_parallel
from .responses import plain

# States in which a fleet launches nothing, although its instances may still run.
ENDED = frozenset(
    {
        *("deleted", "deleted_running", "deleted_terminating"),
        *("cancelled", "cancelled_running", "cancelled_terminating", "failed"),
    }
)
# Errors of regions that have no such fleets.
NOT_IN_REGION = frozenset({"InvalidAction", "UnsupportedOperation"})
OPERATIONS = {
    "Fleets": "DescribeFleets",
    "SpotFleetRequestConfigs": "DescribeSpotFleetRequests",
    "SpotInstanceRequests": "DescribeSpotInstanceRequests",
}


class Fleets:
    """The fleets of a region through one boto3 client of EC2."""

    def __init__(self, client: Any) -> None:
        self._client = client

    # Within the class, ``list`` is this method.
    def list(self) -> List[Fleet]:
        """The fleets that may still launch an instance, by id.  AWS does not list those of the type instant, which never do."""
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
        """Makes the change of a fleet; repeats the call while the instance profile is not visible to EC2."""
        return perform(self._client, change, lambda error: PROPAGATION_SECONDS if is_unseen_profile(error) else 0)

    def _ec2_fleets(self) -> List[Fleet]:
        found = self._list("Fleets", "fleet", "EC2 Fleets")
        active = (each for each in found if each.get("FleetState") not in ENDED)
        return [_fleet("EC2 Fleet", each["FleetId"], each, each) for each in active]

    def _spot_fleets(self) -> List[Fleet]:
        found = self._list("SpotFleetRequestConfigs", "spot-fleet-request", "Spot Fleet requests")
        active = (each for each in found if each.get("SpotFleetRequestState") not in ENDED)
        return [_fleet("Spot Fleet", each["SpotFleetRequestId"], each["SpotFleetRequestConfig"], each) for each in active]

    def _list(self, member: str, kind: str, name: str, **selection: Any) -> List[dict[str, Any]]:
        """All of the kind; none if the region does not have this kind."""
        try:
            found: List[dict[str, Any]] = read(self._client, f"ec2:{OPERATIONS[member]}", f"{kind}/*", f"list the {name}", **selection)[member]
        except AwsError as error:
            if error.code in NOT_IN_REGION:
                return []
            raise
        return found


def _fleet(kind: str, fleet_id: str, config: Mapping[str, Any], described: Mapping[str, Any]) -> Fleet:
    configs = config.get("LaunchTemplateConfigs") or ()
    return Fleet(
        kind=kind,
        name=fleet_id,
        references=tuple(_references(configs)),
        type=config.get("Type") or MAINTAIN,
        configs=tuple(map(plain, configs)),
        specifications=tuple(map(plain, config.get("LaunchSpecifications") or ())),
        tags={each["Key"]: each.get("Value") or "" for each in described.get("Tags") or ()},
    )


def _references(configs: Iterable[Mapping[str, Any]]) -> Iterable[TemplateReference]:
    """The references to templates, each by id, or by name if the fleet has only that."""
    for index, config in enumerate(configs):
        specification = config.get("LaunchTemplateSpecification") or {}
        template: Optional[str] = specification.get("LaunchTemplateId") or specification.get("LaunchTemplateName")
        if template:
            yield TemplateReference(template, specification.get("Version") or DEFAULT, index)
