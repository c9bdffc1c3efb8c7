# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a role, evaluated by Ansible without a playbook.

This file is also the program that evaluates them: Ansible finds the collection's filters only if its own loader imports them, and not
where pytest has imported the collection.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"


class Variables:
    """A role's variables where these others have these values."""

    def __init__(self, role: str, **others: Any) -> None:
        self._role = role
        self._others = others

    def __getitem__(self, name: str) -> Any:
        return self.evaluate(name)

    def evaluate(self, expression: str) -> Any:
        """What stands after ``when`` or ``that``, or in ``{{ }}``."""
        program = _program()
        assert program.stdin and program.stdout
        print(json.dumps([self._role, self._others, expression]), file=program.stdin, flush=True)
        error, value = json.loads(program.stdout.readline())
        assert error is None, error
        return value


def task_of(role: str, file: str, name: str) -> dict[str, Any]:
    """A task of a role by its name, in a block or not."""
    pending = yaml.safe_load((ROLES / role / "tasks" / file).read_text(encoding="utf-8"))
    while pending:
        task = pending.pop()
        if task["name"] == name:
            return task
        pending += [*task.get("block", ()), *task.get("rescue", ())]
    raise LookupError(name)


@functools.cache
def _program() -> subprocess.Popen[str]:
    """It ends with this process, which closes its input."""
    return subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main() -> None:
    """Answers each line, a role, other variables and an expression, with one: an error or none, and the value."""
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.template import Templar, trust_as_template

    init_plugin_loader()
    loader = DataLoader()

    @functools.cache
    def own(role: str) -> dict[str, Any]:
        files = [str(ROLES / role / folder / "main.yml") for folder in ("defaults", "vars")]
        return {name: value for file in files for name, value in loader.load_from_file(file, trusted_as_template=True).items()}

    for line in sys.stdin:
        role, others, expression = json.loads(line)
        try:
            value = Templar(loader=loader, variables={**own(role), **others}).template(trust_as_template("{{ " + expression + " }}"))
            answer = json.dumps([None, value])
        except Exception as error:
            answer = json.dumps([f"{expression}: {error}", None])
        print(answer, flush=True)


if __name__ == "__main__":
    main()
