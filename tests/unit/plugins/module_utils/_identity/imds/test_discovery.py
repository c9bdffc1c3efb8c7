# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the endpoint among services that are slow, silent or missing, with a simulated clock."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import discovery
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.client import (
    TRY_SECONDS,
    NoAnswer,
    TimedOut,
    Token,
    TurnedOff,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.discovery import HEAD_START, first_contact
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds.fake_imds import (
    SESSION,
    client,
    closed_port,
    has_ipv6,
    silent,
)

AT_ONCE = 0.003  # seconds
GIVEN = Token(SESSION, None)
REFUSED = NoAnswer("Connection refused.")
# The outcomes of the token request, which is made twice, and of the request with a bad token, which begins after the
# head start; each with the seconds that it takes.
GOOD = {"token": (AT_ONCE, GIVEN), "status": (AT_ONCE, 401)}
OFF = {"token": (AT_ONCE, TurnedOff("")), "status": (AT_ONCE, 403)}
CLOSED = {"token": (0, REFUSED), "status": (0, REFUSED)}
MUTE = {"token": (2 * TRY_SECONDS, TimedOut("")), "status": (TRY_SECONDS, TimedOut(""))}
HANGING = {"token": (99, GIVEN), "status": (99, 401)}
TOO_FEW_HOPS = {**MUTE, "status": (AT_ONCE, 401)}


class Clock:
    """Time passes only while the code waits for a future."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def wait(self, awaited, seconds):
        last = max(each.due for each in awaited)
        self.now = max(self.now, min(last, self.now + seconds))


class Later:
    """A future that is done at a certain time."""

    def __init__(self, clock, seconds, outcome):
        self._clock, self._outcome = clock, outcome
        self.due = clock.now + seconds

    def done(self):
        return self._clock.now >= self.due

    def exception(self):
        return self._outcome if isinstance(self._outcome, Exception) else None

    def result(self):
        self._clock.wait([self], self.due)
        if self.exception():
            raise self._outcome
        return self._outcome


class Service:
    """Answers as configured; records when each request was made."""

    def __init__(self, clock, token, status):
        self._clock, self._token, self._status = clock, token, status
        self.asked = []
        self.bad_tokens = []

    def get_token(self):
        self.asked.append(self._clock.now)
        return Later(self._clock, *self._token)

    def status_with_bad_token(self):
        self.bad_tokens.append(self._clock.now)
        return Later(self._clock, *self._status)


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    """Simulates time in discovery.py; background calls are done at their time."""
    clock = Clock()
    monkeypatch.setattr(discovery, "TRY_SECONDS", TRY_SECONDS)
    monkeypatch.setattr(discovery, "time", clock)
    monkeypatch.setattr(discovery, "futures", SimpleNamespace(wait=clock.wait))
    monkeypatch.setattr(discovery, "in_background", lambda call: call())
    return clock


SLOW = {"token": (0.2, GIVEN), "status": (0.2, 401)}
SLOWER = {"token": (0.4, GIVEN), "status": (0.4, 401)}
# The first service, the second, the index of the chosen one, and when it is chosen
CONTACTS = [
    (GOOD, GOOD, 0, AT_ONCE),
    (GOOD, MUTE, 0, AT_ONCE),
    (OFF, GOOD, 0, AT_ONCE),
    (CLOSED, GOOD, 1, AT_ONCE),
    (MUTE, GOOD, 1, 2 * HEAD_START + AT_ONCE),
    (SLOW, CLOSED, 0, 2 * HEAD_START),
    (SLOW, GOOD, 0, 2 * HEAD_START),
    (SLOWER, GOOD, 1, 2 * HEAD_START + AT_ONCE),
    (TOO_FEW_HOPS, CLOSED, 0, 2 * HEAD_START),
    (MUTE, TOO_FEW_HOPS, 1, 4 * HEAD_START),
    (MUTE, SLOWER, 1, 2 * TRY_SECONDS),
    (CLOSED, CLOSED, 0, 0),
    (MUTE, MUTE, 0, 2 * HEAD_START + 2 * TRY_SECONDS),
    (HANGING, HANGING, 0, 2 * HEAD_START + 2 * TRY_SECONDS),
]


@pytest.mark.parametrize(("first", "second", "expected", "known"), CONTACTS)
def test_the_first_service_that_answers_is_used(clock, first, second, expected, known):
    services = [Service(clock, **first), Service(clock, **second)]
    assert first_contact(services).client is services[expected]
    assert clock.now == pytest.approx(known)


def test_the_second_service_gets_no_request_if_the_first_answers(clock):
    first, second = (Service(clock, **GOOD) for number in range(2))
    first_contact([first, second])
    assert (first.asked, second.asked) == ([0.0], [])
    assert first.bad_tokens == []


def test_the_second_service_gets_a_request_after_the_head_start_of_the_first(clock):
    first, second = Service(clock, **MUTE), Service(clock, **GOOD)
    assert first_contact([first, second]).token() == GIVEN
    assert (first.asked, second.asked) == ([0.0], [2 * HEAD_START])
    assert first.bad_tokens == [HEAD_START]


def test_it_takes_less_than_two_seconds_to_find_that_nothing_answers(clock):
    contact = first_contact([Service(clock, **MUTE) for number in range(2)])
    with pytest.raises(TimedOut):
        contact.token()
    assert contact.bad_token_status() is None
    assert clock.now <= 2


# Over the network


def test_the_second_endpoint_is_used_if_the_first_refuses(serve):
    refusing, second = f"http://127.0.0.1:{closed_port()}", serve()
    assert first_contact([client(refusing), client(second.url)]).token().text == SESSION


@pytest.mark.skipif(not has_ipv6(), reason="This machine has no IPv6")
def test_a_service_with_an_ipv6_address_is_used(serve):
    refusing, second = f"http://127.0.0.1:{closed_port()}", serve(address="::1")
    assert first_contact([client(refusing), client(second.url)]).token().text == SESSION


def test_a_service_with_too_few_hops_answers_only_the_bad_token(serve, impatient):
    imds = serve(token=silent)
    contact = first_contact([client(imds.url), client(f"http://127.0.0.1:{closed_port()}")])
    assert contact.bad_token_status() == 401
    with pytest.raises(TimedOut):
        contact.token()
    assert [each[0] for each in imds.asked].count("GET") == 1
