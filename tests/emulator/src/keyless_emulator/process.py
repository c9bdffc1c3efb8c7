# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an emulator in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def running_emulator(python: str = sys.executable, options: Sequence[str] = ()) -> Iterator[str]:
    """Yields the endpoint of an emulator on a free port.

    The emulator stops when the context ends, and also if this process is killed.
    """
    command = [python, "-m", "keyless_emulator", "--parent-pid", str(os.getpid()), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
