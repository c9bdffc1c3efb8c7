# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores what an earlier run changed: versions, defaults, groups, fleets, instances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, Optional

from .._attachment.plan import AttachmentPlan, Desired
from .._attachment.row import Row, Rules, Target
from .._aws.clients import botocore_version
from .._aws.parallel import in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.errors import OptionError
from .._common.identifiers import name_in_arn
from .._common.origin import Origin, check_origin
from .._values.instance_profile import InstanceProfile, usable_profile
from .._values.launch import Fleet, Template
from .changes import (
    CONFIGS,
    CONFIGURATION_CREATED,
    CONFIGURATION_NAME,
    SETTINGS,
    NewVersion,
    configs_of,
    created_at,
    settings_changes,
    source_of,
    update_fleet,
    update_group,
)
from .executor import LaunchExecutor
from .plan import LaunchPlan
from .row import FAILED, UNCHANGED, UPDATED, LaunchRow, LaunchRows
from .spec import LaunchSpec
from .state import NO_INSTANCES, LaunchState
from .unknown import failed, unknown_in_source, unknown_in_versions
from .versions import TemplatePlan, comparable, sendable
from .wanted import WantedProfile

RESTORED, UP_TO_DATE = "it is restored", "there is nothing to restore"
DELETED = "its launch configuration {name} was deleted; if there is one of that name, it is another one"


class UndoJob:
    """Restores what an earlier run returned as ``undo``; ``_common.run`` describes the methods."""

    def __init__(self, spec: LaunchSpec, clients: RegionClients) -> None:
        self._spec = spec
        self._clients = clients
        undo = spec.undo or {}
        self._of_templates: Mapping[str, Mapping[str, Any]] = undo.get("launch_templates") or {}
        self._of_groups: Mapping[str, Mapping[str, Any]] = undo.get("auto_scaling_groups") or {}
        self._of_fleets: Mapping[str, Mapping[str, Any]] = undo.get("fleets") or {}
        self._of_instances: Mapping[str, Optional[str]] = undo.get("instances") or {}

    def read(self, _check_mode: bool = False) -> tuple[LaunchState, Mapping[str, Optional[InstanceProfile]]]:
        """The templates, groups, fleets, instances and profiles that ``undo`` names."""
        origin = Origin(self._clients.account(), self._clients.region)
        check_origin("undo", self._spec.undo or {}, origin)
        wanted = {key: list(map(str, each.values())) for key, each in self._of_templates.items()}
        names = {name_in_arn(each) for each in self._of_instances.values() if each}
        configured = [str(each.get(CONFIGURATION_NAME)) for each in self._of_groups.values() if CONFIGURATION_CREATED in each]
        templates, groups, configurations, fleets, instances, profiles = in_parallel(
            lambda: self._clients.launch_templates.read(wanted) if wanted else {},
            lambda: {each.name: each for each in self._clients.auto_scaling.list_groups()} if self._of_groups else {},
            lambda: self._clients.auto_scaling.launch_configurations(configured) if configured else {},
            lambda: self._clients.fleets.list() if self._of_fleets else [],
            lambda: self._clients.ec2.read_instances(self._of_instances) if self._of_instances else NO_INSTANCES,
            lambda: self._clients.iam.instance_profiles.find_each(names),
        )
        return LaunchState(
            groups=groups,
            templates=templates,
            configurations=configurations,
            fleets=tuple(fleets),
            instances=instances,
            botocore=botocore_version(),
            origin=origin,
        ), profiles

    def plan(self, actual: tuple[LaunchState, Mapping[str, Optional[InstanceProfile]]]) -> LaunchPlan:
        """What to restore."""
        state, profiles = actual
        planned = {key: _plan_template(each, self._of_templates[key]) for key, each in state.templates.items()}
        templates = tuple(_template_row(key, planned.get(key), state.botocore) for key in self._of_templates)
        versions = {key: plan for key, plan in planned.items() if not unknown_in_versions(plan)}
        groups = tuple(_group_row(name, source, state) for name, source in self._of_groups.items())
        found = {each.name: each for each in state.fleets}
        fleets = tuple(_fleet_row(name, source, found.get(name), state.botocore) for name, source in self._of_fleets.items())
        members = self._plan_instances(state, profiles)
        return LaunchPlan(state, WantedProfile(), LaunchRows(groups, templates, fleets), versions, members)

    def _plan_instances(self, state: LaunchState, profiles: Mapping[str, Optional[InstanceProfile]]) -> AttachmentPlan:
        targets, failed_rows = {}, []
        for key, arn in self._of_instances.items():
            try:
                # Without a profile, the target would be to detach the present one.
                targets[key] = Target(usable_profile("undo", arn, profiles[name_in_arn(arn)]) if arn else None)
            except OptionError as error:
                failed_rows.append(Row(key, FAILED, reason="profile_not_found", msg=str(error).partition(": ")[2].rstrip(".")))
        plan = Desired(targets, Rules(named=False, include_managed=True)).plan(state.instances)
        return replace(plan, rows=(*plan.rows, *failed_rows))

    def apply(self, plan: LaunchPlan, done: Callable[[Change], None]) -> LaunchPlan:
        """Makes the calls; the returned plan has the outcome of each row."""
        return LaunchExecutor(plan, self._clients, self._spec, done).run()

    def result(self, plan: LaunchPlan) -> dict[str, Any]:
        """The module's return values."""
        return plan.as_result()


