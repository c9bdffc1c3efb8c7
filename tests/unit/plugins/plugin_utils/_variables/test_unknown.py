# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_variables.unknown: which variables a role does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.filter.role_variables import VALUES, FilterModule, options_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.unknown import OTHERS, unknown_variables

CHECKOUT = Path(__file__).resolve().parents[5]
UNKNOWN, OWN = "{0}: is not a variable of the role attach.", "If it is your own, rename it, for example to my_{0}."
OPTIONS = {"attach_on_conflict", "attach_wait"}


@pytest.mark.parametrize(
    ("role", "names", "expected"),
    [
        ("attach", ["attach_wait", "__attach_request", "attached", "other_attach_x", "attach_result"], []),
        ("attach", ["attach_on_conflct"], [f"{UNKNOWN} Did you mean attach_on_conflict? {OWN}".format("attach_on_conflct")]),
        ("attach", ["attach_on"], [f"{UNKNOWN} Did you mean attach_on_conflict? {OWN}".format("attach_on")]),
        ("attach", ["attach_zzz"], [f"{UNKNOWN} {OWN}".format("attach_zzz")]),
        ("launch", ["launch_group_name", "launch_group_x", "launch_time"], []),
        ("launch_group", ["launch_name"], []),
    ],
)
def test_unknown_names_with_the_prefix_are_errors(role, names, expected):
    assert unknown_variables(role, names, OPTIONS) == expected


def test_values_are_checked_for_every_role_that_gives_them():
    """A role that the table lacks would fail with a KeyError."""
    texts = {path.parents[1].name: path.read_text(encoding="utf-8") for path in CHECKOUT.glob("roles/*/vars/main.yml")}
    giving = {name for text in texts.values() for name in re.findall(r"keyless\.ec2\.role_variables\('(\w+)', ", text)}
    assert set(OTHERS) == set(texts) and giving and giving == set(VALUES)


@pytest.mark.parametrize("role", OTHERS)
def test_the_options_are_those_of_the_argument_spec(role):
    names = [*options_of(role), *OTHERS[role], f"{role}_x"]
    found = FilterModule().filters()["role_variables"](names, role)
    assert [each.partition(":")[0] for each in found] == [f"{role}_x"]


def names_set_by(tasks):
    """The variables that tasks set, at any depth."""
    if isinstance(tasks, list):
        for task in tasks:
            yield from names_set_by(task)
    elif isinstance(tasks, dict):
        if isinstance(tasks.get("register"), str):
            yield tasks["register"]
        yield from (name for name in [(tasks.get("loop_control") or {}).get("loop_var")] if name)
        for module in ("ansible.builtin.set_fact", "ansible.builtin.set_stats"):
            yield from (tasks.get(module) or {}).get("data", tasks.get(module) or {})
        for each in tasks.values():
            yield from names_set_by(each)


@pytest.mark.parametrize("role", OTHERS)
def test_what_a_role_or_its_playbook_sets_is_known(role):
    tasks = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((CHECKOUT / "roles" / role).glob("tasks/*.yml"))]
    own = {name for name in names_set_by(tasks) if name.startswith(f"{role}_")}
    assert own and own <= set(OTHERS[role])
