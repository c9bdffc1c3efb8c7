# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that the emulator writes: for nobody else, and never where a link leads."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from emulator.private import open_to_append


@contextmanager
def _running(program: list[str], *options: object) -> Iterator[str]:
    """The endpoint of an emulator with these options."""
    arguments = [*program, *(str(option) for option in options)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, umask=0) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _mode(path: Path) -> int:
    return S_IMODE(path.lstat().st_mode)


def test_nobody_else_reads_them(program: list[str], tmp_path: Path) -> None:
    ready, log = tmp_path / "ready.json", tmp_path / "calls.jsonl"
    with _running(program, "--ready-file", ready, "--log", log):
        assert (_mode(ready), _mode(log)) == (0o600, 0o600)
        assert sorted(tmp_path.iterdir()) == [log, ready]


def test_log_that_others_could_read(program: list[str], tmp_path: Path, connect: Any) -> None:
    log = tmp_path / "calls.jsonl"
    log.write_text("{}\n", encoding="utf-8")
    log.chmod(0o666)
    with _running(program, "--log", log) as endpoint:
        connect(endpoint).role("web")
        assert (_mode(log), log.read_text(encoding="utf-8").count("\n")) == (0o600, 2)


@pytest.mark.parametrize("exists", [True, False])
def test_log_that_is_a_link(program: list[str], tmp_path: Path, exists: bool) -> None:
    log, target = tmp_path / "calls.jsonl", tmp_path / "target"
    log.symlink_to(target)
    if exists:
        target.write_text("kept", encoding="utf-8")
        target.chmod(0o644)
    arguments = [*program, "--log", str(log)]
    finished = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith("emulator: ") and str(log) in finished.stderr
    assert target.exists() == exists
    assert not exists or (target.read_text(encoding="utf-8"), _mode(target)) == ("kept", 0o644)


def test_ready_file_that_is_a_link(program: list[str], tmp_path: Path) -> None:
    """The link makes room for the file."""
    ready, target = tmp_path / "ready.json", tmp_path / "target"
    target.write_text("kept", encoding="utf-8")
    ready.symlink_to(target)
    with _running(program, "--ready-file", ready) as endpoint:
        assert not ready.is_symlink()
        assert endpoint in ready.read_text(encoding="utf-8")
    assert (ready.exists(), target.read_text(encoding="utf-8")) == (False, "kept")


def test_log_that_is_no_file(tmp_path: Path) -> None:
    """It stays as it is: it could be /dev/null, which everybody needs."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open_to_append(pipe) as log:
        log.write("{}")
    assert (os.read(reader, 9), _mode(pipe)) == (b"{}", 0o666)
    os.close(reader)
