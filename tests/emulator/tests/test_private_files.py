# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's files: only their owner has access, and links are not followed."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from keyless_emulator.private_files import open_to_append


def _mode(path: Path) -> int:
    return S_IMODE(path.lstat().st_mode)


def test_existing_files(program: Any, tmp_path: Path, connect: Any) -> None:
    """A log that others could read becomes private. The ready file replaces a link."""
    ready, target, log = tmp_path / "ready.json", tmp_path / "target", tmp_path / "calls.jsonl"
    target.write_text("kept", encoding="utf-8")
    ready.symlink_to(target)
    log.write_text("{}\n", encoding="utf-8")
    log.chmod(0o666)
    with program("--ready-file", str(ready), "--log", str(log), umask=0) as (_process, output):
        endpoint = output.readline().strip()
        connect(endpoint).role("web")
        assert (_mode(log), log.read_text(encoding="utf-8").count("\n")) == (0o600, 2)
        assert not ready.is_symlink()
        assert endpoint in ready.read_text(encoding="utf-8")
    assert (ready.exists(), target.read_text(encoding="utf-8")) == (False, "kept")


@pytest.fixture(name="linked")
def _linked(tmp_path: Path) -> tuple[Path, Path]:
    """A link in place of the log, and its target."""
    log, target = tmp_path / "calls.jsonl", tmp_path / "target"
    log.symlink_to(target)
    return log, target


def _keep(target: Path) -> None:
    target.write_text("kept", encoding="utf-8")
    target.chmod(0o644)


def test_log_that_is_a_link(program: Any, linked: tuple[Path, Path]) -> None:
    log, target = linked
    _keep(target)
    with program("--log", str(log)) as (process, output):
        said = output.readline()
        assert said.startswith("emulator: ") and str(log) in said
        process.join()
    assert process.exitcode == 1
    assert (target.read_text(encoding="utf-8"), _mode(target)) == ("kept", 0o644)


@pytest.mark.parametrize("exists", [True, False])
def test_no_link_is_followed(linked: tuple[Path, Path], exists: bool) -> None:
    log, target = linked
    if exists:
        _keep(target)
    with pytest.raises(OSError):
        open_to_append(log)
    assert target.exists() == exists
    assert not exists or (target.read_text(encoding="utf-8"), _mode(target)) == ("kept", 0o644)


def test_log_that_is_not_a_file(tmp_path: Path) -> None:
    """It stays as it is: it could be /dev/null, which everybody needs."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open_to_append(pipe) as log:
        log.write("{}")
    assert (os.read(reader, 9), _mode(pipe)) == (b"{}", 0o666)
    os.close(reader)
