# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: loopback only, a thread for each connection, connections kept alive."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from select import select
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any
from urllib.parse import unquote_to_bytes

from ..conditions.conditions import Conditions, Start
from ..imds.service import PREFIX as METADATA_PREFIX
from ..imds.service import MetadataService
from ..patches import apply_patches
from .backend import Moto
from .calls import CallLog
from .control import PREFIX, Control
from .exchange import LOST, NO_ANSWER, Answer, Request, made_request
from .gateway import Gateway
from .rules import check_rules
from .warm import warm_up

LOOPBACK = "127.0.0.1"
# moto's own pages and its one IMDS for all: not AWS calls, so neither checked nor logged.
MOTO_PATHS = ("/moto-api", "/latest/", "/favicon.ico")
PATIENCE = 30  # seconds that a client waits for an answer that is lost


class Emulator:
    """A running emulator; a context manager that stops it."""

    def __init__(self, port: int = 0, log_file: Path | None = None, start: Start = Start()) -> None:
        apply_patches()
        self.calls = CallLog(log_file)
        self._moto = Moto()
        warm_up(self._moto.answer)
        unconditional = Gateway(self._moto.answer, self.calls, (check_rules,))
        self.conditions = Conditions(start, unconditional.answer)
        self._gateway = Gateway(self._moto.answer, self.calls, (check_rules,), self.conditions.layers)
        self._control = Control(self.calls, self.conditions, self.reset)
        self._metadata = MetadataService(self._moto.lock)
        self._server = _Server((LOOPBACK, port), self._answer)

    @property
    def endpoint(self) -> str:
        """The URL to give to AWS clients."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def reset(self) -> None:
        """Forgets all of AWS, and go back to the conditions at the start; the calls stay."""
        self.conditions.reset()
        self._moto.answer(made_request("/moto-api/reset"))

    def serve(self) -> None:
        """Answers requests until stop() or an exception, which is passed on."""
        self._server.serve_forever(poll_interval=0.05)

    def start(self) -> Emulator:
        """Answers requests in a thread and return at once."""
        Thread(target=self.serve, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stops a server that start() started, and free its port."""
        self._server.shutdown()
        self.close()

    def close(self) -> None:
        """Free the port and close the log."""
        self._server.server_close()
        self.calls.close()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *_details: object) -> None:
        self.stop()

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        if request.path.startswith(METADATA_PREFIX):
            return self._metadata.answer(request)
        if request.path.startswith(MOTO_PATHS):
            return self._moto.answer(request)
        return self._gateway.answer(request)


class _Server(ThreadingMixIn, TCPServer):
    # TCPServer and not HTTPServer: the latter asks DNS for its own name when it starts.
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Answer]) -> None:
        super().__init__(address, _Handler)
        self.answer = answer

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A client that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it every answer on a kept-alive connection waits for the client's delayed ACK (40 ms).
    disable_nagle_algorithm = True
    wbufsize = -1

    def _exchange(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(_environ(self), self.rfile.read(length))
        answer = self.server.answer(request)  # type: ignore[attr-defined]
        if answer == LOST:
            # Readable is a connection also when it has been closed.
            select([self.connection], [], [], PATIENCE)
        if answer in (LOST, NO_ANSWER):
            self.close_connection = True
        else:
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _exchange

    def _send(self, answer: Answer) -> None:
        own = ("content-length", "connection")
        lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers if name.lower() not in own]
        if not any(name.lower() == "date" for name, _value in answer.headers):
            lines.append(f"Date: {formatdate(usegmt=True)}")
        lines += [f"Content-Length: {len(answer.body)}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1"))
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _environ(handler: _Handler) -> dict[str, Any]:
    """The request as WSGI describes it."""
    path, _mark, query = handler.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": handler.command,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": handler.path,
        "RAW_URI": handler.path,
        "SERVER_NAME": LOOPBACK,
        "SERVER_PORT": str(handler.connection.getsockname()[1]),
        "SERVER_PROTOCOL": handler.request_version,
        "REMOTE_ADDR": handler.client_address[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.errors": _Silence(),
    }
    for name, value in handler.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ


class _Silence:
    """A stream for moto's own log lines; real failures are printed by the gateway."""

    def write(self, _text: str) -> None:
        """Drop the text."""

    def flush(self) -> None:
        """Does nothing."""
