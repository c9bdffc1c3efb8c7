# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports how many tests a run has left out, which only the workers of pytest-xdist know, and provides a fixture about this botocore's model."""

from __future__ import annotations

import gc

import botocore.session
import pytest

DESELECTED = pytest.StashKey[int]()
OUTPUT = "deselected"


def pytest_collection_finish():
    """Ten thousand tests and what they import are never freed: spares each garbage collection a look at them."""
    gc.collect()
    gc.freeze()


def pytest_deselected(items):
    """In a worker: passes the number of deselected tests to the controller."""
    output = getattr(items[0].config, "workeroutput", {})
    output[OUTPUT] = output.get(OUTPUT, 0) + len(items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """In the controller: every worker has deselected the same tests."""
    node.config.stash[DESELECTED] = getattr(node, "workeroutput", {}).get(OUTPUT, 0)


def pytest_terminal_summary(terminalreporter, config):
    """Prints the line that pytest itself prints without workers."""
    if config.stash.get(DESELECTED, 0):
        terminalreporter.write_line(f"{config.stash[DESELECTED]} deselected")


@pytest.fixture(name="knows", scope="session")
def _knows():
    """Tells whether this botocore knows these members of a shape. If not, it can't send them, and drops them from answers."""
    session = botocore.session.get_session()

    def knows(service: str, shape: str, *members: str) -> bool:
        return set(members) <= session.get_service_model(service).shape_for(shape).members.keys()

    return knows
