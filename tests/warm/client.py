# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command through the server, or the real command if the server can't run it.

Usage: python -IS client.py SOCKET REAL-COMMAND PROGRAM ARGUMENT…
"""

from __future__ import annotations

import _signal
import _socket
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import protocol

TERMINAL = "KEYLESS_WARM_TERMINAL"  # set for commands that write to a terminal, but read nothing from it


def main(path: str, real: str, program: str, arguments: list[str]) -> int:
    """Returns the exit status of the command."""
    connection = _ask(path, program, arguments)
    line = _line(connection) if connection else protocol.NO
    if connection is None or line in (protocol.NO, b""):
        os.execv(real, [real, *arguments])
    _pass_on_signals(int(line))
    status = _line(connection)
    return _end_as(int(status)) if status else 1


def _ask(path: str, program: str, arguments: list[str]) -> _socket.socket | None:
    """Returns a connection to the server. Returns None if there is no server, or if a stream is a terminal, which forks do not control."""
    is_refused = any(map(os.isatty, (0, 1, 2))) and TERMINAL not in os.environ
    if is_refused or not protocol.is_warm(program, arguments):
        return None
    request = protocol.request(program, arguments, dict(os.environ), os.getcwd())
    connection = _socket.socket(_socket.AF_UNIX)
    try:
        connection.connect(path)
        protocol.send(connection, request, [0, 1, 2])
    except OSError:
        return None
    return connection


def _line(connection: _socket.socket) -> bytes:
    """Returns the next line that the server writes, or what there is of it if the server has ended."""
    line = b""
    while not line.endswith(b"\n") and (byte := connection.recv(1)):
        line += byte
    return line


def _pass_on_signals(pid: int) -> None:
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT):
        _signal.signal(number, lambda received, _frame: os.kill(pid, received))


def _end_as(status: int) -> int:
    """Ends this process by the signal that ended the command, or returns its exit status."""
    if status < 0:
        _signal.signal(-status, _signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], sys.argv[4:]))