def _plan_template(template: Template, before: Mapping[str, Any]) -> TemplatePlan:
    default, latest = int(before["default_version"]), int(before["latest_version"])
    was, newest = template.versions[latest].data, template.versions[template.newest].data
    copied = () if comparable(was) == comparable(newest) else (NewVersion(template, latest, template.newest + 1, sendable(was)),)
    return TemplatePlan(template, {}, copied, None if template.default == default else default)


def _template_row(template_id: str, plan: Optional[TemplatePlan], botocore_version: str) -> LaunchRow:
    if plan is None:
        return LaunchRow(template_id, FAILED, reason="not_found", msg="there is no such launch template in this region")
    template = plan.template
    before = {"launch_template_id": template_id, "version": str(template.default)}
    row = LaunchRow(template.name, UNCHANGED, before, before, needed_template=template_id, msg=UP_TO_DATE)
    if not plan.changes:
        return row
    unknown = unknown_in_versions(plan)
    if unknown:
        return failed(row, unknown, botocore_version)
    after = {**before, "version": str(plan.default or template.default)}
    return replace(row, action=UPDATED, after=after, msg=RESTORED)


def _group_row(name: str, former: Mapping[str, Any], state: LaunchState) -> LaunchRow:
    group = state.groups.get(name)
    if group is None:
        return LaunchRow(name, FAILED, reason="not_found", msg="there is no such Auto Scaling group in this region")
    before, source = source_of(group), {key: each for key, each in former.items() if key not in (*SETTINGS, CONFIGURATION_CREATED)}
    row = LaunchRow(name, UNCHANGED, before, before, msg=UP_TO_DATE)
    if _is_another_configuration(former, state):
        return row.failed("not_found", DELETED.format(name=former.get(CONFIGURATION_NAME)))
    settings = tuple(settings_changes(group, former))
    has_source = source in ({}, before)
    unknown = None if has_source else unknown_in_source(group)
    if unknown:
        return failed(replace(row, before=None), unknown, state.botocore)
    steps = (*(() if has_source else (update_group(group, source),)), *settings)
    return replace(row, action=UPDATED, after=source or before, steps=steps, msg=RESTORED) if steps else row


def _is_another_configuration(former: Mapping[str, Any], state: LaunchState) -> bool:
    """Whether the launch configuration was deleted: somebody else may have created another one of its name, which the group would launch."""
    found = state.configurations.get(str(former.get(CONFIGURATION_NAME)), {})
    return CONFIGURATION_CREATED in former and created_at(found) != former[CONFIGURATION_CREATED]


def _fleet_row(name: str, source: Mapping[str, Any], fleet: Optional[Fleet], botocore_version: str) -> LaunchRow:
    if fleet is None:
        return LaunchRow(name, FAILED, reason="not_found", msg="there is no such fleet in this region, or it has ended")
    before = {CONFIGS: configs_of(fleet)}
    row = LaunchRow(name, UNCHANGED, before, before, msg=UP_TO_DATE, source=fleet)
    if before == source:
        return row
    unknown = unknown_in_source(fleet)
    if unknown:
        return failed(replace(row, before=None), unknown, botocore_version)
    return replace(row, action=UPDATED, after=source, steps=(update_fleet(fleet, source[CONFIGS]),), msg=RESTORED)
