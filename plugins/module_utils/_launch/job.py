# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach: reads everything that launches instances, plans, and makes the calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterable, Mapping, Optional

from .._attachment.lost_permissions import read_lost_permissions
from .._aws.clients import botocore_version
from .._aws.parallel import each_in_parallel, in_parallel
from .._aws.region_clients import RegionClients
from .._aws.usable_profiles import find_usable
from .._common.change import Change
from .._common.errors import AwsError
from .._common.identifiers import account_in_arn
from .._common.missing import Missing
from .._common.origin import Origin
from .._values.instance_profile import InstanceProfile
from .._values.instances import InstanceSnapshot
from .._values.launch import Fleet, Template, TemplateReference
from .changes import template_name
from .executor import LaunchExecutor
from .lost_permissions import replaced_profiles, with_lost_permissions
from .plan import LaunchPlan, plan_launch, plan_members
from .selection import select, selected_references
from .spec import LaunchSpec
from .state import NO_INSTANCES, LaunchState

WORKERS = 8  # parallel reads


class LaunchJob:
    """Gives launch sources another instance profile; ``_common.run`` describes the methods."""

    def __init__(self, spec: LaunchSpec, clients: RegionClients) -> None:
        self._spec = spec
        self._clients = clients

    # Reading

    def read(self, check_mode: bool = False) -> LaunchState:
        """The groups, templates and profile, and the decision; then the versions that the change can use again."""
        groups, matched, (profile, missing), fleets = in_parallel(
            self._clients.auto_scaling.list_groups, self._list_matching_groups, lambda: self._find_profile(check_mode), self._list_fleets
        )
        names = tuple(dict.fromkeys((*self._spec.groups, *matched)))
        origin = Origin(self._account(profile), self._clients.region)
        found = {group.name: group for group in groups}
        state = LaunchState(
            found,
            group_names=names,
            profile=profile,
            botocore=botocore_version(),
            origin=origin,
            missing_profiles=missing,
            plans_missing=check_mode,
        )
        templates, configurations, members = in_parallel(
            lambda: self._read_templates(state),
            lambda: self._clients.auto_scaling.launch_configurations(_configuration_names(state)),
            lambda: self._read_members(state),
        )
        state = replace(
            state,
            templates={template.template_id: template for template in templates.values()},
            template_ids={given: templates[given].template_id if given in templates else None for given in self._spec.templates},
            template_names=self._names_of_templates(templates),
            configurations=configurations,
            warm_pools=members[0],
            instances=members[1],
        )
        state = self._with_versions_of_fleets(state.with_fleets(fleets))
        self._spec = self._prepared(state)
        state = replace(state, rows=select(self._spec, state))
        return self._with_later_versions(self._with_lost_permissions(state))

    def _prepared(self, _state: LaunchState) -> LaunchSpec:
        """The spec for the decision, which may depend on what was read."""
        return self._spec

    def _list_matching_groups(self) -> list[str]:
        if self._spec.filters is None:
            return []
        return [group.name for group in self._clients.auto_scaling.list_groups(self._spec.filters)]

    def _find_profile(self, plans_missing: bool) -> tuple[Optional[InstanceProfile], tuple[Missing, ...]]:
        given = self._spec.profile
        if given is None:
            return None, ()
        profiles, missing = find_usable(self._clients.iam.instance_profiles, "instance_profile", [given], self._clients.place, plans_missing)
        return profiles[given], missing

    def _account(self, profile: Optional[InstanceProfile]) -> Optional[str]:
        """The account, which the ARN of the profile names; None if it is not known."""
        if profile:
            return account_in_arn(profile.known_arn)
        try:
            return self._clients.account()
        except AwsError:
            return None

    def _list_fleets(self) -> list[Fleet]:
        """The fleets, which only change if templates are selected; for groups they are listed once a template has to change."""
        return self._clients.fleets.list() if self._spec.templates else []

    def _read_templates(self, state: LaunchState) -> dict[str, Template]:
        wanted: dict[str, list[str]] = {given: [] for given in self._spec.templates}
        if self._spec.convert:
            wanted.update({template_name(each): [] for each in _configuration_names(state)})
        for group in state.selected_groups:
            for reference in group.references:
                wanted.setdefault(reference.template_id, []).append(reference.version)
        return self._clients.launch_templates.read(wanted) if wanted else {}

    def _names_of_templates(self, found: Mapping[str, Template]) -> tuple[str, ...]:
        """The names of all launch templates if a selected one does not exist, to suggest one of them."""
        if all(given in found for given in self._spec.templates):
            return ()
        try:
            return tuple({each.name: None for each in self._clients.launch_templates.list().values()})
        except AwsError:
            return ()

    def _read_members(self, state: LaunchState) -> tuple[Mapping[str, tuple[str, ...]], InstanceSnapshot]:
        """The instances of the warm pools by group, and all members of the selected groups."""
        if not self._spec.members:
            return {}, NO_INSTANCES
        groups = state.selected_groups
        names = [group.name for group in groups if group.has_warm_pool]
        pools = dict(zip(names, map(tuple, each_in_parallel(self._clients.auto_scaling.warm_instance_ids, names, WORKERS))))
        ids = [each for group in groups for each in (*group.instance_ids, *pools.get(group.name, ()))]
        return pools, self._clients.ec2.read_instances(ids) if ids else NO_INSTANCES

    def _with_versions_of_fleets(self, state: LaunchState) -> LaunchState:
        """The state with the versions of selected templates that fleets use."""
        references = (each for fleet in state.fleets for each in selected_references(fleet, state))
        return self._with_versions_from([each for each in references if not state.has(each)], state)

    def _with_lost_permissions(self, state: LaunchState) -> LaunchState:
        """The state with the permissions that are lost, and the decision that follows from them."""
        # The role in a profile that does not exist is not known.
        if self._spec.on_loss == "ignore" or state.missing_profiles:
            return state
        pairs = (pair for row in state.rows for pair in replaced_profiles(row, state))
        of_members = (row.profile_change for row in plan_members(self._spec, state).rows)
        state = replace(state, lost_permissions=read_lost_permissions(self._clients.iam, [*pairs, *of_members]))
        return replace(state, rows=state.rows.map(lambda row: with_lost_permissions(row, state, self._spec.on_loss)))

    def _with_later_versions(self, state: LaunchState) -> LaunchState:
        """The state with the later versions of templates that need a new version, because it may already exist."""
        references = state.rows.references
        if self._spec.templates or not references:
            return self._with_versions_from(references, state)
        fleets, state = in_parallel(self._clients.fleets.list, lambda: self._with_versions_from(references, state))
        return state.with_fleets(fleets)

    def _with_versions_from(self, references: Iterable[TemplateReference], state: LaunchState) -> LaunchState:
        """The state with all versions of these templates from the first of these versions on."""
        first: dict[str, int] = {}
        for each in references:
            number = state.number_of(each)
            first[each.template_id] = min(number, first.get(each.template_id, number))

        def read_on(template_id: str) -> Template:
            template = state.templates[template_id]
            later = self._clients.launch_templates.read_since(template, first[template_id])
            return replace(template, newest=max((template.newest, *later)), versions={**template.versions, **later})

        read = each_in_parallel(read_on, first, WORKERS)
        return replace(state, templates={**state.templates, **dict(zip(first, read))})

    # Planning and applying

    def plan(self, actual: LaunchState) -> LaunchPlan:
        """What to do with everything that is selected."""
        return plan_launch(self._spec, actual)

    def apply(self, plan: LaunchPlan, done: Callable[[Change], None]) -> LaunchPlan:
        """Makes the calls; the returned plan has the outcome of each row."""
        return LaunchExecutor(plan, self._clients, self._spec, done).run()

    def result(self, plan: LaunchPlan) -> dict[str, Any]:
        """The module's return values."""
        return plan.as_result()


def _configuration_names(state: LaunchState) -> list[str]:
    return [each.launch_configuration_name for each in state.selected_groups if each.launch_configuration_name]
