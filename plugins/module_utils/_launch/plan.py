# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for all that launches instances: a row for each, the versions that are made, and the calls in order.  Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Mapping

from .._attachment.plan import AttachmentPlan
from .._common.change import Change
from .._common.identifiers import name_in_arn
from .._common.suggestions import did_you_mean
from .._launch_sources.launch_configuration import template_data
from .._values.launch import ALIASES, DEFAULT, LATEST, Fleet, Group, Template, Use
from .changes import CONFIGS, configs_of, create_template, moved, source_of, template_name, update_group
from .row import ACTIONS, FAILED, SKIPPED, UPDATED, LaunchRow, verdict
from .spec import LaunchSpec, Wanted
from .state import LaunchState
from .versions import TemplatePlan, comparable, plan_template

SHOWN_IN_MESSAGE = 3  # failures


@dataclass(frozen=True)
class LaunchPlan:
    """A row for each group and each launch template that is asked for, and for their fleets; the plans of the templates, and the members'.

    ``state`` and ``wanted`` are what it was made from, ``creations`` the templates that take the place of launch configurations.
    """

    state: LaunchState
    wanted: Wanted
    groups: tuple[LaunchRow, ...]
    templates: tuple[LaunchRow, ...]
    fleets: tuple[LaunchRow, ...]
    versions: Mapping[str, TemplatePlan]
    members: AttachmentPlan
    creations: Mapping[str, Change] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All calls: the templates', then the groups' and the fleets', then the members'."""
        of_templates = (change for each in self.versions.values() for change in each.changes)
        of_users = (change for row in (*self.groups, *self.fleets) for change in row.steps)
        return (*self.creations.values(), *of_templates, *of_users, *self.members.changes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know before anything is written."""
        nothing = ("There is nothing to work on: no Auto Scaling group matches, or none is named.",)
        return self.notes if self.groups or self.templates else (*self.notes, *nothing)

    @property
    def rows(self) -> tuple[LaunchRow, ...]:
        """Those of the groups, of the templates and of the fleets."""
        return (*self.groups, *self.templates, *self.fleets)

    def diff(self) -> dict[str, Any]:
        """The return value ``diff``: of what changes."""
        changing = [row for row in self.rows if row.action == UPDATED]
        members = self.members.diff()
        return {side: {**{row.name: getattr(row, side) for row in changing}, **members[side]} for side in ("before", "after")}

    def undo(self) -> dict[str, Any]:
        """What puts back what was there, for the option ``undo``: by the ids or names of what has changed."""
        changing = [each.template for each in self.versions.values() if each.changes]
        groups = [self.state.groups[row.name] for row in self.groups if row.steps]
        return {
            "launch_templates": {each.template_id: {"default_version": str(each.default), "latest_version": str(each.latest)} for each in changing},
            "auto_scaling_groups": {group.name: source_of(group) for group in groups},
            "fleets": {row.name: {CONFIGS: configs_of(row.user)} for row in self.fleets if row.steps and isinstance(row.user, Fleet)},
            "instances": self.members.undo(),
        }

    def counts(self) -> dict[str, Any]:
        """How many of each kind had each action."""
        kinds = {"auto_scaling_groups": self.groups, "launch_templates": self.templates, "fleets": self.fleets}
        found = {kind: Counter(row.action for row in rows) for kind, rows in kinds.items()}
        shown = {kind: {action: counter[action] for action in ACTIONS} for kind, counter in found.items()}
        return {**shown, "instances": self.members.counts()}

    def summary(self) -> str:
        """One sentence for people."""
        counts = self.counts()
        words = {kind: kind.replace("_", " ").replace("auto scaling", "Auto Scaling") for kind in counts}
        parts = [
            f"{word}: " + ", ".join(f"{count} {action}" for action, count in counts[kind].items() if count)
            for kind, word in words.items()
            if any(counts[kind].values())
        ]
        failures = [f"{row.name}: {row.msg}" for row in self.rows if row.action == FAILED]
        failures += [f"{row.instance_id}: {row.msg}" for row in self.members.rows if row.action == FAILED]
        more = f"; and {len(failures) - SHOWN_IN_MESSAGE} more" if len(failures) > SHOWN_IN_MESSAGE else ""
        told = f". {'; '.join(failures[:SHOWN_IN_MESSAGE])}{more}" if failures else "."
        return ("; ".join(parts) or "Nothing to work on") + told


