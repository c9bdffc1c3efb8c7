# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol between a client and the server, over a Unix socket.

The client sends one request: a marshalled dictionary, with its standard input, output and error attached. The server answers with lines: the
process id when the command runs, and the exit status when it has ended. If the real command must run instead, it answers ``no``. If the client closes
the connection, the server kills the command.

This file and the client import only what is built into Python, because every command waits for the client to start: json and socket would take
longer than all the rest.
"""

from __future__ import annotations

import _socket
import marshal
import os
import sys

PYTHON = "python"  # the program that runs modules
# The name of the file with which Ansible runs a module
MODULE = "AnsiballZ_"
NO = b"no\n"
LARGEST = 1 << 22  # bytes of a request


def is_warm(program: str, arguments: list[str]) -> bool:
    """Tells whether a fork server can run the command: any command of Ansible, but Python only to run a module."""
    return program != PYTHON or not arguments or os.path.basename(arguments[0]).startswith(MODULE)


def request(program: str, arguments: list[str], environment: dict[str, str], folder: str) -> bytes:
    """Returns a request to run a program as this process would run it.

    It includes the user, the namespaces and the limits of this process, which the server compares with its own.
    """
    return marshal.dumps(
        {
            "program": program,
            "arguments": arguments,
            "environment": environment,
            "folder": folder,
            "umask": _umask(),
            "process_context": process_context(),
        }
    )


def read_request(data: bytes) -> dict:
    """Returns the fields of a request from a client, which runs the same Python."""
    return marshal.loads(data)


def process_context() -> list:
    """Returns what a fork inherits and can't change: user, groups, namespaces and limits."""
    import resource

    # A module lowers the limit of core dumps, also in a test that runs it in its own process.
    names = [name for name in sorted(vars(resource)) if name.startswith("RLIMIT_") and name != "RLIMIT_CORE"]
    limits = [list(resource.getrlimit(getattr(resource, name))) for name in names]
    spaces = [os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "net", "pid", "user")]
    return [os.geteuid(), os.getegid(), sorted(os.getgroups()), spaces, limits]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def send(connection: _socket.socket, data: bytes, files: list[int]) -> None:
    """Sends a request: its length with the files attached, then its data."""
    attached = b"".join(file.to_bytes(4, sys.byteorder) for file in files)
    connection.sendmsg([len(data).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, attached)])
    connection.sendall(data)


def receive(connection: _socket.socket) -> tuple[bytes, list[int]]:
    """Returns the data and the files of a request. The data is empty if the client has gone away."""
    import socket  # Only the server receives requests.

    head, files, _flags, _address = socket.recv_fds(connection, 4, 4)
    if len(head) < 4:
        return b"", list(files)
    size = min(int.from_bytes(head, "big"), LARGEST)
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            return b"", list(files)
        data += part
    return bytes(data), list(files)
