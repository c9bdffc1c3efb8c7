# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command with a time limit, and leaves none of its processes behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ending:
    """How a command ended: elapsed seconds, return code (None if it was stopped), and output."""

    seconds: float
    returncode: int | None
    output: str


def run(command: Sequence[str | Path], folder: Path, env: dict[str, str], limit: float) -> Ending:
    """Runs the command in the folder, for at most ``limit`` seconds. Its output is also kept in the folder."""
    printed = folder / "printed"
    with printed.open("wb") as output:
        begun = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            returncode = _wait(process, limit)
            seconds = time.monotonic() - begun
        finally:
            stop(process)
    return Ending(seconds, returncode, printed.read_text(encoding="utf-8", errors="replace"))


def _wait(process: subprocess.Popen, limit: float) -> int | None:
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None


def stop(process: subprocess.Popen) -> None:
    """Stops a process that leads a session, with all its descendants.

    Ansible's workers lead their own process groups, so stopping the group is not enough.
    """
    if process.poll() is not None:
        return
    groups = {process.pid}
    for pid in descendants(process.pid):
        with suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    process.wait()


def descendants(pid: int) -> set[int]:
    """Returns the children of a process, their children, and so on."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    left = [pid]
    while left:
        born = children.get(left.pop(), [])
        found.update(born)
        left.extend(born)
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Returns the parent of each process of the machine."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in parentheses, can contain anything. State and parent follow it.
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            yield int(stat.parent.name), int(fields[1])
