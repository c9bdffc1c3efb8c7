# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator accepts every request and option on its page, and the page has all of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request

import pytest

from ansible_collections.keyless.ec2.tests.emulator.tests.support.warm_emulator import warm_emulator
from ansible_collections.keyless.ec2.tests.integration.support.pages import blocks_of, read

PAGE = read("emulator")
REQUESTS = [re.fullmatch(r"(\w+) (/\S+)\n(.*)", block.text, re.DOTALL).groups() for block in blocks_of("emulator") if block.language == "http"]
SETTINGS = {"latency", "propagation", "replicas", "transitions", "clock", "buckets", "permissions", "declarative_policy", "reserved_tags"}
CONDITIONS = SETTINGS | {"faults", "disconnects", "concurrent_calls", "findings"}


@pytest.fixture(name="request_of", scope="module")
def _request_of():
    with warm_emulator() as endpoint:

        def request_of(method, path, body=None):
            request = urllib.request.Request(endpoint + path, method=method, headers={"Content-Type": "application/json"})
            with urllib.request.urlopen(request, None if body is None else body.encode()) as answer:
                return json.load(answer)

        yield request_of


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_request(request_of, method, path, body):
    before = request_of("GET", path)
    assert request_of(method, path, body) != before


def test_every_condition_is_on_the_page():
    assert {path.rpartition("/")[2] for _method, path, _body in REQUESTS} == CONDITIONS


def test_every_option_is_on_the_page():
    shown = subprocess.run([sys.executable, "-m", "keyless_emulator", "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"(--[a-z-]+)", shown)) - {"--help"}
    assert options == set(re.findall(r"`(--[a-z-]+)", PAGE))
