# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_metadata_defaults: reads all regions in parallel, plans, and makes the calls."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Mapping, NamedTuple, Sequence, Union

from .._aws.accounts import caller
from .._aws.calls import each_in_parallel
from .._aws.clients import botocore_version, client_anywhere
from .._aws.ec2 import Ec2
from .._aws.enabled_regions import enabled_regions
from .._aws.metadata_defaults import MetadataDefaults
from .._common.change import Change
from .._common.errors import AwsError, OptionError
from .._common.origin import ACCOUNT, Origin, check_origin
from .plan import DefaultsPlan
from .row import MEMBERS, RegionRow, plan_region
from .spec import DefaultsSpec

Found = Union[Mapping[str, Any], AwsError]


class Actual(NamedTuple):
    """What was read: the account, the region of the connection, and the defaults of each region or the error of reading them.

    ``members`` are the names of the defaults that the installed botocore knows.
    """

    origin: Origin
    regions: Mapping[str, Found]
    members: frozenset[str]


class Connections:
    """Creates gateways with the module's connection options."""

    def __init__(self, module: Any) -> None:
        self._client = partial(client_anywhere, module)

    def origin(self) -> Origin:
        """The account of the credentials, and the region of the connection."""
        sts = self._client("sts")
        return Origin(caller(sts).account_id, sts.meta.region_name)

    def regions(self) -> list[str]:
        """The regions that are enabled for the account."""
        return enabled_regions(lambda region: Ec2(self._client("ec2", region=region), 1))

    def defaults(self, region: str) -> MetadataDefaults:
        """The gateway to the defaults of a region."""
        return MetadataDefaults(self._client("ec2", region=region))


class DefaultsJob:
    """Sets the account's defaults for metadata options; ``_common.run`` describes the methods."""

    def __init__(self, spec: DefaultsSpec, connections: Connections, workers: int) -> None:
        """``workers`` regions are read and changed in parallel."""
        self._spec = spec
        self._connections = connections
        self._workers = workers
        self._gateways: dict[str, MetadataDefaults] = {}

    def read(self, _check_mode: bool = False) -> Actual:
        """The defaults of each region.  A region that can't be read has its error."""
        origin = self._connections.origin()
        if self._spec.undo is not None:
            check_origin("undo", self._spec.undo, origin, (ACCOUNT,))
        regions = self._regions()
        self._gateways = dict(zip(regions, each_in_parallel(self._connections.defaults, regions, self._workers)))
        members = next((each.members for each in self._gateways.values()), frozenset())
        self._check_known(members)
        return Actual(origin, dict(zip(regions, each_in_parallel(self._read, regions, self._workers))), members)

    def _regions(self) -> Sequence[str]:
        if self._spec.undo is not None:
            return sorted(self._spec.restored)
        return self._connections.regions() if self._spec.regions is None else self._spec.regions

    def _check_known(self, members: frozenset[str]) -> None:
        """Raises OptionError if the installed botocore does not know one of the options."""
        unknown = sorted(name for name in self._spec.names if self._gateways and MEMBERS[name] not in members)
        if unknown:
            suggestion = "Install a newer boto3 and botocore where the module runs (pip install --upgrade boto3 botocore)."
            raise OptionError(unknown[0], f"the installed botocore {botocore_version()} does not know this default.", suggestion)

    def _read(self, region: str) -> Found:
        try:
            return self._gateways[region].read()
        except AwsError as error:
            return error

    def plan(self, actual: Actual) -> DefaultsPlan:
        """A row for each region."""
        rows = (plan_region(region, self._spec.wanted_in(region), found, actual.members) for region, found in actual.regions.items())
        return DefaultsPlan(tuple(rows), actual.origin)

    def apply(self, plan: DefaultsPlan, done: Callable[[Change], None]) -> DefaultsPlan:
        """Makes the calls.  Returns the plan with the results in its rows."""
        return plan.with_rows(each_in_parallel(lambda row: self._apply(row, done), plan.rows, self._workers))

    def _apply(self, row: RegionRow, done: Callable[[Change], None]) -> RegionRow:
        try:
            for change in row.steps:
                self._gateways[row.region].change(change)
                done(change)
        except AwsError as error:
            return row.failed(error.code, str(error))
        return row

    def result(self, plan: DefaultsPlan) -> dict[str, Any]:
        """The module's return values."""
        return plan.as_result()
