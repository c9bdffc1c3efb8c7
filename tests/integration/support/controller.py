# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control node: runs ansible-playbook as a user does, or single modules, and records the result of every task."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from .aws import REGION, SECRET, Aws, writes_of
from .in_process import run_module, scripts

HERE = Path(__file__).parent
REAL = Path(sys.executable).parent
FOREIGN = ("ANSIBLE_", "AWS_", "BOTO")
# What these arguments of ansible-playbook tell a module
FLAGS = {"--check": "_ansible_check_mode", "--diff": "_ansible_diff"}


@dataclass(frozen=True)
class Results:
    """The results of some tasks, one line each, as the callback plugin writes them."""

    results: list[dict]

    def of(self, task: str, host: str = "localhost") -> dict:
        """The result of the last task of that name on the host."""
        found = [each["result"] for each in self.results if (each["task"], each["host"]) == (task, host)]
        assert found, f"no task {task!r} on {host!r}:\n{self}"
        return found[-1]

    @property
    def last(self) -> dict:
        """The result of the last task."""
        return self.results[-1]["result"]

    @property
    def again(self) -> Results:
        """For a command that does everything twice: the results of the second time."""
        begins = [at for at, each in enumerate(self.results) if each["task"] == self.results[0]["task"]]
        assert len(begins) == 2, self
        return Results(self.results[begins[1] :])

    @property
    def changed(self) -> bool:
        return any(each["result"].get("changed") for each in self.results)


@dataclass(frozen=True)
class Run(Results):
    """The outcome of one command.  ``calls`` are the AWS calls that it made, ``writes`` those that change something."""

    returncode: int
    output: str
    calls: list[dict]
    writes: list[dict]

    def __str__(self) -> str:
        return self.output

    def succeeded(self) -> Run:
        """Returns itself, or fails the test if the command failed."""
        assert self.returncode == 0, self.output
        return self


class Task(NamedTuple):
    """One of our modules with its options.  The access key identifies its calls in the log."""

    name: str
    module: str
    options: dict
    access_key_id: str
    flags: tuple[str, ...] = ()  # arguments of ansible-playbook


class Controller:
    """Runs Ansible against the emulator.  Every run has its own access key, which identifies its calls in the log."""

    _numbers = itertools.count(1)

    def __init__(self, folder: Path, aws: Aws) -> None:
        self.folder = folder
        self.aws = aws

    def environment(self, access_key_id: str, results: Path) -> dict[str, str]:
        """The environment variables of a user who can reach only the emulator."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {
            **kept,
            "HOME": str(self.folder),
            # The same for all, because warm commands import Ansible once for each.
            "ANSIBLE_HOME": str(scripts().with_name("ansible")),
            "PATH": os.pathsep.join([str(scripts()), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "AWS_URL": self.aws.endpoint,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "ANSIBLE_PIPELINING": "true",  # one process for each module instead of five; Molecule runs without
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "record,sabotage",
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connections"),
            "KEYLESS_RESULTS": str(results),
        }

    def run(self, *arguments: str, variables: dict | None = None, is_warm: bool = True, **environment: str) -> Run:
        """Runs ansible-playbook with these arguments, warm or not; an empty value removes an environment variable."""
        number, access_key_id = self._next()
        results = self.folder / f"results-{number}.jsonl"
        extra = ("-e", json.dumps(variables)) if variables else ()
        variables_of_run = {**self.environment(access_key_id, results), **environment}
        finished = subprocess.run(
            [str((scripts() if is_warm else REAL) / "ansible-playbook"), *arguments, *extra],
            cwd=self.folder,
            env={name: value for name, value in variables_of_run.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        return self._came_of(access_key_id, finished.returncode, finished.stdout, [json.loads(line) for line in lines])

    def play(self, tasks: list[dict], *arguments: str, hosts: dict[str, dict] | None = None, **options) -> Run:
        """Runs a playbook with these tasks, on localhost or on several aliases of it, each with its own variables."""
        number = next(self._numbers)
        hosts = hosts or {"localhost": {}}
        inventory = self.folder / f"inventory-{number}.yml"
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": local}}), encoding="utf-8")
        playbook = self.folder / f"playbook-{number}.yml"
        play = {"hosts": "all", "gather_facts": False, "strategy": "free", "tasks": tasks}
        playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return self.run("-i", str(inventory), str(playbook), *arguments, **options)

    def task(self, module: str, /, *arguments: str, **parameters) -> Run:
        """Runs a playbook with one task, which is one of our modules."""
        return self.play([{"name": module, f"keyless.ec2.{module}": parameters}], *arguments)

    def module(self, module: str, /, *flags: str, **parameters) -> Run:
        """Runs one of our modules without a playbook, which takes a tenth of the time."""
        _number, access_key_id = self._next()
        result, output = self._run_module(Task(module, module, parameters, access_key_id, flags))
        return self._came_of(access_key_id, 2 if result["status"] == "failed" else 0, output, [result])

    def modules(self, tasks: list[Task]) -> Results:
        """Runs modules one after the other, even if one fails."""
        return Results([self._run_module(task)[0] for task in tasks])

    def _next(self) -> tuple[int, str]:
        """The number of a run, and an access key for it."""
        number = next(self._numbers)
        return number, f"AKIARUN{os.getpid():08d}{number:05d}"

    def _run_module(self, task: Task) -> tuple[dict, str]:
        """The line that the callback plugin would write, and the module's own output."""
        flags = {FLAGS[flag]: True for flag in task.flags}
        environment = self.environment(task.access_key_id, self.folder / "none")
        result, output = run_module(task.module, {**task.options, **flags}, environment)
        status = "failed" if result.get("failed") else "ok"
        return {"host": "localhost", "task": task.name, "status": status, "result": {"changed": False, **result}}, output

    def _came_of(self, access_key_id: str, returncode: int, output: str, results: list[dict]) -> Run:
        calls = self.aws.calls(access_key_id)
        return Run(results, returncode, output, calls, writes_of(calls))