def asked_groups(spec: LaunchSpec, state: LaunchState) -> tuple[str, ...]:
    """The names of the groups that are asked for."""
    return tuple(dict.fromkeys((*spec.groups, *state.matched)))


def first_rows(spec: LaunchSpec, state: LaunchState, wanted: Wanted) -> tuple[tuple[LaunchRow, ...], tuple[LaunchRow, ...]]:
    """A row for each group and each template that is asked for, before it is known which versions that takes."""
    groups = tuple(_group_row(name, state, wanted, spec.convert) for name in asked_groups(spec, state))
    templates = tuple(_template_row(given, state, wanted) for given in dict.fromkeys(spec.templates))
    return groups, templates


def _group_row(name: str, state: LaunchState, wanted: Wanted, convert: bool) -> LaunchRow:
    group = state.groups.get(name)
    if group is None:
        msg = f"there is no such Auto Scaling group in this region. {did_you_mean(name, state.groups)}"
        return LaunchRow(name, FAILED, reason="not_found", msg=msg.rstrip(" ."))
    missing = [use.template_id for use in group.uses if use.template_id not in state.templates]
    if missing:
        msg = f"its launch template {missing[0]} is not there any more; give the group another one"
        return LaunchRow(name, FAILED, reason="not_found", msg=msg, user=group)
    if not group.uses:
        return _configuration_row(group, state, wanted, convert)
    action, reason, msg, uses = verdict({use: state.profile_name(use) for use in group.uses}, wanted)
    before = state.shown(group.uses[0])
    return LaunchRow(name, action, before, before, reason=reason, msg=msg, uses=uses, user=group)


def _configuration_row(group: Group, state: LaunchState, wanted: Wanted, convert: bool) -> LaunchRow:
    """A launch configuration can't be changed: a launch template of its name takes its place, where that is allowed."""
    name = group.launch_configuration_name or ""
    held = name_in_arn(state.configurations.get(name, {}).get("IamInstanceProfile") or "") or None
    before = {"launch_configuration_name": name, "instance_profile": held}
    action, reason, msg, _uses = verdict({Use("", ""): held}, wanted)
    row = LaunchRow(group.name, action, before, before, reason=reason, msg=msg, user=group)
    if action != UPDATED:
        return row
    if not convert:
        fix = "set convert_launch_configurations to true to put a launch template in its place, or give the group one"
        return row.failed("launch_configuration", f"its launch configuration {name} can't be changed: {fix}")
    return _converted(row, group, state, wanted)


def _converted(row: LaunchRow, group: Group, state: LaunchState, wanted: Wanted) -> LaunchRow:
    configuration = group.launch_configuration_name or ""
    name = template_name(configuration)
    there = next((each for each in state.templates.values() if each.name == name), None)
    data = template_data(state.configurations[configuration], wanted.name)
    if there and comparable(there.version(DEFAULT).data) != comparable(data):
        msg = f"there is another launch template {name}, of the name of its launch configuration; give the group a template"
        return row.failed("conflict", msg)
    version = str(there.default if there else 1)
    steps = (update_group(group, {"LaunchTemplate": {"LaunchTemplateName": name, "Version": version}}),)
    after = {"launch_template_name": name, "version": version, "instance_profile": wanted.name}
    return replace(row, after=after, steps=steps, template_id=name, msg=f"{row.msg}; the launch template {name} is made for it")


