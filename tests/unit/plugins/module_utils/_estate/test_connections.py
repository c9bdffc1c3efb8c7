# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every gateway gets a client of the right service, region and session, also those to the defaults of metadata options."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._estate import connections
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults import job

MODULE, SESSION = object(), object()


@pytest.fixture(name="made")
def _made(monkeypatch):
    """The clients that are made, each with its service and options."""
    made = []

    def client_anywhere(module, service, **options):
        assert module is MODULE
        made.append((service, options))
        return SimpleNamespace(service=service, meta=SimpleNamespace(region_name=options.get("region", "own")))

    for module in (connections, job):
        monkeypatch.setattr(module, "client_anywhere", client_anywhere)
    monkeypatch.setattr(connections, "caller", lambda client: ("caller", client.service))
    monkeypatch.setattr(connections, "organization_accounts", lambda client: ("accounts", client.service))
    monkeypatch.setattr(connections, "assume_role", lambda client, *arguments: (client.service, *arguments))
    monkeypatch.setattr(job, "caller", lambda client: SimpleNamespace(account_id=client.service))
    for module in (connections, job):
        monkeypatch.setattr(module, "enabled_regions", lambda gateway: [gateway(None).region, gateway("eu-west-1").region])
    return made


PARALLEL = {"concurrency": connections.CONCURRENCY, "session": SESSION}


@pytest.mark.parametrize(
    "call, result, clients",
    [
        (lambda each: each.caller(SESSION), ("caller", "sts"), [("sts", PARALLEL)]),
        (lambda each: each.organization_accounts(SESSION), ("accounts", "organizations"), [("organizations", PARALLEL)]),
        (lambda each: each.assume(SESSION, "arn", "id"), ("sts", "arn", "id"), [("sts", PARALLEL)]),
        (lambda each: each.details(SESSION)._client.service, "iam", [("iam", PARALLEL)]),
        (
            lambda each: each.regions(SESSION),
            [None, "eu-west-1"],
            [("ec2", {**PARALLEL, "region": None}), ("ec2", {**PARALLEL, "region": "eu-west-1"})],
        ),
        (lambda each: each.region(SESSION, "eu-west-1").ec2.region, "eu-west-1", [("ec2", {**PARALLEL, "region": "eu-west-1"})]),
    ],
)
def test_the_clients_of_an_account(made, call, result, clients):
    assert call(connections.Connections(MODULE)) == result
    assert made == clients


def test_the_clients_of_the_defaults(made):
    own = job.Connections(MODULE)
    assert own.origin() == Origin("sts", "own")
    assert own.regions() == [None, "eu-west-1"]
    assert own.defaults("eu-west-1")._client.meta.region_name == "eu-west-1"
    assert made == [("sts", {}), ("ec2", {"region": None}), *[("ec2", {"region": "eu-west-1"})] * 2]
