# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the effect of each variable of a role, in one play that uses the role several times.

Each use is a host of the play, so that many of them take one run.  Their variables have values that are neither defaults nor used twice.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .controller import Controller, Run

ROLES = Path(__file__).resolve().parents[3] / "roles"
NUMBERS = itertools.count()
# Phases of a run, by how its modules are called
PLAN, DO, UNDO = "plan", "do", "undo"


@cache
def options_of(role: str) -> dict[str, dict]:
    """The documented variables of a role."""
    spec = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return spec["argument_specs"]["main"]["options"]


@dataclass(frozen=True)
class Call:
    """A call of a module."""

    host: str
    module: str
    check_mode: bool
    retries: int | None
    delay: float
    arguments: dict[str, Any]

    @property
    def phase(self) -> str:
        return PLAN if self.check_mode else UNDO if "undo" in self.arguments else DO


@dataclass(frozen=True)
class Uses:
    """The outcome of a play that uses a role several times.  ``variables`` are those of each use."""

    run: Run
    variables: dict[str, dict[str, Any]]
    calls: list[Call]

    def calls_of(self, use: str, module: str) -> list[Call]:
        """The calls of a module that a use made."""
        return [each for each in self.calls if (each.host, each.module) == (use, module)]

    def of(self, use: str, module: str, phase: str = DO) -> list[dict[str, Any]]:
        """The arguments of the calls in this phase."""
        return [each.arguments for each in self.calls_of(use, module) if each.phase == phase]

    def results(self, use: str) -> list[dict[str, Any]]:
        """The results of a use that were not skipped."""
        return [each["result"] for each in self.run.results if each["host"] == use and each["status"] != "skipped"]

    def fact(self, use: str, name: str) -> Any:
        """A fact after a use of the role."""
        return [each["ansible_facts"][name] for each in self.results(use) if name in each.get("ansible_facts", {})][-1]

    def failed(self, use: str) -> bool:
        """Whether the use ended with an error."""
        return [each["status"] for each in self.run.results if each["host"] == use and each["status"] != "skipped"][-1] == "failed"

    def said(self, use: str) -> str:
        """All messages of a use."""
        return json.dumps([each["msg"] for each in self.results(use) if "msg" in each])


# An effect checks that a variable, by its name, did what it is for.
Effect = Callable[[Uses, str], None]


def passes(use: str, module: str, option: str, *phases: str, **expected: Any) -> Effect:
    """In these phases, every call of the module gets the variable's value, or the expected one, in this option."""

    def effect(uses: Uses, variable: str) -> None:
        value = expected["value"] if "value" in expected else uses.variables[use][variable]
        for phase in phases or (DO,):
            found = [each.get(option) for each in uses.of(use, module, phase)]
            assert found, f"{use}: {module} was not called in the phase {phase}:\n{uses.run}"
            assert all(same(each, value) for each in found), f"{use}: {variable} is {value!r}, {module} got {option}={found} in the phase {phase}"

    return effect


def same(found: Any, value: Any) -> bool:
    """Whether the two are equal.  A string can stand for a number or a boolean, because the module converts it."""
    return found == value or (isinstance(found, str) and not isinstance(value, bool) and found == str(value))


def play_of(controller: Controller, role: str, uses: dict[str, dict[str, Any]], *arguments: str, **environment: str) -> Uses:
    """A play that uses the role with these variables, side by side."""
    tasks = [{"ansible.builtin.include_role": {"name": f"keyless.ec2.{role}"}}]
    return recorded(controller, uses, lambda **record: controller.play(tasks, *arguments, hosts=uses, **record, **environment))


def recorded(controller: Controller, uses: dict[str, dict[str, Any]], run: Callable[..., Run]) -> Uses:
    """The outcome of a run, which gets the environment in which module calls are recorded."""
    file = controller.folder / f"arguments-{next(NUMBERS)}.jsonl"
    made = run(ANSIBLE_CALLBACKS_ENABLED="record,arguments", KEYLESS_ARGUMENTS=str(file))
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return Uses(made, uses, [Call(**json.loads(line)) for line in lines])


def check(role: str, effects: dict[str, Collection[Effect]], uses: Uses, variable: str) -> None:
    """The table has a row for the variable, some use sets it to a value that is not its default, and it has all effects of its row."""
    assert variable in effects, f"{variable} has no row in EFFECTS: give it a value that is not its default, and check what it does"
    default = options_of(role)[variable].get("default")
    given = [each[variable] for each in uses.variables.values() if variable in each]
    assert any(each != default for each in given), f"no use sets {variable} to something else than {default!r}"
    for effect in effects[variable]:
        effect(uses, variable)
