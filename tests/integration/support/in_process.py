# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules without Ansible around them, each in a process that is forked from one that has imported them already.

A module under ansible-playbook takes more than two seconds of a core, of which all but a tenth is spent on imports.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "ansible_collections.keyless.ec2.plugins.modules"
FOLDER = Path(__file__).resolve().parents[3] / "plugins" / "modules"
STDOUT, STDERR = 1, 2

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([f"{PACKAGE}.{path.stem}" for path in sorted(FOLDER.glob("*.py"))])


def run_module(module: str, arguments: dict[str, Any], environment: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The module's result, and all that it wrote."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"_ansible_tracebacks_for": [], **arguments}  # as the controller says to a module
        (folder / "arguments").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": given}), encoding="utf-8")
        process = _processes.Process(target=_become, args=(module, folder, environment))
        process.start()
        process.join()
        output = (folder / "output").read_text(encoding="utf-8")
    lines = [_without_ansible_s_own(line) if line.startswith("{") else line for line in output.splitlines()]
    # The result is one line, among those that warnings may take.
    results = [json.loads(line) for line in lines if line.startswith("{")]
    assert results, f"{module} ended with {process.exitcode} and without a result:\n{output}"
    return results[-1], "\n".join(lines)


def _without_ansible_s_own(line: str) -> str:
    """What the controller leaves of a result: from 2.22 on a module tells it which values are to be masked, and they go no further."""
    return json.dumps({key: value for key, value in json.loads(line).items() if not key.startswith("_ansible_")})


def _become(module: str, folder: Path, environment: dict[str, str]) -> None:
    """What the new process does: all that the module sees is its own."""
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, STDOUT)
    os.dup2(output, STDERR)
    sys.argv = [module, str(folder / "arguments")]
    importlib.import_module(f"{PACKAGE}.{module}").main()
