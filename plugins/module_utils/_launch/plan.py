# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for everything that is selected: rows, new versions of launch templates, members, and the calls in order.  Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping

from .._attachment.plan import AttachmentPlan, Desired
from .._attachment.row import Rules, Target
from .._common.change import Change
from .._common.missing import Missing, missing_value
from .._common.plan_summary import Kind, summary
from .._values.launch import ALIASES, DEFAULT, LATEST, Fleet, Template, TemplateReference
from .changes import CONFIGS, configs_of, create_template, former_source, template_name, update_source
from .lost_permissions import lost_permission_warnings
from .row import ACTIONS, FAILED, SKIPPED, UPDATED, LaunchRow, LaunchRows
from .selection import immutable_fleet_warnings, wanted_of
from .spec import LaunchSpec
from .state import LaunchState
from .unknown import unless_unknown
from .versions import TemplatePlan, plan_template
from .wanted import Wanted

NOUNS = {"auto_scaling_groups": "group", "launch_templates": "template", "fleets": "fleet"}
NOTHING_SELECTED = "No Auto Scaling groups or launch templates selected."


@dataclass(frozen=True)
class LaunchPlan:
    """The rows, the plans of the launch templates by id, and that of the groups' members.

    ``state`` and ``wanted`` are what the plan was made from.  ``new_templates`` replace launch configurations, by name.
    """

    state: LaunchState
    wanted: Wanted
    rows: LaunchRows
    versions: Mapping[str, TemplatePlan]
    members: AttachmentPlan
    new_templates: Mapping[str, Change] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls: for launch templates, then groups and fleets, then members."""
        of_templates = (change for each in self.versions.values() for change in each.changes)
        of_sources = (change for row in self.rows for change in row.steps)
        return (*self.new_templates.values(), *of_templates, *of_sources, *self.members.changes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything is written."""
        warnings = (*(each.warning for each in self.missing), *self.notes)
        # An undo can have only instances.
        return warnings if self.rows.groups or self.rows.templates or self.members.items() else (*warnings, NOTHING_SELECTED)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What does not exist and is planned all the same."""
        return (*self.state.missing_profiles, *(row.missing for row in self.rows if row.missing))

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``: only what changes."""
        changing = [row for row in self.rows if row.action == UPDATED]
        members = self.members.diff()
        return {side: {**{row.name: getattr(row, side) for row in changing}, **members[side]} for side in ("before", "after")}

    def undo(self) -> dict[str, Any]:
        """The value of the option ``undo`` that restores everything that changes."""
        origin = self.state.origin
        return origin.undo(self.former_state()) if origin else self.former_state()

    def former_state(self) -> dict[str, Any]:
        """What everything that changes was before, by kind."""
        changing = [each.template for each in self.versions.values() if each.changes]
        groups = [self.state.groups[row.name] for row in self.rows.groups if row.steps]
        fleets = [row.source for row in self.rows.fleets if row.steps and isinstance(row.source, Fleet)]
        return {
            "launch_templates": {each.template_id: {"default_version": str(each.default), "latest_version": str(each.latest)} for each in changing},
            "auto_scaling_groups": {group.name: former_source(group, self.state.configurations) for group in groups},
            "fleets": {fleet.name: {CONFIGS: configs_of(fleet)} for fleet in fleets},
            "instances": self.members.undo(),
        }

    def counts(self) -> dict[str, Any]:
        """How many of each kind had each action."""
        found = {kind: Counter(row.action for row in rows) for kind, rows in self.rows.by_kind().items()}
        counts = {kind: {action: counter[action] for action in ACTIONS} for kind, counter in found.items()}
        return {**counts, "instances": self.members.counts()}

    def summary(self, planned: bool) -> str:
        """One sentence for people, which counts the groups, templates and fleets, and the instances of the groups."""
        of_members = Kind(self.members.items(), "instance")
        return summary([*self.kinds(), of_members], planned, [*self.failures(), *self.members.failures()], NOTHING_SELECTED)

    def kinds(self) -> list[Kind]:
        """The groups, templates and fleets for a sentence."""
        return [Kind([each.as_item() for each in rows], NOUNS[kind]) for kind, rows in self.rows.by_kind().items()]

    def failures(self) -> list[str]:
        """A sentence for each of them that failed."""
        return [f"{row.name}: {row.msg}" for row in self.rows if row.action == FAILED]

    def as_result(self) -> dict[str, Any]:
        """The module's return values."""
        return {
            **{kind: [row.as_result() for row in rows] for kind, rows in self.rows.by_kind().items()},
            "instances": [row.as_result() for row in self.members.rows],
            "counts": self.counts(),
            "undo": self.undo(),
            "failed": FAILED in (*(row.action for row in self.rows), *(row.action for row in self.members.rows)),
            **missing_value(self.missing),
        }


