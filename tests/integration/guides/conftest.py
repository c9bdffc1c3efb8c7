# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for readers of pages: an AWS, and an inventory of its instances."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import Aws
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller
from ansible_collections.keyless.ec2.tests.integration.support.pages import Block
from ansible_collections.keyless.ec2.tests.integration.support.reader import Reader
from ansible_collections.keyless.ec2.tools.permissions import block_of


def is_generated(block: Block) -> None:
    """The permissions in a README are generated; test_permissions compares them with the calls of the roles."""
    assert block.text in block_of(block.page.split("/")[1])


PERMISSIONS = {'{\n  "Version"': is_generated}


@pytest.fixture(name="reader")
def _reader(aws: Aws, controller: Controller) -> Callable[..., Reader]:
    """Creates a reader with an empty AWS, who replaces the names on the page with real ones.

    Each host of the inventory is an instance, with the metadata service of its own.
    """
    aws.reset()

    def make(names: dict[str, str] | None = None, **instances: str) -> Reader:
        reader = Reader(controller, names)
        rows = {name: {"instance_id": each, "verify_endpoint": f"{aws.endpoint}/imds/{each}"} for name, each in instances.items()}
        reader.has_inventory(**rows)
        return reader

    return make
