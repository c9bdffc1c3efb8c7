# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets tests with generated examples take the time that they need, and tells them what this botocore knows of AWS."""

from __future__ import annotations

import botocore.session
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(name="knows", scope="session")
def _knows():
    """Whether this botocore's model has these members of a shape; an old one can't send them, and leaves them out of answers."""
    session = botocore.session.get_session()

    def knows(service: str, shape: str, *members: str) -> bool:
        return set(members) <= session.get_service_model(service).shape_for(shape).members.keys()

    return knows
