# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several commands that each run a playbook, as one command that runs them all: most of a run is the start of Ansible."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

# Nothing of this is for the shell.
PLAIN = re.compile(r"[^|&;<>()$`~*?#]*")


@dataclass(frozen=True)
class Playbooks:
    """Playbooks that one command runs in turn: their names, texts and folder, an inventory, and the values of all -e."""

    names: tuple[str, ...]
    text: str
    where: str
    inventory: str = ""
    values: tuple[str, ...] = ()

    def command(self) -> str:
        inventory = ["-i", self.inventory] if self.inventory else []
        return shlex.join(["ansible-playbook", *inventory, *self.names, *(part for value in self.values for part in ("-e", value))])

    def together_with(self, other: Playbooks) -> Playbooks | None:
        """Both, if each does what it would do alone; else None."""
        if self.inventory and other.inventory not in ("", self.inventory):
            return None
        if set(self.names) & set(other.names) or "set_fact" in self.text or self._disturbs(other) or other._disturbs(self):
            return None
        values = tuple(dict.fromkeys(self.values + other.values))
        where = f"{self.where}, {other.where}"
        return Playbooks(self.names + other.names, self.text + other.text, where, other.inventory or self.inventory, values)

    def _disturbs(self, other: Playbooks) -> bool:
        """Whether the other one would see variables of this one: those of -e, or what its tasks have registered."""
        mine = set(self.values) - set(other.values)
        names = {name for value in mine for name in _variables(value)} | set(re.findall(r"register: *(\w+)", self.text))
        theirs = {name for value in other.values for name in _variables(value)} | set(re.findall(r"\w+", other.text))
        return bool(names & theirs)


def playbooks_of(command: str, folder: Path, where: str) -> Playbooks | None:
    """The playbooks of a command with no other options than -i and -e; None if it is another command."""
    outside_quotes = re.sub(r"'[^']*'", "", command)
    words = shlex.split(command)
    if words[0] != "ansible-playbook" or not PLAIN.fullmatch(outside_quotes):
        return None
    found = Playbooks((), "", where)
    while words := words[1:]:
        if words[0] in ("-i", "-e"):
            option, words = words[0], words[1:]
            found = replace(found, inventory=words[0]) if option == "-i" else replace(found, values=(*found.values, words[0]))
        elif words[0].startswith("-"):
            return None
        else:
            file = folder / words[0]
            text = file.read_text(encoding="utf-8") if file.is_file() else ""
            found = replace(found, names=(*found.names, words[0]), text=found.text + text)
    return found


def _variables(value: str) -> set[str]:
    """The names that a value of -e sets. Those in a file are not known."""
    if value.startswith("{"):
        return set(json.loads(value))
    return set() if value.startswith("@") else set(re.findall(r"(\w+)=", value))
