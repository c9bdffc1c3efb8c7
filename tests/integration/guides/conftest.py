# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the readers of pages have: an AWS of their own, and an inventory of its instances."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import Aws
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller
from ansible_collections.keyless.ec2.tests.integration.support.reader import LOCAL, Reader


@pytest.fixture(name="reader")
def _reader(aws: Aws, controller: Controller) -> Callable[..., Reader]:
    """Makes a reader of an AWS with nothing in it, who puts real names in the place of those on the page."""
    aws.reset()

    def make(names: dict[str, str] | None = None, **hosts: str) -> Reader:
        reader = Reader(controller, names)
        write_inventory(controller, aws, hosts)
        return reader

    aws.reset()
    return make


def write_inventory(controller: Controller, aws: Aws, hosts: dict[str, str]) -> None:
    """inventory.yml, in which each name is an instance; all are this machine, with the metadata service of their own."""
    rows = {name: {"instance_id": each, "verify_endpoint": f"{aws.endpoint}/imds/{each}"} for name, each in hosts.items()}
    inventory = {"all": {"hosts": rows, "vars": LOCAL}}
    (controller.folder / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
