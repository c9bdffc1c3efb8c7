# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets tests with generated examples take their time, and makes botocore do only once what each session and client repeats."""

from __future__ import annotations

import os
from functools import cache

import botocore.session
from hypothesis import HealthCheck, settings

from ansible_collections.keyless.ec2.tests.warm.sdk import share_among_clients

# The number of examples for each test: at every change, for mutants (tools/forked_tests.py), and in `make test-all` (--hypothesis-profile).
EXAMPLES = {"few": 30, "usual": 100, "many": 1000}
for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("KEYLESS_EXAMPLES", "few"))

# Each session has its own loader, and moto starts a session for each mock, which takes half a second for EC2.
botocore.session.create_loader = cache(botocore.session.create_loader)
share_among_clients()
