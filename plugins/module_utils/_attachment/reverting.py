# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances whose replacements would get another instance profile from their group or fleet.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional, Sequence

from .._common.identifiers import name_in_arn
from .._common.problem import Problem
from .._common.sentences import listed
from .._launch_sources.source import LaunchSource
from .._values.managers import setting_of
from .problems import PROBLEMS
from .row import Row

CODE = "reverts_on_replacement"
SHOWN = 3  # groups and fleets in a sentence
HAS_WANTED_PROFILE = frozenset({"associated", "replaced", "detached", "unchanged"})  # actions

MANAGED = "Set the instance profile {place}: {manager} manages {name}, and would undo another change."
FIXED = "A {kind} with launch specifications can't be changed: create a new one {own}, and cancel this one."
PRESENT = "Run keyless.ec2.launch_profile_attach with {which} and instance_profile={profile}{also}, if all instances of {name} should have it."
ABSENT = "Run keyless.ec2.launch_profile_attach with {which} and state=absent{also}, if no instance of {name} should have one."
CONVERTED = " and convert_launch_configurations=true"


def reverting(source: LaunchSource, profile_name: Optional[str]) -> Problem:
    """The problem of instances that have this profile, or none, and whose replacements may have others."""
    others = source.other_profile_names(profile_name)
    values = {
        "kind": source.kind,
        "name": source.name,
        "launches": "launches" if set(others) == set(source.profile_names) else "may launch",
        "others": " or ".join(map(_with_profile, others)),
        "own": _with_profile(profile_name),
        "fix": _fix(source, profile_name),
    }
    return PROBLEMS[CODE].with_values(values)


def _with_profile(profile_name: Optional[str]) -> str:
    return f"with {profile_name}" if profile_name else "without an instance profile"


def _fix(source: LaunchSource, profile_name: Optional[str]) -> str:
    if source.managed_by:
        return MANAGED.format(place=setting_of(source.managed_by), manager=source.managed_by, name=source.name)
    if not (source.is_group or source.template_ids):
        return FIXED.format(kind=source.kind, own=_with_profile(profile_name))
    which = f"auto_scaling_groups={source.name}" if source.is_group else f"launch_templates={','.join(source.template_ids)}"
    values = {"which": which, "name": source.name, "profile": profile_name}
    return (PRESENT if profile_name else ABSENT).format(also=CONVERTED if source.has_launch_configuration else "", **values)


def replacement(source: LaunchSource) -> str:
    """The end of the fix for an instance without a profile, if its replacement would have one."""
    names = set(source.profile_names)
    (name,) = names if len(names) == 1 else (None,)
    return f", or have it replaced: the {source.kind} {source.name} launches the next instance with {name}" if name else ""


def reverting_rows(rows: Iterable[Row], replacing: Mapping[str, LaunchSource]) -> list[dict[str, Any]]:
    """The return value ``reverts_on_replacement``: groups and fleets that launch with another profile than their instances have now."""
    found: dict[tuple[str, Optional[str]], tuple[LaunchSource, list[str]]] = {}
    for row in rows:
        source = replacing.get(row.instance_id)
        profile_name = name_in_arn(row.after) if row.after else None
        if source and row.action in HAS_WANTED_PROFILE and row.reason != "other_profile" and source.other_profile_names(profile_name):
            found.setdefault((source.name, profile_name), (source, []))[1].append(row.instance_id)
    return [_row(source, profile_name, ids) for (_name, profile_name), (source, ids) in found.items()]


def _row(source: LaunchSource, profile_name: Optional[str], instance_ids: list[str]) -> dict[str, Any]:
    problem = reverting(source, profile_name)
    which = {"auto_scaling_group": None, "fleet": None, "auto_scaling_group" if source.is_group else "fleet": source.name}
    return {**which, "instance_ids": instance_ids, "message": problem.message, "fix": problem.fix}


def reverting_warning(rows: Sequence[Mapping[str, Any]]) -> str:
    """The warning about all rows, empty if there are none."""
    if not rows:
        return ""
    if len(rows) == 1:
        return f"{rows[0]['message']} {rows[0]['fix']}"
    names = list(dict.fromkeys(row["auto_scaling_group"] or row["fleet"] for row in rows))
    return (
        f"These groups and fleets launch with another instance profile than their instances have now: "
        f"{listed(names, SHOWN)}. {CODE} in the result says how to fix each of them."
    )