def new_templates(rows: Iterable[LaunchRow], state: LaunchState, wanted: Wanted) -> dict[str, Change]:
    """The templates to be made in the place of launch configurations, by name."""
    there = {each.name for each in state.templates.values()}
    needed = [row for row in rows if row.template_id and row.template_id not in there]
    names = [row.before["launch_configuration_name"] for row in needed if row.before]
    datas = {template_name(each): template_data(state.configurations[each], wanted.name) for each in sorted(set(names))}
    return {name: create_template(name, data) for name, data in datas.items()}


def _template_row(given: str, state: LaunchState, wanted: Wanted) -> LaunchRow:
    template = state.templates.get(state.named.get(given) or "")
    if template is None:
        return LaunchRow(given, FAILED, reason="not_found", msg="there is no such launch template in this region")
    uses = (Use(template.template_id, DEFAULT), Use(template.template_id, LATEST))
    action, reason, msg, changing = verdict({use: state.profile_name(use) for use in uses}, wanted)
    before = state.shown(uses[0])
    return LaunchRow(template.name, action, before, before, reason=reason, msg=msg, uses=changing)


def plan_versions(rows: Iterable[LaunchRow], state: LaunchState, wanted: Wanted) -> dict[str, TemplatePlan]:
    """The versions that the rows need, by template: one for each version that they use."""
    uses = [use for row in rows for use in row.uses]
    plans = {}
    for template_id in sorted({use.template_id for use in uses}):
        template = state.templates[template_id]
        own = [use for use in uses if use.template_id == template_id]
        sources = {template.number_of(use.version) for use in own}
        moves_default = any(use.version == DEFAULT for use in own)
        latest_is_used = _latest_is_used(template, own, state)
        plans[template_id] = plan_template(template, sources, wanted, moves_default, latest_is_used)
    return plans


def _latest_is_used(template: Template, own: Iterable[Use], state: LaunchState) -> bool:
    """Whether $Latest is to stay what it was but for the profile: for those who use it, and where the template is asked for."""
    if template.template_id in state.asked_templates:
        return True
    users = state.users_of(template.template_id)
    uses = [*own, *(use for user in users for use in user.uses if use.template_id == template.template_id)]
    return any(use.version == LATEST for use in uses)


def with_versions(row: LaunchRow, state: LaunchState, versions: Mapping[str, TemplatePlan], wanted: Wanted, asked: Iterable[str] = ()) -> LaunchRow:
    """The row with its calls, what it launches afterwards, and who else, of those not ``asked`` for, uses its templates."""
    if not row.uses:
        return row
    numbers = {use: versions[use.template_id].numbers[_number(use, state)] for use in row.uses}
    pinned = {use.override: number for use, number in numbers.items() if use.version not in ALIASES}
    steps = (moved(row.user, pinned),) if row.user and pinned else ()
    first = row.uses[0]
    after = {**state.shown(first), "version": str(numbers[first]), "instance_profile": wanted.name}
    return replace(row, steps=steps, after=after, also_used_by=others_of(row, state, asked))


def _number(use: Use, state: LaunchState) -> int:
    return state.templates[use.template_id].number_of(use.version)


def others_of(row: LaunchRow, state: LaunchState, asked: Iterable[str]) -> tuple[str, ...]:
    """Who else launches from the templates that change for the row: names of groups, ids of fleets."""
    users = {user.name for use in row.uses for user in state.users_of(use.template_id)}
    return tuple(sorted(users - {row.name, *asked}))


def skipped(row: LaunchRow, manager: str, place: str) -> LaunchRow:
    """The row of a group or a fleet that something else looks after."""
    msg = f"{manager} looks after it and would undo the change: set the instance profile {place}, or set include_managed"
    return replace(row, action=SKIPPED, reason="managed", managed_by=manager, msg=msg, uses=(), steps=(), after=row.before)


def wanted_of(spec: LaunchSpec, state: LaunchState) -> Wanted:
    """What is wanted, with the profile as IAM has it."""
    return Wanted(state.profile, spec.only, spec.on_conflict)
