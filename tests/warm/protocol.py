# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol between a client and the server, over a Unix socket.

The client sends one request: a JSON object, with its standard input, output and error attached. The server answers with lines: the process id when
the command runs, and the exit status when it has ended. If the real command must run instead, it answers ``no``. If the client closes the connection,
the server kills the command.

This file imports little, because every command waits for the client to start.
"""

from __future__ import annotations

import os
import socket

# The name of the file with which Ansible runs a module
MODULE = "AnsiballZ_"
NO = b"no\n"
LARGEST = 1 << 22  # bytes of a request


def is_warm(program: str, arguments: list[str]) -> bool:
    """Tells whether a fork server can run the command: any command of Ansible, but Python only to run a module."""
    return program != "python" or not arguments or os.path.basename(arguments[0]).startswith(MODULE)


def request(program: str, arguments: list[str], environment: dict[str, str], folder: str) -> dict:
    """Returns a request to run a program as this process would run it.

    It includes the user, the namespaces and the limits of this process, which the server compares with its own.
    """
    return {
        "program": program,
        "arguments": arguments,
        "environment": environment,
        "folder": folder,
        "umask": _umask(),
        "process_context": process_context(),
    }


def process_context() -> list:
    """Returns what a fork inherits and can't change: user, groups, namespaces and limits."""
    import resource

    limits = [list(resource.getrlimit(getattr(resource, name))) for name in sorted(vars(resource)) if name.startswith("RLIMIT_")]
    spaces = [os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "net", "pid", "user")]
    return [os.geteuid(), os.getegid(), sorted(os.getgroups()), spaces, limits]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def send(connection: socket.socket, text: bytes, files: list[int]) -> None:
    """Sends a request: its length with the files attached, then its text."""
    socket.send_fds(connection, [len(text).to_bytes(4, "big")], files)
    connection.sendall(text)


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Returns the text and the files of a request. The text is empty if the client has gone away."""
    head, files, _flags, _address = socket.recv_fds(connection, 4, 4)
    if len(head) < 4:
        return b"", list(files)
    size = min(int.from_bytes(head, "big"), LARGEST)
    text = bytearray()
    while len(text) < size:
        part = connection.recv(size - len(text))
        if not part:
            return b"", list(files)
        text += part
    return bytes(text), list(files)
