# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's defaults, its argument spec, its README and its tests have the same variables."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
ROLES, EFFECTS = CHECKOUT / "roles", CHECKOUT / "tests" / "integration" / "variables"


@pytest.fixture(params=sorted(path.name for path in ROLES.iterdir()), name="role")
def _role(request):
    return ROLES / request.param


@cache
def load(role, name):
    return yaml.safe_load((role / name).read_text(encoding="utf-8"))


def spec(role):
    return load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def test_every_variable_has_its_default(role):
    """One that is required is empty, so that the role refuses it by itself, with the name that was misspelled."""
    defaults = load(role, "defaults/main.yml")
    assert defaults.keys() == spec(role).keys()
    for name, value in defaults.items():
        assert ("" if spec(role)[name].get("required") else spec(role)[name].get("default")) == value, name


def test_every_variable_is_in_the_readme_with_its_default(role):
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", (role / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _default in rows] == list(spec(role))
    for name, default in rows:
        option = spec(role)[name]
        expected = "required" if option.get("required") else f"`{yaml.safe_dump(option.get('default'), default_flow_style=True).split(chr(10))[0]}`"
        assert default == expected or len(expected) > 40, name


def test_every_variable_is_tested_by_its_effect(role):
    """That file has a row for each variable, or fails."""
    assert f'ROLE = "{role.name}"' in (EFFECTS / f"test_{role.name}.py").read_text(encoding="utf-8")


def test_names_say_whose_they_are(role):
    private = load(role, "vars/main.yml") if (role / "vars").exists() else {}
    assert all(name.startswith(f"{role.name}_") for name in spec(role))
    assert all(name.startswith(f"__{role.name}_") for name in private)


def texts(value):
    """All texts in a YAML document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


# A variable, or a member of one, with defaults; or one call of a filter of this collection with such arguments
VALUE = r"[\w.'\[\]{}(), ]+(?: \| (?:default\([^|]*\)|bool))*"
PLAIN = re.compile(rf"\[?\{{\{{ (?:{VALUE}(?: \| keyless\.ec2\.\w+(?:\(.*\))?)?) \}}\}}\]?")
LOGIC = re.compile(r"\b(?:if|else|for|and|or|in|is|not)\b|[<>=!+*%~]|\{%")


def test_variables_have_no_logic(role):
    """They name facts, and call the filter that decides."""
    for text in texts(load(role, "vars/main.yml") if (role / "vars").exists() else {}):
        if "{{" in text or "{%" in text:
            assert PLAIN.fullmatch(text), text
            assert not LOGIC.search(re.sub(r"'[^']*'|now\(utc=true\)", "", text)), text


def test_expressions_are_not_longer_than_a_line(role):
    """Longer ones are decisions, which belong into a filter."""
    for path in sorted(role.rglob("*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            outside = re.sub(r"\{\{.*?\}\}(?!\})|\{%.*?%\}", "", line)
            assert "{{" not in outside and "{%" not in outside, f"{path}: {line}"


CONDITIONS = ("when", "until", "failed_when", "changed_when", "that")


def tasks_of(found):
    """All tasks in a list, and those of their blocks."""
    for task in found or ():
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_of(task.get(part))


def conditions_of(task):
    """The conditions of a task, as texts."""
    for value in (task, *(each for each in task.values() if isinstance(each, dict))):
        for name in CONDITIONS:
            found = value.get(name, [])
            yield from map(str, found if isinstance(found, list) else [found])


def test_no_condition_needs_a_member_of_the_result_of_a_module(role):
    """A failed result need not have it, not even msg: the error of the condition would then hide that of the module."""
    tasks = [task for path in sorted(role.glob("tasks/*.yml")) for task in tasks_of(yaml.safe_load(path.read_text(encoding="utf-8")))]
    for name in {task["register"] for task in tasks if "register" in task}:
        member = re.compile(rf"\b{name}(?:\.|\[)[\w.\[\]']*(?! \| default\()(?![\w.\[\]'])")
        assert [each for task in tasks for each in conditions_of(task) if member.search(each)] == []


def test_no_rescue_assumes_that_its_own_host_failed(role):
    """With run_once, Ansible defines what failed on one host only."""
    for path in sorted(role.glob("tasks/*.yml")):
        assert not re.search(r"\bansible_failed_(?:task|result)\b(?! \| default\()", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", ["launch", "launch_group"])
def test_a_later_use_of_a_role_in_a_play_does_not_take_over_what_an_earlier_one_registered(name):
    """A later use that fails, or leaves out a part, would report, attach or roll back what belongs to the earlier one."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROLES / name / "tasks").glob("*.yml"))]
    parts = {part: [task for found in files for entry in found for task in tasks_of(entry.get(part))] for part in ("block", "rescue")}
    plain = [task for found in files for entry in found if "block" not in entry for task in tasks_of([entry])]
    registered = {task["register"] for task in [*parts["block"], *plain] if "register" in task}
    for part, tasks in parts.items():
        (facts,) = (task["ansible.builtin.set_fact"] for task in tasks if "ansible.builtin.set_fact" in task)
        assert {key for key in registered if facts.get(key) != {}} == set(), part
        assert not [key for key in registered if not key.startswith("__")], "what users read is set, too"


ROLLS_BACK = ("attach", "launch_group", "require_imdsv2", "retire")


@pytest.mark.parametrize("name", ROLLS_BACK)
def test_a_host_that_goes_away_at_a_change_comes_to_the_rescue(name):
    """Ansible ends the play for an unreachable host, without the rescue, unless the task ignores it. What runs without a rescue is left out."""
    paths = (path for path in sorted((ROLES / name / "tasks").glob("*.yml")) if path.name not in ("at_once.yml", "main.yml") or _has_rescue(path))
    written = [task for path in paths for task in _with_ignoring(yaml.safe_load(path.read_text(encoding="utf-8")))]
    assert len(written) >= 2
    assert [task["name"] for task, ignores in written if not ignores] == []


def _has_rescue(path):
    return "rescue:" in path.read_text(encoding="utf-8")


def _with_ignoring(found, ignores=False):
    """The tasks that change something in AWS, with whether they or their blocks ignore unreachable hosts."""
    for task in found or ():
        here = ignores or task.get("ignore_unreachable", False)
        if (
            any(each.startswith(("keyless.ec2.", "amazon.aws.")) and not each.endswith("_info") for each in task)
            and task.get("check_mode") is not True
        ):
            yield task, here
        for part in ("block", "rescue", "always"):
            yield from _with_ignoring(task.get(part), here)
