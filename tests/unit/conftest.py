# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets tests with generated examples take their time, and makes botocore read its models only once."""

from __future__ import annotations

from functools import cache

import botocore.session
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For --hypothesis-profile
settings.register_profile("many", settings.get_profile("unhurried"), max_examples=1000)
settings.load_profile("unhurried")

# Each session has its own loader, and moto starts a session for each mock, which takes half a second for EC2.
botocore.session.create_loader = cache(botocore.session.create_loader)