def plan_launch(spec: LaunchSpec, state: LaunchState) -> LaunchPlan:
    """The plan for the rows of the state."""
    wanted = wanted_of(spec, state)
    state, versions = _without_unknown(state, wanted)
    named = {row.name for row in (*state.rows.groups, *state.rows.fleets)}
    rows = state.rows.map(lambda row: with_versions(row, state, versions, wanted, named))
    members = plan_members(spec, state)
    new_templates = plan_new_templates(rows.groups, state, wanted) if spec.convert else {}
    notes = (
        *_sharing_warnings(rows),
        *immutable_fleet_warnings(state, wanted),
        *lost_permission_warnings(rows),
        *members.lost_permission_warnings(),
    )
    return LaunchPlan(state, wanted, rows, versions, members, new_templates, notes)


def _without_unknown(state: LaunchState, wanted: Wanted) -> tuple[LaunchState, dict[str, TemplatePlan]]:
    """The state with the rows that fail because of unknown members, and the template plans that the others need."""
    versions = plan_versions(state.rows, state, wanted)
    rows = state.rows.map(lambda row: unless_unknown(row, versions, state.botocore))
    # Without the rows that fail, templates can need other versions.
    return (state, versions) if rows == state.rows else _without_unknown(replace(state, rows=rows), wanted)


def _sharing_warnings(rows: Iterable[LaunchRow]) -> Iterator[str]:
    """A warning for each row whose launch template is used by others too."""
    for row in rows:
        if row.action == UPDATED and row.also_used_by:
            yield f"{row.name} shares its launch template with {', '.join(row.also_used_by)}."


def plan_members(spec: LaunchSpec, state: LaunchState) -> AttachmentPlan:
    """The plan for the members of the selected groups, whose manager is known from their group."""
    target = Target(state.profile, spec.only)
    ids = [each for row in state.rows.groups for each in _members_to_change(row, spec, state)]
    rules = Rules(on_conflict=spec.on_conflict, named=False, include_managed=True, on_loss=spec.on_loss)
    return Desired(dict.fromkeys(ids, target), rules, state.lost_permissions).plan(state.instances)


def _members_to_change(row: LaunchRow, spec: LaunchSpec, state: LaunchState) -> tuple[str, ...]:
    """The members of a group that may have to change, which can be necessary although the group itself is unchanged."""
    group = state.groups.get(row.name)
    is_left = row.action in (SKIPPED, FAILED) or (row.managed_by and not spec.include_managed)
    return (*group.instance_ids, *state.warm_pools.get(row.name, ())) if group and spec.members and not is_left else ()


def plan_new_templates(rows: Iterable[LaunchRow], state: LaunchState, wanted: Wanted) -> dict[str, Change]:
    """The launch templates to create in place of launch configurations, by name."""
    existing = {each.name for each in state.templates.values()}
    needed = [row for row in rows if row.needed_template and row.needed_template not in existing]
    names = [row.before["launch_configuration_name"] for row in needed if row.before]
    datas = {template_name(each): wanted.converted(state.configurations[each]) for each in sorted(set(names))}
    return {name: create_template(name, data) for name, data in datas.items()}


def plan_versions(rows: LaunchRows, state: LaunchState, wanted: Wanted) -> dict[str, TemplatePlan]:
    """The versions that the rows need, by template: one for each version that they use."""
    plans = {}
    for template_id in sorted({each.template_id for each in rows.references}):
        template = state.templates[template_id]
        own = [each for each in rows.references if each.template_id == template_id]
        sources = {state.number_of(each) for each in own}
        moves_default = any(each.version == DEFAULT for each in own)
        plans[template_id] = plan_template(template, sources, wanted, moves_default, _latest_is_used(template, own, state))
    return plans


def _latest_is_used(template: Template, own: Iterable[TemplateReference], state: LaunchState) -> bool:
    """Whether $Latest must stay what it was except for the profile: for those that use it, and if the template is selected."""
    if template.template_id in state.selected_template_ids:
        return True
    others = (each for source in state.sources_using(template.template_id) for each in source.references)
    references = [*own, *(each for each in others if each.template_id == template.template_id)]
    return any(each.version == LATEST for each in references)


def with_versions(
    row: LaunchRow, state: LaunchState, versions: Mapping[str, TemplatePlan], wanted: Wanted, selected: Iterable[str] = ()
) -> LaunchRow:
    """The row with its calls, what it launches afterwards, and the sources, other than ``selected``, that use its templates."""
    if not row.references:
        return row
    numbers = {each: versions[each.template_id].numbers[state.number_of(each)] for each in row.references}
    pinned = {each.override: number for each, number in numbers.items() if each.version not in ALIASES}
    steps = (update_source(row.source, pinned),) if row.source and pinned else ()
    first = row.references[0]
    current = state.current(first, wanted)
    after = {**state.as_result(first, wanted), "version": str(numbers[first]), **wanted.shown_after(current)}
    return replace(row, steps=steps, after=after, also_used_by=_others_using(row, state, selected))


def _others_using(row: LaunchRow, state: LaunchState, selected: Iterable[str]) -> tuple[str, ...]:
    """The names of groups and ids of fleets that use the templates that change for the row."""
    names = {source.name for each in row.references for source in state.sources_using(each.template_id)}
    return tuple(sorted(names - {row.name, *selected}))
