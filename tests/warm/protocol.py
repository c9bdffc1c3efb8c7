# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client and the server say to each other, over a Unix socket.

The client sends one request: a JSON object, with its standard input, output and error attached.  The server answers with lines: the process id
of the command once it runs, and its exit status at the end.  It answers with the line ``no`` instead if the command has to be run as usual.
If the client closes the connection, the server kills the command.

This file imports as little as it can: the client's start is part of every command.
"""

from __future__ import annotations

import os
import socket

# What Ansible calls the file that it gives to a Python to run a module
MODULE = "AnsiballZ_"
NO = b"no\n"
LARGEST = 1 << 22  # bytes of a request


def is_warm(program: str, arguments: list[str]) -> bool:
    """Whether the server knows the command: all of Ansible's, but of Python's only those that run a module."""
    return program != "python" or not arguments or os.path.basename(arguments[0]).startswith(MODULE)


def request(program: str, arguments: list[str], environment: dict[str, str], folder: str) -> dict:
    """A request to run a program as this process would run it.

    A process with other rights, name spaces or limits than the server's is another machine to the command, so the server compares them.
    """
    return {
        "program": program,
        "arguments": arguments,
        "environment": environment,
        "folder": folder,
        "umask": _umask(),
        "place": place(),
    }


def place() -> list:
    """What a forked command inherits and can't be given: whose process it is, in which name spaces, and with which limits."""
    import resource

    limits = [list(resource.getrlimit(getattr(resource, name))) for name in sorted(vars(resource)) if name.startswith("RLIMIT_")]
    spaces = [os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "net", "pid", "user")]
    return [os.geteuid(), os.getegid(), sorted(os.getgroups()), spaces, limits]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def send(connection: socket.socket, text: bytes, files: list[int]) -> None:
    """Sends a request: its length, with the files attached, and then its text."""
    socket.send_fds(connection, [len(text).to_bytes(4, "big")], files)
    connection.sendall(text)


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """The text of a request, and its files; no text if the client has gone away."""
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
