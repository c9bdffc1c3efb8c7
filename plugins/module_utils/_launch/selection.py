# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides what to do with each selected group and launch template, and with the fleets that use these templates.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Iterator

from .._common.missing import PLANNED, Missing
from .._common.suggestions import did_you_mean
from .._values.launch import ALIASES, DEFAULT, LATEST, Fleet, Group, TemplateReference
from .._values.managers import Manager, manager_of_group
from .._values.unknown_members import unknown_members
from .changes import template_name, update_group
from .row import FAILED, SKIPPED, UPDATED, LaunchRow, LaunchRows
from .spec import LaunchSpec
from .state import LaunchState
from .unknown import failed
from .versions import comparable
from .wanted import Wanted, WantedProfile

GROUP, TEMPLATE = "Auto Scaling group", "launch template"
CHECK_NAME = "; check the name and the option region"


def wanted_of(spec: LaunchSpec, state: LaunchState) -> Wanted:
    """What is wanted; an instance profile as IAM has it."""
    return spec.wanted or WantedProfile(state.profile, spec.only, spec.on_conflict)


def select(spec: LaunchSpec, state: LaunchState) -> LaunchRows:
    """A row for everything that is selected, without the calls, which depend on the versions that will be created."""
    wanted = wanted_of(spec, state)
    groups = tuple(_group_row(name, state, wanted, spec.convert) for name in state.group_names)
    templates = tuple(_template_row(given, state, wanted) for given in state.template_ids)
    return LaunchRows(groups, templates, _fleet_rows(state, wanted)).map(lambda row: _unless_managed(row, wanted, spec.include_managed))


def _unless_managed(row: LaunchRow, wanted: Wanted, include_managed: bool) -> LaunchRow:
    manager, tag = manager_of_group(row.source.tags) if row.source else Manager()
    if not manager:
        return row
    if row.action == UPDATED and not include_managed:
        return row.skipped(manager, tag, wanted.setting(manager))
    return replace(row, managed_by=manager)


# Groups


def _group_row(name: str, state: LaunchState, wanted: Wanted, convert: bool) -> LaunchRow:
    group = state.groups.get(name)
    if group is None:
        return _missing_row(name, GROUP, state.groups, state)
    missing = [each.template_id for each in group.references if each.template_id not in state.templates]
    if missing:
        msg = f"its launch template {missing[0]} no longer exists; give the group another one"
        return LaunchRow(name, FAILED, reason="not_found", msg=msg, source=group)
    if not group.references:
        return _configuration_row(group, state, wanted, convert)
    action, reason, msg, changing = wanted.decide({each: state.current(each, wanted) for each in group.references})
    before = state.as_result(group.references[0], wanted)
    return LaunchRow(name, action, before, before, reason=reason, msg=msg, references=changing, source=group)


def _missing_row(name: str, kind: str, known: Iterable[str], state: LaunchState) -> LaunchRow:
    """The row of something that does not exist: in check mode, an earlier task would have created it."""
    found = did_you_mean(name, known)
    msg = f"there is no such {kind} in {state.place}{f'. {found}' if found else CHECK_NAME}"
    row = LaunchRow(name, FAILED, reason="not_found", msg=msg.rstrip("."))
    return replace(row, action=SKIPPED, missing=Missing(kind, name, f"{name}: {msg}"), msg=PLANNED) if state.plans_missing else row


def _configuration_row(group: Group, state: LaunchState, wanted: Wanted, convert: bool) -> LaunchRow:
    """A launch configuration can't be changed, only replaced with a launch template of its name."""
    name = group.launch_configuration_name or ""
    current = wanted.current_of_configuration(state.configurations.get(name, {}))
    before = {"launch_configuration_name": name, **wanted.shown(current)}
    action, reason, msg, _references = wanted.decide({TemplateReference("", ""): current})
    row = LaunchRow(group.name, action, before, before, reason=reason, msg=msg, source=group)
    if action != UPDATED:
        return row
    if not convert:
        return row.failed("launch_configuration", f"its launch configuration {name} can't be changed: {wanted.conversion}")
    return _converted(row, name, group, state, wanted)


