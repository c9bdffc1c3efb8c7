# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells how many tests a run has left out, which only the workers of pytest-xdist know, and tells tests what this botocore knows of AWS."""

from __future__ import annotations

import botocore.session
import pytest

DESELECTED = pytest.StashKey[int]()
OUTPUT = "deselected"


def pytest_deselected(items):
    """In a worker: what it has left out goes to the controller."""
    output = getattr(items[0].config, "workeroutput", {})
    output[OUTPUT] = output.get(OUTPUT, 0) + len(items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """In the controller: each worker has left out the same."""
    node.config.stash[DESELECTED] = getattr(node, "workeroutput", {}).get(OUTPUT, 0)


def pytest_terminal_summary(terminalreporter, config):
    """A line like that of pytest itself, without workers."""
    if config.stash.get(DESELECTED, 0):
        terminalreporter.write_line(f"{config.stash[DESELECTED]} deselected")


@pytest.fixture(name="knows", scope="session")
def _knows():
    """Whether this botocore's model has these members of a shape; an old one can't send them, and leaves them out of answers."""
    session = botocore.session.get_session()

    def knows(service: str, shape: str, *members: str) -> bool:
        return set(members) <= session.get_service_model(service).shape_for(shape).members.keys()

    return knows
