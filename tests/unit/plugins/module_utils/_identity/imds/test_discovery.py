# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first contact with services that are slow, silent, or not there, by a clock that costs no time."""

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
# What becomes of the two questions, and after how many seconds; the one for a token is asked twice, the one for a
# refusal only after the head start.
GOOD = {"token": (AT_ONCE, GIVEN), "status": (AT_ONCE, 401)}
OFF = {"token": (AT_ONCE, TurnedOff("")), "status": (AT_ONCE, 403)}
CLOSED = {"token": (0, REFUSED), "status": (0, REFUSED)}
MUTE = {"token": (2 * TRY_SECONDS, TimedOut("")), "status": (TRY_SECONDS, TimedOut(""))}
HANGING = {"token": (99, GIVEN), "status": (99, 401)}
BEHIND_A_HOP = {**MUTE, "status": (AT_ONCE, 401)}


class Clock:
    """Time that passes only while somebody waits for a future."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def wait(self, awaited, seconds):
        last = max(each.due for each in awaited)
        self.now = max(self.now, min(last, self.now + seconds))


class Later:
    """A future that is done when its time has come."""

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
    """Answers as it is told to; ``asked`` are the times at which it was asked anything."""

    def __init__(self, clock, token, status):
        self._clock, self._token, self._status = clock, token, status
        self.asked = []
        self.refusals = []

    def get_token(self):
        self.asked.append(self._clock.now)
        return Later(self._clock, *self._token)

    def status_with_a_bad_token(self):
        self.refusals.append(self._clock.now)
        return Later(self._clock, *self._status)


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    """The clock of the first contact; a call in the background is under way until its time has come."""
    clock = Clock()
    monkeypatch.setattr(discovery, "TRY_SECONDS", TRY_SECONDS)
    monkeypatch.setattr(discovery, "time", clock)
    monkeypatch.setattr(discovery, "futures", SimpleNamespace(wait=clock.wait))
    monkeypatch.setattr(discovery, "in_background", lambda call: call())
    return clock


SLOW = {"token": (0.2, GIVEN), "status": (0.2, 401)}
SLOWER = {"token": (0.4, GIVEN), "status": (0.4, 401)}
# The first service, the second, which of them it comes to, and when that is known
CONTACTS = [
    (GOOD, GOOD, 0, AT_ONCE),
    (GOOD, MUTE, 0, AT_ONCE),
    (OFF, GOOD, 0, AT_ONCE),
    (CLOSED, GOOD, 1, AT_ONCE),
    (MUTE, GOOD, 1, 2 * HEAD_START + AT_ONCE),
    (SLOW, CLOSED, 0, 2 * HEAD_START),
    (SLOW, GOOD, 0, 2 * HEAD_START),
    (SLOWER, GOOD, 1, 2 * HEAD_START + AT_ONCE),
    (BEHIND_A_HOP, CLOSED, 0, 2 * HEAD_START),
    (MUTE, BEHIND_A_HOP, 1, 4 * HEAD_START),
    (MUTE, SLOWER, 1, 2 * TRY_SECONDS),
    (CLOSED, CLOSED, 0, 0),
    (MUTE, MUTE, 0, 2 * HEAD_START + 2 * TRY_SECONDS),
    (HANGING, HANGING, 0, 2 * HEAD_START + 2 * TRY_SECONDS),
]


@pytest.mark.parametrize(("first", "second", "expected", "known"), CONTACTS)
def test_the_service_that_answers_first_is_spoken_to(clock, first, second, expected, known):
    services = [Service(clock, **first), Service(clock, **second)]
    assert first_contact(services).imds is services[expected]
    assert clock.now == pytest.approx(known)


def test_the_second_service_is_left_alone_where_the_first_answers(clock):
    first, second = (Service(clock, **GOOD) for number in range(2))
    first_contact([first, second])
    assert (first.asked, second.asked) == ([0.0], [])
    assert first.refusals == []


def test_the_second_service_is_asked_when_the_first_has_had_its_head_start(clock):
    first, second = Service(clock, **MUTE), Service(clock, **GOOD)
    assert first_contact([first, second]).token() == GIVEN
    assert (first.asked, second.asked) == ([0.0], [2 * HEAD_START])
    assert first.refusals == [HEAD_START]


def test_where_nothing_answers_it_is_known_within_two_seconds(clock):
    contact = first_contact([Service(clock, **MUTE) for number in range(2)])
    with pytest.raises(TimedOut):
        contact.token()
    assert contact.refusal() is None
    assert clock.now <= 2


# Over the network


def test_the_second_endpoint_is_asked_where_the_first_refuses(serve):
    refusing, second = f"http://127.0.0.1:{closed_port()}", serve()
    assert first_contact([client(refusing), client(second.url)]).token().text == SESSION


@pytest.mark.skipif(not has_ipv6(), reason="This machine has no IPv6")
def test_a_service_with_an_ipv6_address_is_asked(serve):
    refusing, second = f"http://127.0.0.1:{closed_port()}", serve(address="::1")
    assert first_contact([client(refusing), client(second.url)]).token().text == SESSION


def test_a_service_behind_a_hop_answers_only_what_is_no_token(serve, impatient):
    imds = serve(token=silent)
    contact = first_contact([client(imds.url), client(f"http://127.0.0.1:{closed_port()}")])
    assert contact.refusal() == 401
    with pytest.raises(TimedOut):
        contact.token()
    assert [each[0] for each in imds.asked].count("GET") == 1
