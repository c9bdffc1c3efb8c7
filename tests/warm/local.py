# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's local connection, which passes modules to the fork server itself, without a shell and a client in between.

These two would start for each module, and take longer than most modules.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from typing import Any

import protocol

# What a shell does more with than to split it into words
SHELL = re.compile(r"[`$&|;<>()*?~#\\\n]")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
Answer = tuple[int, bytes, bytes]


def pass_on_modules(path: str, python: str) -> None:
    """From now on, the server at the socket ``path`` runs what Ansible passes to ``python`` on standard input, except with `become`."""
    from ansible.plugins.connection import local

    run = local.Connection.exec_command

    def exec_command(connection: Any, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Answer:
        variables = variables_of(cmd, python) if in_data and not connection.become else None
        answer = _ask(path, {**os.environ, **variables}, in_data or b"") if variables is not None else None
        if answer is None:
            return run(connection, cmd, in_data=in_data, sudoable=sudoable)
        connection._connect()
        local.display.vvv(f"EXEC {cmd}", host=connection._play_context.remote_addr)
        return answer

    local.Connection.exec_command = exec_command


def variables_of(command: str, python: str) -> dict[str, str] | None:
    """Returns the variables that a shell command sets for ``python``. Returns None if it does anything else."""
    shell = shlex.split(command)
    if len(shell) != 3 or shell[:2] != ["/bin/sh", "-c"] or SHELL.search(shell[2]):
        return None
    *variables, program = shlex.split(shell[2]) or [""]
    if program != python or not all(map(ASSIGNMENT.match, variables)):
        return None
    return dict(each.split("=", 1) for each in variables)


def _ask(path: str, environment: dict[str, str], code: bytes) -> Answer | None:
    """Returns the exit status and both outputs of the code. Returns None if the server can't run it."""
    request = protocol.request(protocol.PYTHON, [], environment, os.getcwd())
    # The files are in memory. Unlike pipes, they take any amount of output while nobody reads.
    files = [os.memfd_create(name) for name in ("input", "output", "errors")]
    try:
        os.pwrite(files[0], code, 0)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            protocol.send(connection, request, files)
            lines = connection.makefile("rb").readlines()
        if not lines or lines[0] == protocol.NO:
            return None
        return int(lines[1]) if len(lines) == 2 else 1, _content(files[1]), _content(files[2])
    except OSError:
        return None
    finally:
        for file in files:
            os.close(file)


def _content(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)
