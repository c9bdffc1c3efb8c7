# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fake metadata services that end with the test."""

from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.background import in_background
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import client as client_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import discovery
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds.fake_imds import (
    SILENCES,
    FakeImds,
)

LONG = 600  # seconds


@pytest.fixture(name="patient")
def _patient(monkeypatch):
    """Long timeouts, so that a slow machine makes no difference."""
    monkeypatch.setattr(client_file, "TRY_SECONDS", LONG)
    monkeypatch.setattr(discovery, "TRY_SECONDS", LONG)
    monkeypatch.setattr(discovery, "HEAD_START", LONG)


@pytest.fixture(name="serve")
def _serve(patient):
    """Starts fake services that end with the test."""
    running = []

    def serve(pages=None, **options):
        running.append(FakeImds(pages, **options).running())
        return running[-1].__enter__()

    yield serve
    for each in running:
        each.__exit__(None, None, None)


@pytest.fixture(name="impatient")
def _impatient(monkeypatch):
    """A try times out once its request has reached a silent service, and not before."""
    SILENCES.clear()

    def within(_seconds, exchange):
        answer = in_background(exchange)
        while not answer.done():
            asked = exchange.args[:2]
            if asked in SILENCES:
                SILENCES.remove(asked)
                raise socket.timeout
            time.sleep(0.001)
        return answer.result()

    monkeypatch.setattr(client_file, "within", within)


@pytest.fixture(name="black_hole")
def _black_hole():
    """The URL of a server that accepts no connections, because its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for number in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for each in waiting:
            each.close()
