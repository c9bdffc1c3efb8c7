# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that takes too long leaves no processes behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ansible_collections.keyless.ec2.tests.benchmark.process import run, stop

# A child in the same process group, and one that leads its own session, as Ansible's workers do
FAMILY = """
import subprocess, time
for apart in (False, True):
    print(subprocess.Popen(["sleep", "60"], start_new_session=apart).pid, flush=True)
time.sleep(60)
"""


def _is_running(pid: int) -> bool:
    """Tells whether the process runs, and is not a zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _wait_until_none(pids: list[int]) -> list[int]:
    """Waits, and returns the processes that still run."""
    for _attempt in range(12_000):
        if not any(_is_running(pid) for pid in pids):
            break
        time.sleep(0.05)
    return [pid for pid in pids if _is_running(pid)]


def test_a_command_is_stopped_at_its_limit(tmp_path: Path) -> None:
    ending = run(["sh", "-c", "echo $$; exec sleep 60"], tmp_path, dict(os.environ), limit=1)
    assert ending.returncode is None
    assert not any(_is_running(int(pid)) for pid in ending.output.split())


def test_a_stopped_command_is_stopped_with_its_children() -> None:
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, start_new_session=True) as parent:
        try:
            assert parent.stdout is not None
            children = [int(parent.stdout.readline()) for _child in range(2)]
            stop(parent)
        finally:
            parent.kill()
    left = _wait_until_none(children)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_a_command_that_ends_in_time(tmp_path: Path) -> None:
    ending = run([sys.executable, "-c", "import sys; print('said'); sys.exit(3)"], tmp_path, dict(os.environ), limit=60)
    assert (ending.returncode, ending.output) == (3, "said\n")
    assert ending.seconds > 0
