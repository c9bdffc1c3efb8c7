# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether tokens arrive in containers: measured on the host by their time to live, and in network namespaces."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity import hop_limit
from ansible_collections.keyless.ec2.plugins.module_utils._identity.containers import Engines
from ansible_collections.keyless.ec2.plugins.module_utils._identity.hop_limit import CONTAINER, HOST, HopLimit, measure
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.client import ImdsClient, NoAnswer, TimedOut, TurnedOff
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.min_ttl import drop_below

NONE, DOCKER = Engines([], True), Engines(["docker"], True)
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux drops packets by their time to live")


@pytest.fixture(autouse=True)
def _host(monkeypatch):
    """A host with docker, on which nothing is asked from namespaces."""
    monkeypatch.setattr(hop_limit, "container_engines", lambda: DOCKER)
    monkeypatch.setattr(hop_limit, "network_namespaces", lambda: iter(()))


class Client:
    """Answers with a token, or raises; ``bad`` is the status for an invalid token."""

    def __init__(self, token=None, bad=401, further=None):
        self._token, self._bad, self._further = token, bad, further

    def get_token(self):
        if self._token:
            raise self._token

    def status_with_bad_token(self):
        if isinstance(self._bad, Exception):
            raise self._bad
        return self._bad

    def further_away(self):
        return self._further


LOST, NOTHING, OFF = TimedOut("late"), NoAnswer("closed"), TurnedOff("off")


@pytest.mark.parametrize(
    "further, bad, is_enough",
    [(None, 401, True), (LOST, 401, False), (LOST, NOTHING, None), (LOST, 500, None), (NOTHING, 401, None), (OFF, 401, None)],
)
def test_what_arrives_further_away(further, bad, is_enough):
    assert measure([Client(LOST), Client(bad=bad, further=Client(further))])[1:] == (is_enough, None if is_enough is None else HOST)


@pytest.mark.parametrize("token", [LOST, NOTHING, OFF])
def test_without_a_token_on_the_host_nothing_is_known(token):
    found = measure([Client(token)])
    assert found[1:] == (None, None) and [each["reason"] for each in found.incomplete()] == ["not_measured"]


@pytest.mark.parametrize(
    "inside, on_host, is_enough",
    [([True], None, True), ([True, False], None, False), ([True], LOST, False), ([False], NOTHING, False), ([None], None, True)],
)
def test_the_worse_answer_counts(monkeypatch, inside, on_host, is_enough):
    """A container's users can control its network, so the host is asked as well."""
    monkeypatch.setattr(hop_limit, "_from_namespaces", lambda call: [each for each in inside if each is not None])
    measured = HOST if inside == [None] else CONTAINER
    assert measure([Client(further=Client(on_host))])[1:] == (is_enough, measured)


@pytest.mark.parametrize(
    "found, is_too_small, engines, missing",
    [
        (HopLimit(DOCKER, False, HOST), True, ["docker"], []),
        (HopLimit(NONE, False, HOST), False, [], []),
        (HopLimit(NONE, False, CONTAINER), True, [], []),
        (HopLimit(DOCKER, True, HOST), False, ["docker"], []),
        (HopLimit(DOCKER, None, None), False, ["docker"], ["containers.tokens_arrive"]),
        (HopLimit(Engines([], False), True, HOST), False, None, ["containers.engines"]),
        (HopLimit(Engines(["docker"], False), None, None), False, ["docker"], ["containers.engines", "containers.tokens_arrive"]),
    ],
)
def test_what_is_reported(found, is_too_small, engines, missing):
    assert (found.is_too_small, found.as_result()["engines"]) == (is_too_small, engines)
    assert [each["target"] for each in found.incomplete()] == missing


def serve_with_ttl(serve, ttl):
    """A service whose tokens survive so many hops."""

    def answer(handler):
        handler.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        handler.send_response(200)
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"TOKEN")

    service = serve({})
    service.token = answer
    return ImdsClient(urlsplit(service.url))


@LINUX
@pytest.mark.parametrize("ttl, is_enough", [(1, False), (2, True), (64, True)])
def test_the_kernel_drops_tokens_that_would_not_survive_another_hop(serve, monkeypatch, ttl, is_enough):
    client = serve_with_ttl(serve, ttl)
    if not is_enough:
        further = client.further_away()
        monkeypatch.setattr(client, "further_away", lambda: further)
        monkeypatch.setattr(further, "get_token", lambda: _impatient(further))
    assert measure([client])[1] is is_enough


def _impatient(client):
    """Asks for a token, and waits a second."""
    url = client._url
    with socket.create_connection((url.hostname, url.port), timeout=1) as connection:
        drop_below(connection, 2)
        connection.sendall(b"PUT /latest/api/token HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            connection.recv(1)
        except socket.timeout:
            raise TimedOut("late") from None


SERVICE = """
import socket, fcntl, struct
up = socket.socket()
fcntl.ioctl(up, 0x8914, struct.pack("16sH14x", b"lo", 0x49))  # the loopback interface, up and running
server = socket.socket()
server.bind(("127.0.0.1", 9))
server.listen()
print(flush=True)
connection, _ = server.accept()
connection.recv(1000)
connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nTOKEN")
"""


@pytest.mark.needs_root
def test_a_namespace_is_asked_from_inside(monkeypatch, patient):
    try:
        inside = subprocess.Popen(["unshare", "--net", sys.executable, "-c", SERVICE], stdout=subprocess.PIPE)
    except OSError:
        pytest.skip("this user can't make namespaces")
    if not inside.stdout.readline():
        pytest.skip("this user can't make namespaces")
    descriptor = os.open(f"/proc/{inside.pid}/ns/net", os.O_RDONLY)
    monkeypatch.setattr(hop_limit, "network_namespaces", lambda: iter([descriptor]))
    client = ImdsClient(urlsplit("http://127.0.0.1:9"))
    assert hop_limit._from_namespaces(lambda: hop_limit.tokens_arrive(client, client)) == [True]
    # This thread has stayed where it was.
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    inside.wait()
