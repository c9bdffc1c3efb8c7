# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts emulators with options as forks of a process that has imported moto, which takes more than a second of CPU time."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TextIO

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["keyless_emulator.conditions.conditions", "keyless_emulator.server.backend", "keyless_emulator.server.emulator"])


@contextmanager
def warm_program(*options: str, umask: int | None = None) -> Iterator[tuple[BaseProcess, TextIO]]:
    """Yields a process that runs the command with these options, and what it prints, errors included. It does not outlive the context."""
    receiver, sender = WARM.Pipe(duplex=False)
    process = WARM.Process(target=_become, args=(sender, options, umask), daemon=True)
    process.start()
    sender.close()
    with os.fdopen(os.dup(receiver.fileno()), encoding="utf-8") as output:
        try:
            yield process, output
        finally:
            process.terminate()
            process.join()


@contextmanager
def warm_emulator(*options: str) -> Iterator[str]:
    """Yields the endpoint of an emulator that was started with these options. It also stops if this process is killed."""
    with warm_program("--parent-pid", str(os.getpid()), *options) as (_process, output):
        yield output.readline().strip()


def _become(output: Connection, options: tuple[str, ...], umask: int | None) -> None:
    """Runs the command. What it prints goes to the test."""
    from keyless_emulator.__main__ import main

    for stream in (sys.stdout, sys.stderr):
        os.dup2(output.fileno(), stream.fileno())
    output.close()
    if umask is not None:
        os.umask(umask)
    sys.argv = ["keyless-emulator", *options]
    main()


def run_warm(function: Callable[[], Any]) -> Any:
    """Returns what a function of a module returns in a new process."""
    with ProcessPoolExecutor(1, WARM) as pool:
        return pool.submit(function).result()
