# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs what the collection prints for pasting, as a shell and Ansible would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from ansible import context
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.utils.vars import load_extra_vars
from hypothesis import strategies

TRACE = "PWNED"  # the file that hostile text creates in the current directory if anything runs it
PIPE = "lookup('pipe', 'touch PWNED')"
ATTACKS = (
    "{{" + PIPE + "}}web",
    "{%if " + PIPE + "%}{%endif%}",
    "{#" + "{{" + PIPE + "}}",
    "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[" + PIPE + "]]",
    "'{{" + PIPE + "}}",
    '"{{' + PIPE + '}}"',
    "\n- ansible.builtin.command: touch PWNED\n",
    "x\n- {name: a, ansible.builtin.command: touch PWNED}",
    "\u2028- ansible.builtin.command: touch PWNED\x85- ansible.builtin.command: touch PWNED",
    "$(touch PWNED)",
    "`touch PWNED`",
    "'; touch PWNED; '",
    "' || touch PWNED #",
    "\n touch PWNED\n",
    "=cmd|'/c touch PWNED'!A0",
    "$& $' $` $$ \\1",
    "\u202egnp.exe\u202c \x1b]0;title\x07\x1b[2J \x9b31m \ufeff",
    "web\u3164\u2800\ufe0f\u034f\U000e0100",
    "</script><script>alert(1)</script>",
    "]]><evil/>\x00",
    "!!python/object/apply:os.system ['touch PWNED']",
    "&a *a |\n  >",
    "x=1 y={{" + PIPE + "}}",
    "@/etc/passwd",
    "-v",
)
# What anybody may call something in AWS or on a host, and worse
names = strategies.one_of(
    strategies.sampled_from(ATTACKS),
    strategies.lists(strategies.sampled_from(ATTACKS), min_size=2, max_size=3).map("".join),
    strategies.text(alphabet="{}%#'\"`$()[]!&*|>:- \n\t\\aA1=,@;\u202e\x1b", min_size=1, max_size=40),
    strategies.text(strategies.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=40),
)


def run_tasks(text: str, folder: Path, **variables: Any) -> list[dict[str, Any]]:
    """The tasks with their templates rendered, as Ansible renders those in a file."""
    file = folder / "tasks.yml"
    file.write_text(text, encoding="utf-8")
    loader = DataLoader()
    loader.set_basedir(str(folder))
    return Templar(loader, variables).template(loader.load_from_file(str(file), cache="none", trusted_as_template=True))


def run_command(command: str, folder: Path) -> list[str]:
    """The arguments that a shell passes to ansible-playbook."""
    fake = folder / "ansible-playbook"
    if not fake.exists():
        fake.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\n', encoding="utf-8")
        fake.chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
    found = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, check=True)
    return found.stdout.decode().split("\0")[:-1]


def variables_of(arguments: list[str], folder: Path) -> dict[str, Any]:
    """The extra variables in the arguments of ansible-playbook, rendered."""
    given = tuple(trust_as_template(value) for flag, value in zip(arguments, arguments[1:]) if flag == "-e")
    loader = DataLoader()
    loader.set_basedir(str(folder))
    before = context.CLIARGS
    try:
        context.CLIARGS = ImmutableDict(extra_vars=given)
        load_extra_vars.extra_vars = None
        return Templar(loader).template(load_extra_vars(loader))
    finally:
        context.CLIARGS = before
        load_extra_vars.extra_vars = None


def nothing_ran(folder: Path) -> bool:
    """Whether no hostile text was run."""
    return not (folder / TRACE).exists()
