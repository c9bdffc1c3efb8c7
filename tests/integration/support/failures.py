# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests of what a role leaves behind: plays with settings of Ansible, tasks that fail, and hosts that go away."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

ROLES = Path(__file__).parents[3] / "roles"
# Keywords of a play under which the failure of one host may end the others
SETTINGS: list[dict] = [
    {"any_errors_fatal": True},
    {"max_fail_percentage": 0},
    {"serial": 1},
    {"serial": 2, "any_errors_fatal": True},
    {"strategy": "free"},
]
MODES = ("before", "after")


def write_play(path: Path, role: str, **keywords) -> str:
    """Writes a playbook that uses a role of this collection in a play with these keywords; returns its path."""
    play = {"hosts": "all", "gather_facts": False, "roles": [{"role": f"keyless.ec2.{role}"}], **keywords}
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return str(path)


def tasks_of(role: str, file: str = "main", section: str = "") -> list[str]:
    """The tasks in a file of a role that run something themselves, as Ansible names them; only those of block or rescue if that is given."""
    entries = yaml.safe_load((ROLES / role / "tasks" / f"{file}.yml").read_text(encoding="utf-8"))
    if section:
        entries = [each for entry in entries for each in entry.get(section, [])]
    return [f"keyless.ec2.{role} : {name}" for name in dict.fromkeys(_names(entries))]


def _names(entries):
    for entry in entries:
        if "block" in entry:
            yield from _names(entry["block"])
        elif not any(key.startswith(("ansible.builtin.include", "ansible.builtin.import")) for key in entry):
            yield entry["name"]


def sabotage(mode: str, task: str, host: str = "b") -> dict[str, str]:
    """The environment in which this task fails on the host before or after it has run; or, with the mode kill, ends everything."""
    return {"KEYLESS_SABOTAGE": json.dumps({"mode": mode, "task": task, "host": host})}


def leaving(away: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The environment, and the variables of a host that can't be reached while this file exists."""
    return {"KEYLESS_AWAY": str(away)}, {"ansible_connection": "leaving"}
