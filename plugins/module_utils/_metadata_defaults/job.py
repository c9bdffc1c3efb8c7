# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_metadata_defaults: reads all regions in parallel, plans, and makes the calls."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Mapping, NamedTuple, Sequence, TypeVar, Union

from .._aws.accounts import caller
from .._aws.clients import botocore_version, client_anywhere
from .._aws.ec2 import Ec2
from .._aws.enabled_regions import enabled_regions
from .._aws.metadata_defaults import MetadataDefaults
from .._aws.parallel import each_in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.errors import AwsError, OptionError
from .._common.origin import ACCOUNT, Origin, check_origin
from .._launch_sources.reading import read_all
from .launches import Launches, Read, images_that_decide
from .plan import DefaultsPlan
from .row import MEMBERS, RegionRow, plan_region, unless_refused
from .spec import DefaultsSpec

Found = Union[Mapping[str, Any], AwsError]
T = TypeVar("T")


class Actual(NamedTuple):
    """What was read: the account, the region of the connection, and the defaults of each region or the error of reading them.

    ``members`` are the names of the defaults that the installed botocore knows.  ``launches`` are what launches instances in the regions whose
    change may end launches, or the error of reading it.
    """

    origin: Origin
    regions: Mapping[str, Found]
    members: frozenset[str]
    launches: Mapping[str, Read] = {}


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

    def launches(self, region: str) -> Launches:
        """What launches instances in a region, about six calls."""
        clients = RegionClients(partial(self._client, region=region))
        sources = tuple(read_all(clients))
        images = images_that_decide(sources)
        return Launches(sources, clients.ec2.imds_support(images) if images else {})


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
        actual = Actual(origin, dict(zip(regions, each_in_parallel(self._read, regions, self._workers))), members)
        return actual._replace(launches=self._read_launches(actual))

    def _read_launches(self, actual: Actual) -> dict[str, Read]:
        if self._spec.on_refused_launches == "ignore":
            return {}
        regions = [row.region for row in self._rows(actual) if row.steps and row.may_refuse_launches]
        return dict(zip(regions, each_in_parallel(lambda region: _attempt(lambda: self._connections.launches(region)), regions, self._workers)))

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
        return _attempt(self._gateways[region].read)

    def plan(self, actual: Actual) -> DefaultsPlan:
        """A row for each region."""
        rows = (unless_refused(row, actual.launches.get(row.region), self._spec.on_refused_launches) for row in self._rows(actual))
        return DefaultsPlan(tuple(rows), actual.origin)

    def _rows(self, actual: Actual) -> list[RegionRow]:
        """The rows, whatever would be launched."""
        return [plan_region(region, self._spec.wanted_in(region), found, actual.members) for region, found in actual.regions.items()]

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


def _attempt(read: Callable[[], T]) -> Union[T, AwsError]:
    """What ``read`` returns, or the error that it raises."""
    try:
        return read()
    except AwsError as error:
        return error
