# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets tests with generated examples take their time, and makes botocore do only once what each session and client repeats."""

from __future__ import annotations

import os
from functools import cache

import botocore.session
from botocore.client import ClientCreator
from botocore.hooks import EventAliaser
from botocore.model import ServiceModel
from hypothesis import HealthCheck, settings

# The number of examples for each test: at every change, for mutants (tools/forked_tests.py), and in `make test-all` (--hypothesis-profile).
EXAMPLES = {"few": 30, "usual": 100, "many": 1000}
for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("KEYLESS_EXAMPLES", "few"))

# Each session has its own loader, and moto starts a session for each mock, which takes half a second for EC2.
botocore.session.create_loader = cache(botocore.session.create_loader)
# The same for every session and for every client of a service.
_alias, _methods = EventAliaser._alias_event_name, ClientCreator._create_methods
_aliases: dict[str, str] = {}
_methods_of: dict[str, dict] = {}


def _alias_once(self: EventAliaser, name: str) -> str:
    if name not in _aliases:
        _aliases[name] = _alias(self, name)
    return _aliases[name]


def _create_once(self: ClientCreator, model: ServiceModel) -> dict:
    if model.service_name not in _methods_of:
        _methods_of[model.service_name] = _methods(self, model)
    return dict(_methods_of[model.service_name])


EventAliaser._alias_event_name, ClientCreator._create_methods = _alias_once, _create_once
