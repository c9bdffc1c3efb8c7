# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of instance_metadata_options: reads, plans and applies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Callable, Mapping

from .._aws.calls import in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.origin import Origin, check_origin
from .._instances.plan import NOTHING_SELECTED
from .._instances.wait_for_instances import read_new_instances
from .._values.instances import InstanceSnapshot
from .._values.metadata_options import Value
from .._values.metadata_use import Use, Window
from .executor import apply_plan
from .plan import Desired, InstancesPlan
from .spec import MetadataSpec
from .use import UseReader


@dataclass(frozen=True)
class Actual:
    """What was read: the instances, what they use, and why some of that could not be read."""

    origin: Origin
    instances: InstanceSnapshot
    uses: Mapping[str, Use]
    read_errors: tuple[str, ...] = ()


class MetadataOptionsJob:
    """Changes the metadata options of instances; ``_common.run`` says what the methods do."""

    def __init__(self, spec: MetadataSpec, clients: RegionClients, not_found_timeout: int) -> None:
        """``not_found_timeout`` is how many seconds to wait for instances that are given by id and not found."""
        self._spec = spec
        self._clients = clients
        self._not_found_timeout = not_found_timeout
        self._window = Window(spec.unused_days, datetime.now(timezone.utc))

    def read(self) -> Actual:
        """The instances, and what those use that would lose something."""
        account, instances = in_parallel(self._clients.account, self._read_instances)
        origin = Origin(account, self._clients.region)
        if self._spec.undo is not None:
            check_origin("undo", self._spec.undo, origin)
        reader = UseReader(self._clients, self._window)
        if self._spec.rules.on_use == "ignore":
            return Actual(origin, instances, {})
        rows = Desired(self._options_for(instances), self._spec.rules).rows(instances)
        uses = reader.read(rows, instances.instances)
        return Actual(origin, instances, uses, tuple(map(str, reader.errors.values())))

    def plan(self, actual: Actual) -> MetadataPlan:
        """A row for each instance."""
        desired = Desired(self._options_for(actual.instances), self._spec.rules, actual.uses)
        return MetadataPlan(actual.origin, InstancesPlan(desired.rows(actual.instances), desired, actual.read_errors))

    def apply(self, plan: MetadataPlan, done: Callable[[Change], None]) -> MetadataPlan:
        """Makes the calls.  Returns the plan with the results in its rows."""
        instances = apply_plan(plan.instances, self._clients.ec2, self._spec.wait, self._spec.wait_timeout, done)
        return replace(plan, instances=instances)

    def result(self, plan: MetadataPlan) -> dict[str, Any]:
        """The module's return values."""
        return plan.as_result()

    def _options_for(self, instances: InstanceSnapshot) -> Mapping[str, Mapping[str, Value]]:
        if self._spec.filters is None:
            return self._spec.instances
        return dict.fromkeys(sorted(instances.instances), self._spec.values)

    def _read_instances(self) -> InstanceSnapshot:
        ec2 = self._clients.ec2
        if self._spec.filters is not None:
            return ec2.list_without_associations(self._spec.filters)
        return read_new_instances(ec2.read_without_associations, self._spec.instances, self._not_found_timeout)


@dataclass(frozen=True)
class MetadataPlan:
    """What to do with everything that is selected."""

    origin: Origin
    instances: InstancesPlan

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls."""
        return self.instances.changes

    @property
    def warnings(self) -> tuple[str, ...]:
        """The module's warnings."""
        return self.instances.warnings if self.instances.rows else (NOTHING_SELECTED,)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``."""
        return self.instances.diff()

    def summary(self, planned: bool) -> str:
        """One sentence for people."""
        return self.instances.summary(planned)

    def as_result(self) -> dict[str, Any]:
        """The module's return values."""
        counts = self.instances.counts()
        return {
            "instances": [row.as_result() for row in self.instances.rows],
            "counts": counts,
            "undo": self.origin.undo({"instances": self.instances.undo()}),
            "failed": counts["failed"] > 0,
        }
