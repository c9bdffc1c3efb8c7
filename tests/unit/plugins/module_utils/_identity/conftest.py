# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metadata services that end with the test."""

from __future__ import annotations

import http.client
import socket

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import contact as contact_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import service as service_file
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds.fake import SILENCE, FakeImds

BUSY = 60  # seconds that the busiest machine takes for less than a request


@pytest.fixture(name="serve")
def _serve():
    """Starts fake services that end with the test."""
    running = []

    def serve(pages=None, **options):
        running.append(FakeImds(pages, **options).running())
        return running[-1].__enter__()

    yield serve
    for each in running:
        each.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A try has so much time that a machine that is busy changes nothing."""
    monkeypatch.setattr(service_file, "TRY_SECONDS", BUSY)
    monkeypatch.setattr(contact_file, "TRY_SECONDS", BUSY)


class Connection(http.client.HTTPConnection):
    """Has waited in vain where the answer is SILENCE."""

    def getresponse(self):
        response = super().getresponse()
        if response.status == SILENCE:
            raise socket.timeout
        return response


@pytest.fixture(name="silence")
def _silence(monkeypatch):
    """Nobody waits for an answer that does not come."""
    monkeypatch.setattr(http.client, "HTTPConnection", Connection)


@pytest.fixture(name="black_hole")
def _black_hole():
    """The URL of a place from which nothing at all comes back: its queue of connections is full."""
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
