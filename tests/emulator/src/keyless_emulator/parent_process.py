# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops the emulator when its parent process ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Thread


def exit_with(pid: int, interval: float = 0.5) -> None:
    """Ends this process, as SIGTERM would, soon after the process ``pid`` has ended."""
    Thread(target=_watch, args=(pid, interval), daemon=True).start()


def _watch(pid: int, interval: float) -> None:
    while _is_alive(pid):
        time.sleep(interval)
    os.kill(os.getpid(), signal.SIGTERM)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Tells whether a process has ended but was not waited for. Only Linux's /proc shows it."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"
