# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has imported what some commands need, and forks for each of them."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import protocol
from immortal import make_everything_immortal

LOG = "KEYLESS_WARM_LOG"  # the variable with the path of the log
LOWEST_FREE, HIGHEST = 3, 4096  # file descriptors


@dataclass(frozen=True)
class Request:
    """A command to run, as described in `protocol.request`."""

    program: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    umask: int
    process_context: list


Run = Callable[[Request], NoReturn]

_sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def own(opened: socket.socket) -> socket.socket:
    """Registers a socket that forked processes must not keep."""
    _sockets.add(opened)
    return opened


def _close_from(lowest: int) -> None:
    """Closes the files that a forked process does not need. Detaches the socket objects, so that none of them closes a reused descriptor later."""
    for opened in _sockets:
        opened.detach()
    os.closerange(lowest, HIGHEST)


class ForkServer:
    """A fork server, as the server sees it. ``prepare`` does the imports and returns the function that runs a request in a fork."""

    def __init__(self, prepare: Callable[[], Run]) -> None:
        ours, theirs = socket.socketpair()
        self._control = own(ours)
        if os.fork() == 0:
            # If the server's sockets stayed open here, their peers would wait forever.
            os.dup2(theirs.detach(), LOWEST_FREE)
            _close_from(LOWEST_FREE + 1)
            _serve(own(socket.socket(fileno=LOWEST_FREE)), prepare())
        theirs.close()

    def hand_over(self, connection: socket.socket, data: bytes, files: list[int]) -> None:
        """Passes on a request. If the fork server has ended, tells the client to run the real command."""
        try:
            protocol.send(self._control, data, [*files, connection.fileno()])
        except OSError:
            say(connection, protocol.NO)
        close_all(connection, files)

    def close(self) -> None:
        """Ends the fork server after its commands have ended."""
        self._control.close()


@dataclass(frozen=True)
class Running:
    """A running command, and the client that waits for it."""

    program: str
    pid: int
    connection: socket.socket


def _serve(control: socket.socket, run: Run) -> NoReturn:
    """Forks for every request, until the server has ended and no command is running."""
    # Imports are never freed. Without this, the first garbage collection in each fork would copy all shared memory.
    gc.collect()
    make_everything_immortal()
    gc.freeze()
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    is_open, running = True, 0
    while is_open or running:
        for key, _events in selector.select():
            if key.fileobj is control:
                is_open = _begin(control, run, selector)
                running += is_open
            elif isinstance(key.fileobj, int):
                _report(selector, key.fileobj, key.data)
                running -= 1
            else:
                _kill(selector, key.data)
    sys.exit()


def _begin(control: socket.socket, run: Run, selector: selectors.BaseSelector) -> bool:
    """Starts the next request. Returns False if the server has ended."""
    data, files = protocol.receive(control)
    if not data:
        selector.unregister(control)
        return False
    *given, connection = files
    request = Request(**protocol.read_request(data))
    pid = os.fork()
    if pid == 0:
        selector.close()
        _become(request, given, run)
    running = Running(request.program, pid, own(socket.socket(fileno=connection)))
    say(running.connection, b"%d\n" % pid)
    selector.register(os.pidfd_open(pid), selectors.EVENT_READ, running)
    selector.register(running.connection, selectors.EVENT_READ, running)
    for file in given:
        os.close(file)
    return True


def _report(selector: selectors.BaseSelector, pid_file: int, running: Running) -> None:
    """Sends a command's exit status to the client."""
    selector.unregister(pid_file)
    os.close(pid_file)
    _pid, status, usage = os.wait4(running.pid, 0)
    _log(running.program, usage.ru_utime + usage.ru_stime)
    if running.connection in selector.get_map():
        selector.unregister(running.connection)
    say(running.connection, b"%d\n" % os.waitstatus_to_exitcode(status))
    running.connection.close()


def _log(program: str, seconds: float) -> None:
    """Logs the CPU time of a command and its children, for `make slowest`."""
    log = os.environ.get(LOG)
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{program} {seconds}\n")


def _kill(selector: selectors.BaseSelector, running: Running) -> None:
    """Kills a command whose client was killed, with its children."""
    if running.connection.fileno() < 0:
        return  # It has just ended, and was reported.
    selector.unregister(running.connection)
    os.kill(running.pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):  # It may not have a process group yet.
        os.killpg(running.pid, signal.SIGKILL)


def _become(request: Request, files: list[int], run: Run) -> NoReturn:
    """Runs in the fork: gives it the streams, environment and folder of the client, and runs the command."""
    os.setsid()
    for target, file in enumerate(files):
        os.dup2(file, target)
    _close_from(LOWEST_FREE)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGPIPE else signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    take_over(request)
    _open_streams("PYTHONUNBUFFERED" in request.environment)
    try:
        run(request)
    except SystemExit as end:
        _end(end.code)


def _end(code: object) -> NoReturn:
    """Ends the process as Python does, but without freeing every object, which would copy all shared memory."""
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # pylint: disable=protected-access
    atexit._run_exitfuncs()  # pylint: disable=protected-access
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit((code or 0) & 0xFF)


def take_over(request: Request) -> None:
    """Applies the environment of a request, and resets what this process has cached of its own."""
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    os.umask(request.umask)
    time.tzset()
    tempfile.tempdir = None
    for option in filter(None, request.environment.get("PYTHONWARNINGS", "").split(",")):
        warnings._setoption(option)  # type: ignore[attr-defined]


def _open_streams(unbuffered: bool) -> None:
    """Opens the streams as Python does at its start."""
    sys.stdin = _stream(0, "rb")
    sys.stdout = _stream(1, "wb", errors="surrogateescape", write_through=unbuffered)
    sys.stderr = _stream(2, "wb", errors="backslashreplace", line_buffering=True)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr


def _stream(file: int, mode: str, **options: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(os.fdopen(file, mode, closefd=False), encoding="utf-8", **options)


def say(connection: socket.socket, line: bytes) -> None:
    """Answers a client, which may have been killed in the meantime."""
    with contextlib.suppress(OSError):
        connection.sendall(line)


def close_all(connection: socket.socket, files: list[int]) -> None:
    """Closes the connection and the files of a request."""
    connection.close()
    for file in files:
        os.close(file)
