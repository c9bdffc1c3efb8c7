# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts emulators with options as forks of a process that has imported moto, which takes more than a second of CPU time."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["keyless_emulator.conditions.conditions", "keyless_emulator.server.backend", "keyless_emulator.server.emulator"])


@contextmanager
def warm_emulator(*options: str) -> Iterator[str]:
    """Yields the endpoint of an emulator that was started with these options."""
    receiver, sender = WARM.Pipe(duplex=False)
    process = WARM.Process(target=_become, args=(sender, options), daemon=True)
    process.start()
    sender.close()
    with os.fdopen(os.dup(receiver.fileno()), encoding="utf-8") as output:
        try:
            yield output.readline().strip()
        finally:
            process.terminate()
            process.join()


def _become(output: Connection, options: tuple[str, ...]) -> None:
    """Runs the command. What it prints goes to the test."""
    from keyless_emulator.__main__ import main

    os.dup2(output.fileno(), sys.stdout.fileno())
    sys.argv = ["keyless-emulator", *options]
    main()
