# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateways of a region share a client where they can, and make the others when they are used."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws import region_clients
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import CONNECTIONS, RegionClients, connect
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client


def test_clients_are_made_when_they_are_used():
    made = []

    def make(service):
        made.append(service)
        return MagicMock(service=service)

    clients = RegionClients(make, 3)
    assert made == ["ec2"] and clients.ec2._concurrency == 3
    assert clients.ec2._client is clients.fleets._client is clients.launch_templates._client
    assert clients.auto_scaling is clients.auto_scaling and clients.iam is clients.iam
    assert made == ["ec2", "autoscaling", "iam"]
    assert clients.ec2._make_writer().service == "ec2" and made[3:] == ["ec2"]


def test_the_module_s_own_region(monkeypatch):
    made = []
    monkeypatch.setattr(region_clients, "client", lambda *given, **named: made.append((given, named)))
    for concurrency, connections in ((1, CONNECTIONS), (50, 50)):
        assert connect("module", concurrency).ec2._concurrency == concurrency
        assert made.pop() == (("module", "ec2"), {"concurrency": connections})


@pytest.mark.parametrize(
    "own, undo, region",
    [
        (None, {"region": "eu-west-1"}, {"region": "eu-west-1"}),
        ("us-east-1", {"region": "eu-west-1"}, {}),  # the job refuses it
        (None, None, {}),
        (None, {}, {}),
    ],
)
def test_the_region_of_an_undo_value_is_used_if_there_is_no_other(monkeypatch, own, undo, region):
    made = []
    monkeypatch.setattr(region_clients, "client", lambda *given, **named: made.append(named))
    connect(SimpleNamespace(region=own), 1, undo)
    assert made == [{"concurrency": CONNECTIONS, **region}]


def test_the_account():
    clients = RegionClients(lambda service: Client(get_caller_identity={"Account": "123456789012"}))
    assert (clients.account(), clients.region) == ("123456789012", "eu-central-1")
