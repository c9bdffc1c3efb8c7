# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that the next one would not be like: what replaces them launches with another instance profile.  Pure."""

from __future__ import annotations

from typing import Iterable, Mapping, Optional, Sequence

from .._common.identifiers import name_in_arn
from .._common.problem import Problem
from .._common.sentences import listed
from .._values.managers import PLACES
from .._values.replacer import Replacer
from .problems import PROBLEMS
from .row import Row

CODE = "reverts_on_replacement"
SHOWN = 3  # groups in a sentence
RIGHT = frozenset({"associated", "replaced", "detached", "unchanged"})  # actions that leave an instance as it is to be

MANAGED = "Set the instance profile {place}: {manager} looks after the group, and would undo a change of it."
PRESENT = (
    "Run keyless.ec2.launch_profile_attach with auto_scaling_groups={name} and instance_profile={profile}{also}, if all "
    "instances of the group are to have it."
)
ABSENT = (
    "Run keyless.ec2.launch_profile_attach with auto_scaling_groups={name} and state=absent{also}, if no instance of the group "
    "is to have one."
)
CONVERTED = " and convert_launch_configurations=true"


def reverting(replacer: Replacer, profile_name: Optional[str]) -> Problem:
    """The problem of instances that have this profile, or none, and are replaced by ones that may have others."""
    others = replacer.others(profile_name)
    values = {
        "kind": replacer.kind,
        "name": replacer.name,
        "launches": "launches" if set(others) == set(replacer.profile_names) else "may launch",
        "others": " or ".join(map(_with, others)),
        "own": _with(profile_name),
        "mend": _mend(replacer, profile_name),
    }
    return PROBLEMS[CODE].with_values(values)


def _with(profile_name: Optional[str]) -> str:
    return f"with {profile_name}" if profile_name else "without an instance profile"


def _mend(replacer: Replacer, profile_name: Optional[str]) -> str:
    if replacer.managed_by:
        return MANAGED.format(place=PLACES[replacer.managed_by], manager=replacer.managed_by)
    also = CONVERTED if replacer.has_configuration else ""
    return (PRESENT if profile_name else ABSENT).format(name=replacer.name, profile=profile_name, also=also)


def replacement(replacer: Replacer) -> str:
    """The end of a mend for an instance without a profile that would be replaced by one with the right one."""
    names = set(replacer.profile_names)
    (name,) = names if len(names) == 1 else (None,)
    return f", or have it replaced: the {replacer.kind} {replacer.name} launches the next instance with {name}" if name else ""


def reverting_rows(rows: Iterable[Row], replacers: Mapping[str, Replacer]) -> list[dict]:
    """The return value ``reverts_on_replacement``: the groups that would launch others than what their instances have now."""
    found: dict[tuple[Replacer, Optional[str]], list[str]] = {}
    for row in rows:
        replacer = replacers.get(row.instance_id)
        profile_name = name_in_arn(row.after) if row.after else None
        if replacer and row.action in RIGHT and row.reason != "other_profile" and replacer.others(profile_name):
            found.setdefault((replacer, profile_name), []).append(row.instance_id)
    return [_row(replacer, profile_name, ids) for (replacer, profile_name), ids in found.items()]


def _row(replacer: Replacer, profile_name: Optional[str], instance_ids: list[str]) -> dict:
    problem = reverting(replacer, profile_name)
    told = {"message": problem.message, "mend": problem.mend}
    return {"auto_scaling_group": replacer.name, "instance_ids": instance_ids, **told}


def reverting_warning(rows: Sequence[Mapping]) -> str:
    """One sentence or two of all the rows; empty for none."""
    if not rows:
        return ""
    if len(rows) == 1:
        return f"{rows[0]['message']} {rows[0]['mend']}"
    names = list(dict.fromkeys(row["auto_scaling_group"] for row in rows))
    return (
        f"Auto Scaling groups launch the next instance with another instance profile than their instances have now: "
        f"{listed(names, SHOWN)}. {CODE} in the result has the tasks that mend it."
    )
