# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first contact with services that are slow, silent, or not there."""

from __future__ import annotations

import time

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.contact import first_contact
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.service import (
    NoAnswer,
    TimedOut,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds.fake import (
    SESSION,
    client,
    closed_port,
    has_ipv6,
    send,
    silent,
)


def contact_with(*urls):
    """The contact, and how many seconds it took to know whether there is one."""
    begun = time.monotonic()
    contact = first_contact([client(url) for url in urls])
    try:
        contact.token()
    except NoAnswer:
        contact.status_without_token()
    return contact, time.monotonic() - begun


def test_the_second_endpoint_is_left_alone_where_the_first_answers(serve):
    first, second = serve(), serve()
    contact, seconds = contact_with(first.url, second.url)
    assert contact.token().text == SESSION
    assert seconds < 0.5
    assert second.asked == []


def test_the_second_endpoint_is_asked_where_the_first_refuses(serve):
    second = serve()
    contact, seconds = contact_with(f"http://127.0.0.1:{closed_port()}", second.url)
    assert contact.token().text == SESSION
    assert seconds < 0.5


def test_the_second_endpoint_does_not_wait_for_a_first_that_is_silent(serve, black_hole):
    contact, seconds = contact_with(black_hole, serve().url)
    assert contact.token().text == SESSION
    assert seconds < 2


@pytest.mark.skipif(not has_ipv6(), reason="This machine has no IPv6")
def test_a_service_with_an_ipv6_address_is_asked(serve):
    imds = serve(address="::1")
    contact, seconds = contact_with(f"http://127.0.0.1:{closed_port()}", imds.url)
    assert contact.token().text == SESSION
    assert seconds < 0.5


def test_a_slow_first_is_waited_for_where_the_second_does_not_answer(serve):
    def slow(handler):
        time.sleep(0.2)
        send(handler, 200, "slow")

    contact, seconds = contact_with(serve(token=slow).url, f"http://127.0.0.1:{closed_port()}")
    assert contact.token().text == "slow"
    assert 0.2 < seconds < 1


def test_where_nothing_answers_it_is_known_within_two_seconds(serve, black_hole):
    mute = serve(token=silent, without_token=silent)
    contact, seconds = contact_with(black_hole, mute.url)
    assert contact.status_without_token() is None
    assert 1 < seconds < 2


def test_a_service_behind_a_hop_answers_only_without_a_token(serve, impatient):
    imds = serve(token=silent)
    contact, seconds = contact_with(imds.url, f"http://127.0.0.1:{closed_port()}")
    assert contact.imds.status_without_token() == 401
    with pytest.raises(TimedOut):
        contact.token()
    assert [each[0] for each in imds.asked].count("GET") == 1
