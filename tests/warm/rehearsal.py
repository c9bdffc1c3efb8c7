# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a play in this process, with its tasks, before anything is forked.

Python adapts its code while it runs, and Ansible loads plugins, their documentation and types when they are first used. Each task runs in a fork of
its own, so without the rehearsal each does all of that again, and throws it away.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

PLAYBOOK = Path(__file__).resolve().with_suffix(".yml")


def rehearse() -> None:
    """Runs the playbook. Leaves no settings, arguments or inventory behind."""
    from ansible import context
    from ansible.cli.playbook import PlaybookCLI
    from ansible.executor import playbook_executor
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.utils.context_objects import CLIArgs
    from ansible.vars.manager import VariableManager

    command = PlaybookCLI(["ansible-playbook", "-c", "local", str(PLAYBOOK)])
    command.init_parser()
    arguments = command.post_process_args(command.parser.parse_args(command.args[1:]))
    # No callback of a user hears of it: it would take it for its play.
    manager = functools.partial(playbook_executor.TaskQueueManager, stdout_callback_name="default", run_additional_callbacks=False)
    quiet = mock.patch.object(playbook_executor, "TaskQueueManager", manager)
    try:
        with quiet, _without_output(), _without_forks(), mock.patch.object(context, "CLIARGS", CLIArgs.from_options(arguments)):
            loader = DataLoader()
            inventory = InventoryManager(loader=loader, sources=["localhost,"])
            variables = VariableManager(loader=loader, inventory=inventory, version_info=command.version_info(gitinfo=False))
            playbook_executor.PlaybookExecutor([str(PLAYBOOK)], inventory, variables, loader, passwords={}).run()
    finally:
        _forget()


def _forget() -> None:
    """Empties what Ansible keeps for the whole process."""
    from ansible.plugins.vars import host_group_vars
    from ansible.utils.display import Display
    from ansible.utils.vars import load_extra_vars, load_options_vars

    of_folders = (getattr(host_group_vars, name, {}) for name in ("CANONICAL_PATHS", "FOUND", "NAK"))
    of_output = (getattr(Display(), name, {}) for name in ("_warns", "_deprecations", "_errors"))
    for each in (vars(load_extra_vars), vars(load_options_vars), *of_folders, *of_output):
        each.clear()


@contextlib.contextmanager
def _without_output() -> Iterator[None]:
    """Discards all output, also that of commands."""
    kept = [os.dup(stream) for stream in (0, 1, 2)]
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        yield
    finally:
        for stream, file in enumerate(kept):
            os.dup2(file, stream)
        for file in (*kept, nowhere):
            os.close(file)


@contextlib.contextmanager
def _without_forks() -> Iterator[None]:
    """Runs each task in this process."""
    from ansible.executor.process.worker import WorkerProcess

    replaced = {"start": _run_here, "is_alive": lambda _worker: False, "close": lambda _worker: None, "exitcode": 0}
    with mock.patch.multiple(WorkerProcess, **replaced):
        yield


def _run_here(worker: Any) -> None:
    """Does what `WorkerProcess.run` does in a fork. It changes the task and the host, so it gets copies."""
    from ansible._internal import _task
    from ansible.utils.display import Display

    worker._host, worker._task = copy.copy(worker._host), worker._task.copy()
    streams = mock.patch.multiple(sys, stdout=io.StringIO(), stderr=io.StringIO())
    queue = mock.patch.object(Display(), "_final_q", worker._final_q)
    with streams, queue, _task.TaskContext.create(task=worker._task, task_vars=worker._task_vars, host_name=worker._host.name):
        worker._run()
