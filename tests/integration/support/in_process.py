# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules without Ansible, each in a fork of a process that has already imported it."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.keyless.ec2.tests.warm import warm

PACKAGE = "ansible_collections.keyless.ec2.plugins.modules"
# The folder of the warm commands, which the session of the tests has started.
WARM = "KEYLESS_WARM"


def scripts() -> Path:
    """The folder of the warm commands."""
    return Path(os.environ[WARM])


def run_module(module: str, arguments: dict[str, Any], environment: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The module's result, and its whole output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"_ansible_tracebacks_for": [], **arguments}  # as the controller says to a module
        (folder / "arguments").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": given}), encoding="utf-8")
        with (folder / "output").open("wb") as file:
            status = warm.run(scripts(), "python", [f"{PACKAGE}.{module}", f"{folder}/arguments"], environment, Path.cwd(), file.fileno())
        output = (folder / "output").read_text(encoding="utf-8")
    lines = [_without_ansible_s_own(line) if line.startswith("{") else line for line in output.splitlines()]
    # The result is one line, among those that warnings may take.
    results = [json.loads(line) for line in lines if line.startswith("{")]
    assert results, f"{module} ended with {status} and without a result:\n{output}"
    return results[-1], "\n".join(lines)


def _without_ansible_s_own(line: str) -> str:
    """The result as the controller passes it on. From 2.22 on, a module lists the values to mask, and the controller removes this list."""
    return json.dumps({key: value for key, value in json.loads(line).items() if not key.startswith("_ansible_")})
