# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach's work: reads all that launches instances, plans, and makes the calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterable, Mapping, Optional

from .._attachment.lost_permissions import read_lost_permissions
from .._attachment.options import profile_name
from .._attachment.plan import AttachmentPlan, Desired
from .._attachment.row import Rules, Target
from .._aws.calls import each_in_parallel, in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.errors import OptionError
from .._values.instance_profile import InstanceProfile
from .._values.instances import InstanceSnapshot
from .._values.launch import Fleet, Group, Template
from .._values.managers import PROFILE_SETTINGS, manager_of_group
from .changes import template_name
from .fleets import asked_uses, fleet_rows, notes_of_fixed
from .loss import loss_notes, pairs_of, with_loss
from .plan import LaunchPlan, asked_groups, first_rows, new_templates, plan_versions, skipped, wanted_of, with_versions
from .row import FAILED, SKIPPED, UPDATED, LaunchRow
from .spec import LaunchSpec
from .state import LaunchState
from .writes import Writes

WORKERS = 8  # reads side by side


class LaunchJob:
    """Gives what launches instances another instance profile; ``_common.run`` says what the methods do."""

    def __init__(self, spec: LaunchSpec, clients: RegionClients) -> None:
        self._spec = spec
        self._clients = clients

    # Reading

    def read(self) -> LaunchState:
        """The groups, their templates, the profile; then the members, and the versions that a change can use again."""
        groups, matched, profile, fleets = in_parallel(self._read_groups, self._read_matched, self._read_profile, self._read_fleets)
        spec = replace(self._spec, groups=tuple(dict.fromkeys((*self._spec.groups, *matched))))
        asked = [groups[name] for name in spec.groups if name in groups]
        state = LaunchState(groups=groups, templates={}, matched=tuple(matched), profile=profile)
        templates, configurations, members = in_parallel(
            lambda: self._read_templates(asked),
            lambda: self._clients.auto_scaling.launch_configurations(
                each.launch_configuration_name for each in asked if each.launch_configuration_name
            ),
            lambda: self._read_members(asked),
        )
        named = {given: templates[given].template_id if given in templates else None for given in self._spec.templates}
        by_id = {template.template_id: template for template in templates.values()}
        warm, instances = members
        state = replace(state, templates=by_id, named=named, configurations=configurations, warm=warm, instances=instances)
        return self._with_later_versions(self._with_losses(self._with_versions_of(fleets, state)))

    def _read_groups(self) -> dict[str, Group]:
        return {group.name: group for group in self._clients.auto_scaling.list_groups()}

    def _read_matched(self) -> list[str]:
        if self._spec.filters is None:
            return []
        return [group.name for group in self._clients.auto_scaling.list_groups(self._spec.filters)]

    def _read_profile(self) -> Optional[InstanceProfile]:
        given = self._spec.profile
        if given is None:
            return None
        found = self._clients.iam.instance_profiles.find(profile_name("instance_profile", given))
        if found is None or not found.roles:
            what = "has no role" if found else "is not in this account"
            raise OptionError(
                "instance_profile",
                f"the instance profile {given!r} {what}.",
                "Check the spelling, or create it with keyless.ec2.iam_ec2_role.",
            )
        return found

    def _read_fleets(self) -> list[Fleet]:
        """Those that may be changed; who launches from the templates of groups is looked for only when these change."""
        return self._clients.fleets.list() if self._spec.templates else []

    def _with_versions_of(self, fleets: list[Fleet], state: LaunchState) -> LaunchState:
        """The state with the fleets, and with the versions that they use of the templates that are asked for."""
        state = state.with_fleets(fleets)
        lacking: dict[str, list[int]] = {}
        for use in (use for fleet in state.fleets for use in asked_uses(fleet, state) if not state.has(use)):
            lacking.setdefault(use.template_id, []).append(state.templates[use.template_id].number_of(use.version))
        return self._reading_on({template_id: min(numbers) for template_id, numbers in lacking.items()}, state)

    def _with_losses(self, state: LaunchState) -> LaunchState:
        """The state with what goes with the profiles that are given up, where that matters."""
        if self._spec.on_loss == "ignore":
            return state
        rows = self._decided(state)
        members = self._plan_members(rows[: len(asked_groups(self._spec, state))], state)
        pairs = [pair for row in rows for pair in pairs_of(row, state)]
        return replace(state, losses=read_lost_permissions(self._clients.iam, [*pairs, *(row.pair for row in members.rows)]))

    def _reading_on(self, first: Mapping[str, int], state: LaunchState) -> LaunchState:
        """The state with the versions of the templates from these numbers on."""

        def read_on(template_id: str) -> Template:
            template = state.templates[template_id]
            later = self._clients.launch_templates.read_since(template, first[template_id])
            return replace(template, newest=max((template.newest, *later)), versions={**template.versions, **later})

        read = each_in_parallel(read_on, first, WORKERS)
        return replace(state, templates={**state.templates, **dict(zip(first, read))})

    def _read_templates(self, groups: Iterable[Group]) -> dict[str, Template]:
        wanted: dict[str, list[str]] = {given: [] for given in self._spec.templates}
        if self._spec.convert:
            wanted.update({template_name(each): [] for each in _configuration_names(groups)})
        for group in groups:
            for use in group.uses:
                wanted.setdefault(use.template_id, []).append(use.version)
        return self._clients.launch_templates.read(wanted) if wanted else {}

    def _read_members(self, groups: list[Group]) -> tuple[Mapping[str, tuple[str, ...]], Optional[InstanceSnapshot]]:
        if not self._spec.members:
            return {}, None
        pools = [group.name for group in groups if group.has_warm_pool]
        warm = dict(zip(pools, map(tuple, each_in_parallel(self._clients.auto_scaling.warm_instance_ids, pools, WORKERS))))
        ids = [each for group in groups for each in (*group.instance_ids, *warm.get(group.name, ()))]
        return warm, self._clients.ec2.read_instances(ids) if ids else InstanceSnapshot({}, {})

    def _with_later_versions(self, state: LaunchState) -> LaunchState:
        """The state with the later versions of templates that need a new one: one may be there already."""
        rows = self._decided(state)
        sources: dict[str, set[int]] = {}
        for use in (use for row in rows for use in row.uses):
            sources.setdefault(use.template_id, set()).add(state.templates[use.template_id].number_of(use.version))
        if not sources:
            return state
        first = {template_id: min(numbers) for template_id, numbers in sources.items()}
        if self._spec.templates:
            return self._reading_on(first, state)
        fleets, state = in_parallel(self._clients.fleets.list, lambda: self._reading_on(first, state))
        return state.with_fleets(fleets)

    # Planning

    def _decided(self, state: LaunchState) -> tuple[LaunchRow, ...]:
        wanted = wanted_of(self._spec, state)
        groups, templates = first_rows(self._spec, state, wanted)
        users = (*groups, *fleet_rows(state, wanted))
        kept = [self._unless_managed(row) for row in users]
        rows = (*kept[: len(groups)], *templates, *kept[len(groups) :])
        return tuple(with_loss(row, state, self._spec.on_loss) for row in rows)

    def _unless_managed(self, row: LaunchRow) -> LaunchRow:
        manager = manager_of_group(row.user.tags) if row.user else ""
        if not manager:
            return row
        if row.action == UPDATED and not self._spec.include_managed:
            return skipped(row, manager, PROFILE_SETTINGS[manager])
        return replace(row, managed_by=manager)

    def plan(self, actual: LaunchState) -> LaunchPlan:
        """What to do with each."""
        wanted = wanted_of(self._spec, actual)
        decided = self._decided(actual)
        versions = plan_versions(decided, actual, wanted)
        asked = asked_groups(self._spec, actual)
        start, end = len(asked), len(asked) + len(set(self._spec.templates))
        told = {*asked, *(row.name for row in decided[end:])}
        rows = tuple(with_versions(row, actual, versions, wanted, told) for row in decided)
        groups, templates, fleets = rows[:start], rows[start:end], rows[end:]
        members = self._plan_members(groups, actual)
        creations = new_templates(groups, actual, wanted) if self._spec.convert else {}
        notes = (*_notes(rows), *notes_of_fixed(actual, wanted), *loss_notes(rows), *members.losing_warnings())
        return LaunchPlan(actual, wanted, groups, templates, fleets, versions, members, creations, notes)

    def _plan_members(self, groups: Iterable[LaunchRow], state: LaunchState) -> AttachmentPlan:
        target = Target(state.profile, self._spec.only)
        ids: list[str] = []
        for row in groups:
            group = state.groups.get(row.name)
            # What launches right may have instances that do not: those of a manager are its own all the same.
            is_left = row.action in (SKIPPED, FAILED) or (row.managed_by and not self._spec.include_managed)
            if group and self._spec.members and not is_left:
                ids += [*group.instance_ids, *state.warm.get(row.name, ())]
        # Whether they are a manager's is decided by the group.
        rules = Rules(self._spec.on_conflict, named=False, include_managed=True, on_loss=self._spec.on_loss)
        desired = Desired(dict.fromkeys(ids, target), rules, state.losses)
        return desired.plan(state.instances or InstanceSnapshot({}, {}))

    # Applying

    def apply(self, plan: LaunchPlan, done: Callable[[Change], None]) -> LaunchPlan:
        """Makes the calls; the plan returned says what came of each row."""
        return Writes(plan, self._clients, self._spec, done).run()

    def result(self, plan: LaunchPlan) -> dict[str, Any]:
        """The module's return values."""
        return result_of(plan)


def _configuration_names(groups: Iterable[Group]) -> list[str]:
    return [each.launch_configuration_name for each in groups if each.launch_configuration_name]


def result_of(plan: LaunchPlan) -> dict[str, Any]:
    """The module's return values."""
    return {
        "msg": plan.summary(),
        "auto_scaling_groups": [row.as_result() for row in plan.groups],
        "launch_templates": [row.as_result() for row in plan.templates],
        "fleets": [row.as_result() for row in plan.fleets],
        "instances": [row.as_result() for row in plan.members.rows],
        "counts": plan.counts(),
        "undo": plan.undo(),
        "failed": FAILED in (*(row.action for row in plan.rows), *(row.action for row in plan.members.rows)),
    }


def _notes(rows: Iterable[LaunchRow]) -> tuple[str, ...]:
    """Who else launches from what changes; told before anything is written."""
    notes = []
    for row in rows:
        if row.action == UPDATED and row.also_used_by:
            notes.append(f"{row.name} shares its launch template with {', '.join(row.also_used_by)}.")
    return tuple(notes)
