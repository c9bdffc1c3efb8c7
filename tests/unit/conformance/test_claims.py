# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each claim of the emulator's page has a probe or a reason why not, and the page with what is known has all probes."""

from __future__ import annotations

import re

import yaml

from ansible_collections.keyless.ec2.tests.conformance.pages import PAGE, page
from ansible_collections.keyless.ec2.tests.conformance.run import load
from ansible_collections.keyless.ec2.tools.environment import CHECKOUT

TEXT = (CHECKOUT / "docs" / "docsite" / "rst" / "emulator.rst").read_text(encoding="utf-8")
FIRST = "Permissions\n~~~"
ITEMS = [" ".join(item.split()) for item in re.findall(r"^- (.+(?:\n  .+)*)", TEXT[TEXT.index(FIRST) :], re.MULTILINE)]
CLAIMS = yaml.safe_load((CHECKOUT / "tests" / "conformance" / "claims.yml").read_text(encoding="utf-8"))
NAMES = {probe.name for probe in load()}


def test_the_page_has_claims():
    assert len(ITEMS) > 50


def test_each_claim_of_the_page_is_here_once():
    of = {item: [begins for begins in CLAIMS if item.startswith(begins)] for item in ITEMS}
    assert {item: begins for item, begins in of.items() if len(begins) != 1} == {}


def test_no_claim_here_has_left_the_page():
    assert [begins for begins in CLAIMS if not any(item.startswith(begins) for item in ITEMS)] == []


def test_each_has_probes_or_a_reason():
    assert [begins for begins, row in CLAIMS.items() if not row.keys() & {"probes", "reason"}] == []
    assert {name for row in CLAIMS.values() for name in row.get("probes", ())} <= NAMES


def test_the_page_of_what_is_known_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run .venv/bin/python -m ansible_collections.keyless.ec2.tests.conformance.pages"
