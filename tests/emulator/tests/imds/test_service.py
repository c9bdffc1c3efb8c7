# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service of each instance: which requests it answers."""

from __future__ import annotations

import http.client
import select
import socket
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from imds_client import (
    HOUR,
    META_DATA,
    SECONDS,
    TOKEN,
    TOKEN_PATH,
    Imds,
    options,
)


def test_token(bare: Imds) -> None:
    answer = bare.ask("PUT", TOKEN_PATH, {SECONDS: "21600"})
    assert (answer.status, answer.headers["X-Aws-Ec2-Metadata-Token-Ttl-Seconds"]) == (200, "21600")
    assert bare.get(f"{META_DATA}/instance-id", answer.text).text == bare.instance_id


IP_MINTTL = 21  # Linux's number; the socket module has no name for it


@pytest.mark.parametrize("seconds", ["", "0", "21601", "-1", "1.5", "x", None])
def test_token_needs_a_lifetime(bare: Imds, seconds: str | None) -> None:
    headers = {} if seconds is None else {SECONDS: seconds}
    assert bare.ask("PUT", TOKEN_PATH, headers).status == 400


def test_token_is_not_for_proxies(bare: Imds) -> None:
    headers = {SECONDS: "60", "X-Forwarded-For": "192.0.2.1"}
    assert bare.ask("PUT", TOKEN_PATH, headers).status == 403


def test_token_expires(bare: Imds, ahead: Callable[[float], None]) -> None:
    token = bare.token(2 * HOUR)
    ahead(HOUR)
    assert bare.get(META_DATA, token).status == 200
    ahead(2 * HOUR + 1)
    assert bare.get(META_DATA, token).status == 401


def test_token_is_the_instances_own(aws: Any) -> None:
    one, other = (Imds(aws, instance_id) for instance_id in aws.launch(2))
    assert one.get(META_DATA, other.token()).status == 401


def test_without_a_token(bare: Imds) -> None:
    assert bare.ask("GET", f"{META_DATA}/instance-id").text == bare.instance_id
    assert bare.get(META_DATA, "wrong").status == 401
    options(bare, HttpTokens="required")
    assert bare.ask("GET", META_DATA).status == 401
    assert bare.get(META_DATA).status == 200


def test_disabled(bare: Imds) -> None:
    token = bare.token()
    options(bare, HttpEndpoint="disabled")
    assert bare.ask("PUT", TOKEN_PATH, {SECONDS: "60"}).status == 403
    assert bare.get(META_DATA, token).status == 403


def test_answer_does_not_arrive_a_hop_too_far(bare: Imds) -> None:
    container = bare.with_hops(2)
    with pytest.raises(socket.timeout):
        container.ask("PUT", TOKEN_PATH, {SECONDS: "60"}, timeout=0.3)
    assert container.ask("GET", META_DATA, {TOKEN: bare.token()}).status == 200
    options(bare, HttpPutResponseHopLimit=2)
    assert container.token()


@pytest.mark.parametrize("limit, suffix, ttl", [(1, "", 1), (3, "", 3), (3, ";hops=2", 2)])
def test_the_answer_to_a_put_survives_as_many_hops_as_are_left(aws: Any, limit: int, suffix: str, ttl: int) -> None:
    (instance_id,) = aws.launch(MetadataOptions={"HttpPutResponseHopLimit": limit})
    host, port = aws.endpoint.removeprefix("http://").split(":")
    head = f"/imds/{instance_id}{suffix}{TOKEN_PATH} HTTP/1.1\r\nHost: {host}:{port}\r\n{SECONDS}: 60\r\n\r\n".encode()
    for least, arrives in ((ttl, True), (ttl + 1, False)):
        with socket.create_connection((host, int(port)), timeout=2) as connection:
            connection.setsockopt(socket.IPPROTO_IP, IP_MINTTL, least)
            connection.sendall(b"PUT " + head)
            assert bool(select.select([connection], [], [], 0.5)[0]) is arrives


def test_other_requests_are_answered_in_the_meantime(bare: Imds) -> None:
    host = bare.aws.endpoint.removeprefix("http://")
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as waiting:
        head = f"PUT /imds/{bare.instance_id};hops=2{TOKEN_PATH} HTTP/1.1\r\nHost: {host}\r\n{SECONDS}: 60\r\n\r\n"
        waiting.sendall(head.encode())
        assert bare.get(META_DATA).status == 200
        assert bare.aws.instance(bare.instance_id)["State"]["Name"] == "running"
        waiting.settimeout(0.1)
        with pytest.raises(socket.timeout):
            waiting.recv(1)


@pytest.mark.parametrize("path", [META_DATA, TOKEN_PATH])
def test_unknown_instance(aws: Any, path: str) -> None:
    for method in ("GET", "PUT"):
        with pytest.raises(http.client.RemoteDisconnected):
            Imds(aws, "i-0123456789abcdef0").ask(method, path, {SECONDS: "60"})


def test_instance_that_is_not_running(aws: Any, ahead: Callable[[float], None]) -> None:
    aws.http("PUT", "/emulator/transitions", {"pending": HOUR, "stopping": HOUR})
    [instance_id] = aws.launch()
    imds = Imds(aws, instance_id)
    _assert_no_answer(imds)
    ahead(HOUR + 1)
    assert imds.get(META_DATA).status == 200
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    _assert_no_answer(imds)
    ahead(2 * HOUR + 2)
    _assert_no_answer(imds)


def _assert_no_answer(imds: Imds) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        imds.ask("GET", META_DATA)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{META_DATA}/nothing", 404),
        ("GET", "/1.0/", 404),
        ("GET", "x/latest", 404),
        ("GET", ";hops=0/latest", 404),
        ("PUT", META_DATA, 405),
        ("POST", TOKEN_PATH, 405),
        ("DELETE", META_DATA, 405),
    ],
)
def test_wrong_requests(bare: Imds, method: str, path: str, status: int) -> None:
    assert bare.ask(method, path, {SECONDS: "60"}).status == status


@pytest.mark.parametrize(("path", "status"), [(META_DATA, 200), ("/nothing", 404)])
def test_headers(bare: Imds, ahead: Callable[[float], None], path: str, status: int) -> None:
    before = time.time()
    ahead(HOUR)
    answer = bare.ask("GET", path)
    [date] = answer.headers.get_all("Date")
    # The header has no fractions of a second.
    assert before - 1 < parsedate_to_datetime(date).timestamp() - HOUR <= time.time()
    assert (answer.status, answer.headers["Server"], answer.headers["Content-Type"]) == (status, "EC2ws", "text/plain")


def test_requests_are_not_aws_calls(bare: Imds) -> None:
    bare.aws.http("DELETE", "/emulator/calls")
    bare.aws.http("POST", "/emulator/faults", {"operation": "*", "code": "Throttling"})
    assert bare.get(META_DATA).status == 200
    assert not bare.aws.calls()
