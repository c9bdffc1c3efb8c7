# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page about the emulator tells users to send is taken, and what can be sent is there."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.pages import blocks_of, read

PAGE = read("emulator")
REQUESTS = [re.fullmatch(r"(\w+) (/\S+)\n(.*)", block.text, re.DOTALL).groups() for block in blocks_of("emulator") if block.language == "http"]
SETTINGS = {"latency", "propagation", "replicas", "transitions", "clock", "buckets", "permissions"}
CONDITIONS = SETTINGS | {"faults", "deaths", "interjections", "findings"}


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_request(aws: Any, method: str, path: str, body: str) -> None:
    before = aws.http("GET", path)
    assert aws.http(method, path, json.loads(body)) != before


def test_every_condition_is_there() -> None:
    assert {path.rpartition("/")[2] for _method, path, _body in REQUESTS} == CONDITIONS


def test_every_option_is_there(program: list[str]) -> None:
    shown = subprocess.run([*program, "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"(--[a-z-]+)", shown)) - {"--help"}
    assert options == set(re.findall(r"`(--[a-z-]+)", PAGE))