def _converted(row: LaunchRow, configuration: str, group: Group, state: LaunchState, wanted: Wanted) -> LaunchRow:
    name = template_name(configuration)
    other = _of_the_same_template(configuration, name, state)
    if other:
        msg = f"{configuration} and {other} would be replaced with launch templates of the same name, {name}; give the group a launch template"
        return row.failed("conflict", msg)
    found = next((each for each in state.templates.values() if each.name == name), None)
    unknown = unknown_members(state.configurations[configuration])
    if unknown:
        return failed(row, unknown, state.botocore)
    data = wanted.converted(state.configurations[configuration])
    if found and comparable(found.version(DEFAULT).data) != comparable(data):
        msg = f"another launch template already has the name of its launch configuration, {name}; give the group a launch template"
        return row.failed("conflict", msg)
    version = str(found.default if found else 1)
    # By its id, because somebody else's could have the name when the group is changed.  A new one gets its id when it is created.
    named = {"LaunchTemplateId": found.template_id} if found else {"LaunchTemplateName": name}
    steps = (update_group(group, {"LaunchTemplate": {**named, "Version": version}}),)
    current = wanted.current_of_configuration(state.configurations[configuration])
    after = {"launch_template_name": name, "version": version, **wanted.shown_after(current)}
    return replace(row, after=after, steps=steps, needed_template=name, msg=f"{row.msg}; the launch template {name} is created for it")


def _of_the_same_template(configuration: str, name: str, state: LaunchState) -> str:
    """Another launch configuration whose launch template would have this name; empty if there is none, or if the name is exactly that of this one."""
    others = (each for each in sorted(state.configurations) if each != configuration and template_name(each) == name)
    return "" if configuration == name else next(others, "")


# Launch templates


def _template_row(given: str, state: LaunchState, wanted: Wanted) -> LaunchRow:
    template = state.templates.get(state.template_ids[given] or "")
    if template is None:
        return _missing_row(given, TEMPLATE, state.template_names, state)
    references = (TemplateReference(template.template_id, DEFAULT), TemplateReference(template.template_id, LATEST))
    action, reason, msg, changing = wanted.decide({each: state.current(each, wanted) for each in references})
    before = state.as_result(references[0], wanted)
    return LaunchRow(template.name, action, before, before, reason=reason, msg=msg, references=changing)


# Fleets


def selected_references(fleet: Fleet, state: LaunchState) -> tuple[TemplateReference, ...]:
    """The fleet's references to selected templates; it may have others."""
    return tuple(each for each in fleet.references if each.template_id in state.selected_template_ids)


def _fleet_rows(state: LaunchState, wanted: Wanted) -> tuple[LaunchRow, ...]:
    """A row for each fleet that uses a selected template and can be changed."""
    used = ((fleet, selected_references(fleet, state)) for fleet in state.fleets if not fleet.immutable_kind)
    return tuple(_fleet_row(fleet, references, state, wanted) for fleet, references in used if references)


def _fleet_row(fleet: Fleet, references: tuple[TemplateReference, ...], state: LaunchState, wanted: Wanted) -> LaunchRow:
    missing = [each for each in references if not state.has(each)]
    if missing:
        msg = f"version {missing[0].version} of its launch template no longer exists; give the fleet another one"
        return LaunchRow(fleet.name, SKIPPED, reason="not_found", msg=msg, source=fleet)
    action, reason, msg, changing = wanted.decide({each: state.current(each, wanted) for each in references})
    before = state.as_result(references[0], wanted)
    return LaunchRow(fleet.name, action, before, before, reason=reason, msg=msg, references=changing, source=fleet)


def immutable_fleet_warnings(state: LaunchState, wanted: Wanted) -> Iterator[str]:
    """A warning for each fleet that keeps another profile because AWS cannot change it."""
    for fleet in state.fleets:
        pinned = [each for each in selected_references(fleet, state) if each.version not in ALIASES and state.has(each)]
        current = {each: state.current(each, wanted) for each in pinned}
        if fleet.immutable_kind and current and wanted.decide(current)[0] == UPDATED:
            name = state.templates[pinned[0].template_id].name
            yield (
                f"{fleet.name} launches from version {pinned[0].version} of {name}. AWS cannot change what {fleet.immutable_kind} launch. "
                "Create a new one from the new version, and cancel this one."
            )
