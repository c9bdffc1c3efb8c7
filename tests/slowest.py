# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of pytest that prints which files of tests take longest, and what takes the time there.

Usage: make slowest TESTS=tests/integration

The columns are seconds: the elapsed time of the file; the CPU time of Ansible's commands, of modules, of the emulator, and of the tests themselves
including imports; and the rest, which is waiting. "Runs" is the number of commands or modules.
"""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

LOG = "KEYLESS_WARM_LOG"
TICKS = os.sysconf("SC_CLK_TCK")
SHOWN = 30
HEADING = f"{'File':62}{'Tests':>6}{'Time':>8}{'Ansible':>9}{'Runs':>6}{'Modules':>9}{'Runs':>6}{'Emulator':>10}{'Tests':>8}{'Waiting':>9}"


class Clocks:
    """What each part has used so far."""

    def __init__(self, log: Path) -> None:
        self._log = log
        # By process, so that those that have ended still count.
        self._emulators: dict[str, float] = {}

    def read(self) -> Counter[str]:
        """Returns the seconds of each part, and the number of commands and modules."""
        self._emulators.update(_of_emulators())
        rows = [line.split() for line in self._log.read_text(encoding="utf-8").splitlines()]
        used: Counter[str] = Counter({"time": time.monotonic(), "tests": time.process_time(), "emulator": sum(self._emulators.values())})
        for program, seconds in rows:
            part = "module" if program == "python" else "ansible"
            used.update({part: float(seconds), f"{part}s": 1})
        return used


class Slowest:
    """Adds up the time of each test file."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._files: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measures one test, with the fixtures that are set up and torn down around it."""
        before = self._clocks.read()
        yield
        used = self._clocks.read()
        used.subtract(before)
        self._files[item.location[0]].update({**used, "count": 1})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the table."""
        rows = sorted(self._files.items(), key=lambda row: -row[1]["time"])
        total = sum((used for _file, used in rows), Counter())
        terminalreporter.write_line(HEADING)
        for file, used in [("All", total), *rows[:SHOWN]]:
            terminalreporter.write_line(_line(file, used))


def _line(file: str, used: Counter[str]) -> str:
    waiting = used["time"] - sum(used[part] for part in ("ansible", "module", "emulator", "tests"))
    own = f"{used['emulator']:10.1f}{used['tests']:8.1f}{max(waiting, 0):9.1f}"
    commands = f"{used['ansible']:9.1f}{used['ansibles']:6}{used['module']:9.1f}{used['modules']:6}"
    return f"{file:62}{used['count']:6}{used['time']:8.1f}{commands}{own}"


def _of_emulators() -> dict[str, float]:
    """Returns the CPU seconds of each running emulator that this process started."""
    processes = [path.name for path in Path("/proc").glob("[0-9]*") if b"emulator" in _read(path.name, "cmdline")]
    return {pid: _used(pid) for pid in processes}


def _used(pid: str) -> float:
    """Returns the CPU seconds of a child process, and 0 for any other process."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    is_ours = len(fields) > 12 and int(fields[1]) == os.getpid()
    return sum(map(int, fields[11:13])) / TICKS if is_ours else 0


def _read(pid: str, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # The process has just ended.
        return b""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Registers the plugin before the fork servers start, because they write the log."""
    log = Path(config.invocation_params.dir) / ".venv" / "warm.log"
    log.write_text("", encoding="utf-8")
    os.environ[LOG] = str(log)
    config.pluginmanager.register(Slowest(Clocks(log)))
