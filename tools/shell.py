# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the commands of the steps, and stops what they leave running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from environment import CHECKOUT, isolated


@dataclass(frozen=True)
class Result:
    returncode: int
    output: str


class Shell:
    """Runs commands without a time limit. With `live`, it shows their output as they run."""

    def __init__(self, live: bool) -> None:
        self.live = live
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen] = set()
        self._is_closed = False

    def run(self, *command: str | Path, cwd: Path = CHECKOUT, env: dict[str, str] | None = None) -> Result:
        process = self._start(command, cwd, env or isolated())
        lines: list[str] = []
        # A thread, so that a process that was left behind with the pipe open does not block the run.
        reader = threading.Thread(target=self._read, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            process.wait()
        finally:
            stop(process)
            self._running.discard(process)
        reader.join(timeout=5)
        return Result(process.returncode, "".join(lines))

    def close(self) -> None:
        """Stops running commands, and refuses new ones."""
        with self._lock:
            self._is_closed = True
        for process in list(self._running):
            stop(process)

    def _start(self, command: tuple[str | Path, ...], cwd: Path, env: dict[str, str]) -> subprocess.Popen:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("The run has ended.")
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                text=True,
                errors="replace",
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            self._running.add(process)
            return process

    def _read(self, stream, lines: list[str]) -> None:
        for line in stream:
            lines.append(line)
            if self.live:
                print(line, end="", flush=True)


def stop(process: subprocess.Popen) -> None:
    """Stops what is left of the process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
