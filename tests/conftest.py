# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spares garbage collections what is never freed, and provides a fixture about this botocore's model."""

from __future__ import annotations

import gc

import botocore.session
import pytest


def pytest_collection_finish():
    """Ten thousand tests and what they import are never freed: spares each garbage collection a look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(name="knows", scope="session")
def _knows():
    """Tells whether this botocore knows these members of a shape. If not, it can't send them, and drops them from answers."""
    session = botocore.session.get_session()

    def knows(service: str, shape: str, *members: str) -> bool:
        return set(members) <= session.get_service_model(service).shape_for(shape).members.keys()

    return knows
