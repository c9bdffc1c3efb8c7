# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of instance_metadata_options: reads, plans and applies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Callable, Iterable, Mapping, Union

from .._aws.parallel import in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.origin import Origin, check_origin
from .._instances.wait_for_instances import read_new_instances
from .._launch.spec import LaunchSpec
from .._launch.state import NO_INSTANCES, LaunchState
from .._launch.undo import UndoJob
from .._values.instances import InstanceSnapshot
from .._values.metadata_options import Value
from .._values.metadata_use import Use, Window
from .executor import apply_plan
from .launch_job import LaunchOptionsJob
from .members import members_of, unless_members_use
from .plan import Desired, InstancesPlan, MetadataPlan
from .row import Row, Rules, unless_used
from .spec import MetadataSpec
from .use import UseReader

NOT_FOUND_TIMEOUT = 10  # seconds


@dataclass(frozen=True)
class Actual:
    """What was read: the instances, what they use, why some of that could not be read, and what launches instances."""

    origin: Origin
    instances: InstanceSnapshot
    uses: Mapping[str, Use]
    read_errors: tuple[str, ...] = ()
    launch: Any = None


class MetadataOptionsJob:
    """Changes the metadata options of instances, launch templates and groups; ``_common.run`` says what the methods do."""

    def __init__(self, spec: MetadataSpec, clients: RegionClients) -> None:
        self._spec = spec
        self._clients = clients
        self._window = Window(spec.unused_days, datetime.now(timezone.utc))
        self._launch_job = None if spec.launch is None else _launch_job(spec.launch, clients)

    def read(self, check_mode: bool = False) -> Actual:
        """The instances and what launches instances, and what those use that would lose something."""
        account, instances, launch = in_parallel(
            self._clients.account,
            lambda: self._read_instances(0 if check_mode else NOT_FOUND_TIMEOUT),
            lambda: self._read_launch(check_mode),
        )
        origin = Origin(account, self._clients.region)
        if self._spec.undo is not None:
            check_origin("undo", self._spec.undo, origin)
        if self._spec.rules.on_use == "ignore":
            return Actual(origin, instances, {}, launch=launch)
        members = self._read_members(launch)
        of_members = Desired(dict.fromkeys(members.instances, self._spec.values), Rules(named=False, include_managed=True)).rows(members)
        rows = Desired(self._options_for(instances), self._spec.rules).rows(instances)
        reader = UseReader(self._clients, self._window)
        uses = reader.read([*of_members, *rows], {**members.instances, **instances.instances})
        if of_members:
            launch = self._unless_members_use(launch, of_members, uses)
        return Actual(origin, instances, uses, tuple(map(str, reader.errors.values())), launch)

    def _read_members(self, launch: Any) -> InstanceSnapshot:
        """The instances of the groups that would change; an undo asks for none."""
        ids = members_of(launch.rows.groups) if isinstance(launch, LaunchState) else []
        return self._clients.ec2.read_without_associations(ids) if ids else NO_INSTANCES

    def _unless_members_use(self, launch: LaunchState, of_members: Iterable[Row], uses: Mapping[str, Use]) -> LaunchState:
        on_use = self._spec.rules.on_use
        members = {row.instance_id: unless_used(row, uses, on_use) for row in of_members}
        return replace(launch, rows=launch.rows.map(lambda row: unless_members_use(row, members, on_use)))

    def plan(self, actual: Actual) -> MetadataPlan:
        """A row for each instance, launch template, group and fleet."""
        desired = Desired(self._options_for(actual.instances), self._spec.rules, actual.uses, actual.origin.place)
        instances = InstancesPlan(desired.rows(actual.instances), desired, actual.read_errors, self._spec.undo is not None)
        return MetadataPlan(actual.origin, instances, self._launch_job.plan(actual.launch) if self._launch_job else None)

    def apply(self, plan: MetadataPlan, done: Callable[[Change], None]) -> MetadataPlan:
        """Makes the calls.  Returns the plan with the results in its rows."""
        # What launches instances comes first: a member of a group that is replaced meanwhile gets the options, too.
        launch = self._launch_job.apply(plan.launch, done) if self._launch_job and plan.launch else None
        instances = apply_plan(plan.instances, self._clients.ec2, self._spec.wait, self._spec.wait_timeout, done)
        return replace(plan, instances=instances, launch=launch)

    def result(self, plan: MetadataPlan) -> dict[str, Any]:
        """The module's return values."""
        return plan.as_result()

    def _options_for(self, instances: InstanceSnapshot) -> Mapping[str, Mapping[str, Value]]:
        if self._spec.filters is None:
            return self._spec.instances
        return dict.fromkeys(sorted(instances.instances), self._spec.values)

    def _read_instances(self, patience: int) -> InstanceSnapshot:
        ec2 = self._clients.ec2
        if self._spec.filters is not None:
            return ec2.list_without_associations(self._spec.filters)
        if not self._spec.instances:
            return NO_INSTANCES
        return read_new_instances(ec2.read_without_associations, self._spec.instances, patience)

    def _read_launch(self, check_mode: bool) -> Any:
        return self._launch_job.read(check_mode) if self._launch_job else None


def _launch_job(spec: LaunchSpec, clients: RegionClients) -> Union[LaunchOptionsJob, UndoJob]:
    return LaunchOptionsJob(spec, clients) if spec.undo is None else UndoJob(spec, clients)
