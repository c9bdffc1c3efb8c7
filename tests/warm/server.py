# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: passes each request to a process that has imported what the command needs.

Usage: python server.py FOLDER REAL-BIN

It writes a script for every command into FOLDER/bin, prints a line when it is ready, and ends when its standard input is closed.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from collections import OrderedDict
from pathlib import Path

import commands
import protocol
from fork_server import ForkServer, Request, close_all, own, say

# The number of fork servers to keep. Ansible reads its settings during its imports, so each set of settings needs its own.
MOST_SETTINGS = 12


def main(folder: Path, real: Path) -> None:
    """Serves until standard input is closed. In a fork, runs the command."""
    listener = _listen(folder)
    commands.write_scripts(folder, real)
    commands.import_libraries()
    modules = ForkServer(commands.prepare_modules)
    fork_servers: OrderedDict[tuple, ForkServer] = OrderedDict()
    print("ready", flush=True)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection = own(listener.accept()[0])
        data, files = protocol.receive(connection)
        request = _read(data)
        if request is None:
            close_all(connection, files)
        elif not _is_ours(request):
            say(connection, protocol.NO)
            close_all(connection, files)
        elif commands.is_module(request):
            modules.hand_over(connection, data, files)
        else:
            _fork_server_for(request, fork_servers, folder).hand_over(connection, data, files)


def _listen(folder: Path) -> socket.socket:
    listener = own(socket.socket(socket.AF_UNIX))
    listener.bind(str(folder / "socket"))
    listener.listen(64)
    return listener


def _read(data: bytes) -> Request | None:
    return Request(**protocol.read_request(data)) if data else None


def _is_ours(request: Request) -> bool:
    """Tells whether a fork of this process can stand in for the client. What Python reads at its start can't be changed later."""
    mine, theirs = (_of_python(each) for each in (os.environ, request.environment))
    return request.process_context == protocol.process_context() and mine == theirs


def _of_python(environment: dict) -> dict:
    read = ("PYTHON", "LC_", "LANG", "COVERAGE_PROCESS")
    return {name: value for name, value in environment.items() if name.startswith(read) and name != "PYTHONWARNINGS"}


def _fork_server_for(request: Request, fork_servers: OrderedDict[tuple, ForkServer], folder: Path) -> ForkServer:
    """Returns the process that has imported Ansible with these settings. A new one replaces the one that was idle longest."""
    settings = commands.settings_of(request)
    if settings not in fork_servers:
        if len(fork_servers) == MOST_SETTINGS:
            fork_servers.popitem(last=False)[1].close()
        fork_servers[settings] = ForkServer(lambda: commands.prepare_ansible(request, folder))
    fork_servers.move_to_end(settings)
    return fork_servers[settings]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
