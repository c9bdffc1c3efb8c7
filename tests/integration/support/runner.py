# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs as AWX does: ansible-runner on a private data directory, with credentials only in the environment."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from .aws import SECRET
from .controller import Controller
from .in_process import scripts


@dataclass(frozen=True)
class Job:
    """The outcome of a job.  ``artifacts`` is the text of all files that it left."""

    returncode: int
    output: str
    artifacts: str
    writes: list[dict]

    def succeeded(self) -> Job:
        assert self.returncode == 0, self.output
        return self


class Runner:
    """Runs job templates against the emulator."""

    def __init__(self, folder: Path, controller: Controller) -> None:
        self.folder, self.controller = folder, controller
        self._numbers = itertools.count(1)

    def run(self, playbook: str, answers: dict, *arguments: str, hosts: dict | None = None, source: str | None = None) -> Job:
        """Runs ansible-runner on a project with one playbook: this one, or one that imports ours."""
        data, access_key_id = self.prepare(playbook, answers, hosts, source)
        return self.finished(data, access_key_id, self.command("run", str(data), "-p", f"{playbook}.yml", *arguments))

    def prepare(self, playbook: str, answers: dict, hosts: dict | None = None, source: str | None = None) -> tuple[Path, str]:
        """Writes a private data directory as AWX does."""
        number = next(self._numbers)
        data, access_key_id = self.folder / f"{playbook}-{number}", f"AKIAJOB{self.folder.stat().st_ino:010d}{number:03d}"
        environment = self.controller.environment(access_key_id, data / "none")
        credentials = {name: value for name, value in environment.items() if name.startswith("AWS_")}
        modules = {"ansible_python_interpreter": str(scripts() / "python")}
        inventory = {"all": {"hosts": hosts or {"localhost": {"ansible_connection": "local"}}, "vars": modules}}
        job = [{"name": "Job", "ansible.builtin.import_playbook": f"keyless.ec2.{playbook}"}]
        for path, content in {
            "env/extravars": json.dumps(answers),
            "env/envvars": json.dumps(credentials),
            "inventory/hosts.yml": yaml.safe_dump(inventory, sort_keys=False),
            f"project/{playbook}.yml": source or yaml.safe_dump(job),
        }.items():
            (data / path).parent.mkdir(parents=True, exist_ok=True)
            (data / path).write_text(content, encoding="utf-8")
        return data, access_key_id

    def command(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess:
        """Runs ansible-runner without a terminal and without credentials in its environment."""
        environment = self.controller.environment("", self.folder / "none")
        kept = {name: value for name, value in environment.items() if not name.startswith(("AWS_", "ANSIBLE_CALLBACK", "KEYLESS_"))}
        runner = str(Path(sys.executable).with_name("ansible-runner"))
        # ansible-runner gives ansible-playbook a terminal, in which it would only enter passwords.
        return subprocess.run([runner, *arguments], env={**kept, "KEYLESS_WARM_TERMINAL": "1"}, input=given, capture_output=True, check=False)

    def finished(self, data: Path, access_key_id: str, command: subprocess.CompletedProcess) -> Job:
        # The file `command` is ansible-runner's own record of the environment that it was given, in which AWX hides the secrets.
        files = [path for path in (data / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
        artifacts = "".join(path.read_text(encoding="utf-8") for path in files)
        output = (command.stdout + command.stderr).decode()
        assert SECRET not in artifacts + output
        return Job(command.returncode, output, artifacts, self.controller.aws.writes(access_key_id))
