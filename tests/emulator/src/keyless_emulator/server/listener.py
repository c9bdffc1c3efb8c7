# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: on the loopback interface, with a thread for each connection, which is kept alive."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from select import select
from socket import IP_TTL, IPPROTO_IP
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import unquote_to_bytes

from ..conditions.clock import clock
from .body_length import BadBody, body_length
from .http_messages import LOST, NO_ANSWER, Answer, Request

LOOPBACK = "127.0.0.1"
USUAL_TTL = 64
PATIENCE = 30  # seconds that a client waits for an answer that never comes, and the server for a body


class Listener(ThreadingMixIn, TCPServer):
    """The server. ``answer`` is called in the thread of the connection."""

    # TCPServer instead of HTTPServer, which looks up its own name in DNS when it starts.
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Answer]) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.answer = answer

    @property
    def port(self) -> int:
        """Returns the port."""
        return self.server_address[1]

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Ignores clients that disconnect."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise each answer on a kept-alive connection would wait for the client's delayed ACK (40 ms).
    disable_nagle_algorithm = True
    wbufsize = -1

    def _exchange(self) -> None:
        try:
            request = Request(_environ(self), self._body())
        except BadBody as error:
            self.close_connection = True
            self._send(Answer(error.status.value, [("Content-Type", "text/plain")], str(error).encode()))
            return
        answer = self.server.answer(request)  # type: ignore[attr-defined]
        if answer == LOST:
            # A closed connection is readable, too.
            select([self.connection], [], [], PATIENCE)
        if answer in (LOST, NO_ANSWER):
            self.close_connection = True
        else:
            self._send_with_ttl(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _exchange

    def _body(self) -> bytes:
        """Returns the body. Raises BadBody, and TimeoutError if it does not arrive."""
        length = body_length(self.headers)
        if not length:
            return b""
        self.connection.settimeout(PATIENCE)
        body = self.rfile.read(length)
        self.connection.settimeout(None)
        if len(body) < length:
            raise BadBody(HTTPStatus.BAD_REQUEST, "The body is shorter than its Content-Length.")
        return body

    def _send_with_ttl(self, answer: Answer) -> None:
        """Sends the answer. The time to live stays until the next one, because the kernel repeats what got lost."""
        self.connection.setsockopt(IPPROTO_IP, IP_TTL, answer.ttl or USUAL_TTL)
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        own = ("content-length", "connection")
        lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers if name.lower() not in own]
        if not any(name.lower() == "date" for name, _value in answer.headers):
            lines.append(f"Date: {formatdate(clock().now(), usegmt=True)}")
        if self.close_connection:
            lines.append("Connection: close")
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
    """Returns the request as a WSGI environment."""
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
    for name in set(handler.headers):
        if "_" in name:  # It could be confused with another header.
            continue
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = ",".join(handler.headers.get_all(name, []))
    return environ


class _Silence:
    """A stream that drops moto's log lines. The gateway prints real errors."""

    def write(self, _text: str) -> None:
        """Drops the text."""

    def flush(self) -> None:
        """Does nothing."""
