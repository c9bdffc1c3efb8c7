# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fake metadata services: normal, slow, silent, hostile, or missing."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.client import (
    ImdsClient,
)

TOKEN_PATH = "/latest/api/token"
PROBE_PATH = "/latest/meta-data/instance-id"
PAGE = "/latest/meta-data/placement/region"
SESSION = "session-token-that-nobody-may-see"
DATE = "Tue, 24 Nov 2026 03:00:00 GMT"
SILENCES = []  # requests that get no answer, as method and path


class FakeImds(ThreadingHTTPServer):
    """Serves ``pages``: by path, a status and a text, or a function of the handler.  Requests are recorded in ``asked``.

    ``token``, ``without_token`` and ``bad_token`` are the answers to a PUT, and to requests without a token or with an
    invalid one.
    """

    def __init__(
        self,
        pages=None,
        address="127.0.0.1",
        token=(200, SESSION),
        without_token=(401, ""),
        bad_token=(401, ""),
    ):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.pages, self.token, self.without_token, self.bad_token = pages or {}, token, without_token, bad_token
        self.date = DATE
        self.asked = []
        self.ended = threading.Event()
        super().__init__((address, 0), Handler)
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self.server_address[1]}"

    def answer(self, handler):
        self.asked.append((handler.command, handler.path, dict(handler.headers)))
        if handler.command == "PUT":
            return self.token
        given = handler.headers.get("X-aws-ec2-metadata-token")
        if given is None:
            return self.without_token
        if given != SESSION:
            return self.bad_token
        return self.pages.get(handler.path, (404, "not found"))

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self.shutdown()
            thread.join()
            self.server_close()

    def handle_error(self, request, client_address):
        """A client that closes the connection is not an error."""


class Handler(BaseHTTPRequestHandler):
    """Sends the server's answers."""

    def _answer(self):
        answer = self.server.answer(self)
        if callable(answer):
            answer(self)
        else:
            send(self, *answer)

    do_GET = do_PUT = _answer

    def date_time_string(self, timestamp=None):
        return self.server.date

    def log_message(self, format, *args):
        """Keeps the tests' output clean."""


def send(handler, status, text, **headers):
    body = text.encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def silent(handler):
    SILENCES.append((handler.command, handler.path))
    handler.server.ended.wait()


def garbage(handler):
    handler.wfile.write(f"{SESSION} is no HTTP\r\n\r\n".encode())


def hang_up(handler):
    handler.close_connection = True


def drip(handler):
    """Sends a byte now and then, and never finishes."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not handler.server.ended.wait(0.02):
        handler.wfile.write(b"x")


def huge(handler):
    send(handler, 200, "x" * 65537)


def endless(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not handler.server.ended.is_set():
        handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def in_turn(*answers):
    """The answers in turn."""
    left = list(answers)

    def answer(handler):
        given = left.pop(0)
        if callable(given):
            given(handler)
        else:
            send(handler, *given)

    return answer


def client(url):
    return ImdsClient(urlsplit(url))


def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", 0))
    except OSError:
        return False
    return True


def headers_in(request):
    return {name.lower(): value for name, value in request[2].items()}
