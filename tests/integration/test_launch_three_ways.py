# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach: check mode, the real run and the calls to AWS agree."""

from __future__ import annotations

import json
from typing import Callable, NamedTuple, Optional

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import as_actions, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.groups import NUMBERS
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

MAKE, CREATE, MOVE, UPDATE = "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "UpdateAutoScalingGroup"
REPLACE, DETACH = "ReplaceIamInstanceProfileAssociation", "DisassociateIamInstanceProfile"
WEB = {"instance_profile": "web"}
ABSENT = {"state": "absent"}


class Case(NamedTuple):
    """A function that creates the launch source, the other options, the calls, and the profile of the next instance.

    With ``undo``, the run undoes a run with the options.
    """

    make: Callable
    options: dict
    calls: list[str]
    after: Optional[str]
    undo: bool = False


def pinned(groups):
    return {"auto_scaling_groups": [groups.group(groups.template())]}


def default(groups):
    return {"auto_scaling_groups": [groups.group(groups.template(), "$Default")]}


def latest(groups):
    return {"auto_scaling_groups": [groups.group(groups.template(), "$Latest")]}


def pinned_beside_latest(groups):
    template = groups.template()
    groups.version(template, InstanceType="t3.large")
    groups.group(template, "$Latest", size=0)
    return {"auto_scaling_groups": [groups.group(template)]}


def mixed(groups):
    return {"auto_scaling_groups": [groups.mixed(groups.template(), groups.template(InstanceType="t4g.micro"))]}


def mixed_default(groups):
    return {"auto_scaling_groups": [groups.mixed(groups.template(), groups.template(InstanceType="t4g.micro"), "$Default")]}


def configured(groups):
    return {"auto_scaling_groups": [groups.configured()], "convert_launch_configurations": True}


def template(groups):
    made = groups.template()
    groups.version(made, InstanceType="t3.large")
    return {"launch_templates": [made]}


CASES = {
    "pinned": Case(pinned, WEB, [CREATE, UPDATE, REPLACE], "web"),
    "default": Case(default, WEB, [CREATE, MOVE, REPLACE], "web"),
    "latest": Case(latest, WEB, [CREATE, REPLACE], "web"),
    "pinned-beside-latest": Case(pinned_beside_latest, WEB, [CREATE, CREATE, UPDATE, REPLACE], "web"),
    "mixed": Case(mixed, WEB, [CREATE, CREATE, UPDATE, REPLACE], "web"),
    "mixed-default": Case(mixed_default, WEB, [CREATE, CREATE, MOVE, MOVE, REPLACE], "web"),
    "configured": Case(configured, WEB, [MAKE, UPDATE, REPLACE], "web"),
    "template": Case(template, WEB, [CREATE, CREATE, MOVE], None),
    "skipped": Case(pinned, {**WEB, "on_conflict": "skip"}, [], "old"),
    "without-members": Case(pinned, {**WEB, "members": False}, [CREATE, UPDATE], "web"),
    "absent-pinned": Case(pinned, ABSENT, [CREATE, UPDATE, DETACH], None),
    "absent-mixed": Case(mixed, ABSENT, [CREATE, CREATE, UPDATE, DETACH], None),
    "absent-configured": Case(configured, ABSENT, [MAKE, UPDATE, DETACH], None),
    "absent-other": Case(pinned, {**ABSENT, **WEB}, [], "old"),
    "undo-pinned": Case(pinned, WEB, [CREATE, UPDATE, REPLACE], "old", undo=True),
    "undo-default": Case(default, WEB, [CREATE, MOVE, REPLACE], "old", undo=True),
    "undo-mixed": Case(mixed, WEB, [CREATE, CREATE, UPDATE, REPLACE], "old", undo=True),
    "undo-configured": Case(configured, WEB, [UPDATE, REPLACE], "old", undo=True),
    "undo-template": Case(template, WEB, [CREATE, MOVE], None, undo=True),
}
USUAL = ["latest", "mixed", "configured", "template", "absent-pinned", "undo-mixed", "undo-configured"]
TASKS = {"check": ("--check", "--diff"), "real": ("--diff",), "again": ()}


@pytest.mark.parametrize("name", table(CASES, USUAL))
def test_three_ways(groups, controller, aws, name):
    case = CASES[name]
    made = case.make(groups)
    options = {**made, **case.options}
    if case.undo:
        options = {"undo": controller.module("launch_profile_attach", **options).succeeded().last["undo"]}
    keys = {task: f"AKIA-{name}-{task}-{next(NUMBERS)}" for task in TASKS}
    run = controller.modules([Task(task, "launch_profile_attach", options, keys[task], flags) for task, flags in TASKS.items()])
    check, real, again = map(run.of, TASKS)
    assert aws.calls(keys["check"]) and aws.writes(keys["check"]) == aws.writes(keys["again"]) == []
    assert sorted(call["operation"] for call in aws.writes(keys["real"])) == sorted(case.calls)
    assert told(check) == told(real)
    assert as_set(without_targets(real["actions"])) == as_set(logged(aws.writes(keys["real"])))
    assert (real["changed"], again["changed"]) == (bool(case.calls), False)
    for group in made.get("auto_scaling_groups", ()):
        assert groups.replace_one(group) == case.after


def told(result):
    """The return values without the ids that AWS assigns, and without the sentence, which says what is planned or what was done."""
    rows = [{**row, "association_id": None} for row in result["instances"]]
    keys = ("changed", "diff", "auto_scaling_groups", "launch_templates", "counts", "undo")
    return {**{key: result[key] for key in keys}, "instances": rows, "actions": without_new_template(result["actions"])}


def without_new_template(actions):
    """The actions; if one creates a launch template, without its name and id in those of the group that gets it."""
    if all(not each["operation"].endswith(MAKE) for each in actions):
        return actions
    return [
        {**each, "parameters": {**each["parameters"], "LaunchTemplate": None}} if each["operation"].endswith(UPDATE) else each for each in actions
    ]


def logged(writes):
    """The logged calls as actions, without the token that botocore adds."""
    actions = as_actions(writes)
    for action in actions:
        action["parameters"].pop("ClientToken", None)
    return actions


def as_set(actions):
    """Sorted, because independent calls are made in parallel."""
    return sorted(json.dumps(each, sort_keys=True) for each in actions)
