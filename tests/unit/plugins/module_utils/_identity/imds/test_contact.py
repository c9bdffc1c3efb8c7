# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first contact with services that are slow, silent, or not there."""

from __future__ import annotations

import itertools
import socket
import time
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import contact as contact_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import service as service_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.contact import HEAD_START, first_contact
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.service import TRY_SECONDS, TimedOut
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds.fake import (
    SESSION,
    client,
    closed_port,
    has_ipv6,
    send,
    silent,
)


def contact_with(*urls):
    return first_contact([client(url) for url in urls])


def test_the_second_endpoint_is_left_alone_where_the_first_answers(serve):
    first, second = serve(), serve()
    assert contact_with(first.url, second.url).token().text == SESSION
    assert second.asked == []


def test_the_second_endpoint_is_asked_where_the_first_refuses(serve):
    assert contact_with(f"http://127.0.0.1:{closed_port()}", serve().url).token().text == SESSION


def test_the_second_endpoint_does_not_wait_for_a_first_that_is_silent(serve, black_hole, monkeypatch):
    # The first contact begins at 0, and its head start is over when the clock is looked at again.
    times = itertools.chain([0], itertools.repeat(HEAD_START * 10**6))
    monkeypatch.setattr(contact_file, "time", SimpleNamespace(monotonic=times.__next__))
    assert contact_with(black_hole, serve().url).token().text == SESSION


@pytest.mark.skipif(not has_ipv6(), reason="This machine has no IPv6")
def test_a_service_with_an_ipv6_address_is_asked(serve):
    imds = serve(address="::1")
    assert contact_with(f"http://127.0.0.1:{closed_port()}", imds.url).token().text == SESSION


def test_a_slow_first_is_waited_for_where_the_second_does_not_answer(serve, monkeypatch):
    def slow(handler):
        time.sleep(0.2)
        send(handler, 200, "slow")

    monkeypatch.setattr(contact_file, "HEAD_START", 0)
    contact = contact_with(serve(token=slow).url, f"http://127.0.0.1:{closed_port()}")
    assert contact.token().text == "slow"


def test_where_nothing_answers_it_is_known_within_two_seconds(monkeypatch):
    tries = []

    def never(seconds, _exchange):
        tries.append(seconds)
        raise socket.timeout

    monkeypatch.setattr(service_file, "within", never)
    contact = contact_with("http://127.0.0.1:1", "http://127.0.0.1:2")
    with pytest.raises(TimedOut):
        contact.token()
    assert contact.status_without_token() is None
    # Of each service: two tries for a token, and beside them one without a token
    assert tries == [TRY_SECONDS] * 6
    assert HEAD_START + 2 * TRY_SECONDS < 2


def test_a_service_behind_a_hop_answers_only_without_a_token(serve, impatient):
    imds = serve(token=silent)
    contact = contact_with(imds.url, f"http://127.0.0.1:{closed_port()}")
    assert contact.imds.status_without_token() == 401
    with pytest.raises(TimedOut):
        contact.token()
    assert [each[0] for each in imds.asked].count("GET") == 1
