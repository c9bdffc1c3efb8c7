# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the server, and stops it at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from . import protocol

SERVER = Path(__file__).resolve().with_name("server.py")
# The path of a Unix socket must be short, and Ansible splits an interpreter's path at spaces.
LONGEST = 80


@contextmanager
def warm_commands(environment: Mapping[str, str] | None = None, real: Path = Path(sys.executable).parent) -> Iterator[Path]:
    """Yields a folder with Ansible's commands and a Python, which run in fork servers until the context ends.

    They stand in for those in the folder ``real``, if the caller has the same variables as ``environment`` (by default those of this process), as far
    as Python itself reads them. Otherwise the real commands run.
    """
    with tempfile.TemporaryDirectory(prefix="warm-", dir=_short()) as folder:
        command = [str(real / "python"), str(SERVER), folder, str(real)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True) as process:
            assert process.stdin is not None and process.stdout is not None
            try:
                assert process.stdout.readline(), "the fork server did not start"
                yield Path(folder) / "bin"
            finally:
                process.stdin.close()


def run(scripts: Path, program: str, arguments: list[str], environment: dict[str, str], folder: Path, output: int) -> int:
    """Runs a command in a fork server without its script, and returns the exit status. It has no input, and writes to the file ``output``."""
    with socket.socket(socket.AF_UNIX) as connection, open(os.devnull, "rb") as nothing:
        connection.connect(str(scripts.with_name("socket")))
        request = protocol.request(program, arguments, environment, str(folder))
        protocol.send(connection, request, [nothing.fileno(), output, output])
        answer = connection.makefile("rb").read()
    assert answer.count(b"\n") == 2, f"{program} did not run: {answer!r}"
    return int(answer.splitlines()[1])


def _short() -> str | None:
    usual = tempfile.gettempdir()
    return "/tmp" if len(usual) > LONGEST or " " in usual else None
