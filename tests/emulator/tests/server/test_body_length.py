# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests with a wrong length, or without one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from keyless_emulator.server.http_messages import NO_ANSWER
from keyless_emulator.server.listener import Listener

Send = Callable[..., bytes]


@pytest.fixture(name="send")
def _send(aws: Any) -> Send:
    """Sends headers and a body, and reads until the server closes the connection. This end stays open."""
    host, port = aws.endpoint.removeprefix("http://").split(":")

    def send(*headers: str, body: bytes = b"", method: str = "PUT", ends: bool = False) -> bytes:
        lines = [f"{method} /emulator/latency HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""]
        with socket.create_connection((host, int(port)), timeout=600) as connection:
            connection.sendall("\r\n".join(lines).encode() + body)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(4096), b""))

    return send


def _status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize("length", ["-1", "+1", "1_0", "x", "1.0", "0x1", "٣", "1, 1"])
def test_length_that_is_not_a_number(send: Send, length: str) -> None:
    assert _status(send(f"Content-Length: {length}")) == 400


def test_two_lengths(send: Send) -> None:
    assert _status(send("Content-Length: 1", "Content-Length: 2")) == 400


@pytest.mark.parametrize("length", [16 * 2**20 + 1, 10**12, "9" * 10000])
def test_length_of_a_flood(send: Send, length: object) -> None:
    assert _status(send(f"Content-Length: {length}")) == 413


@pytest.mark.parametrize("headers", [(), ("Content-Length: 3",)])
def test_chunked_body(send: Send, headers: tuple[str, ...]) -> None:
    assert _status(send("Transfer-Encoding: chunked", *headers)) == 411


def test_body_that_ends_too_early(aws: Any, send: Send) -> None:
    body = b'{"milliseconds": 1}'
    answer = send("Content-Type: application/json", f"Content-Length: {len(body) + 1}", body=body, ends=True)
    assert _status(answer) == 400
    assert aws.http("GET", "/emulator/latency") == {"milliseconds": 0}


def test_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server closes the connection, normally after half a minute."""
    monkeypatch.setattr("keyless_emulator.server.listener.PATIENCE", 0.1)
    with Listener(0, lambda _request: NO_ANSWER) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        with socket.create_connection(("127.0.0.1", server.port), timeout=600) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab")
            assert connection.recv(1) == b""
        server.shutdown()


def test_without_a_length_the_body_is_empty(send: Send) -> None:
    assert _status(send("Connection: close", method="GET")) == 200
