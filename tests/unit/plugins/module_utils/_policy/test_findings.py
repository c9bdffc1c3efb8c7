# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of findings: each has an example, and the page tells of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import KINDS
from ansible_collections.keyless.ec2.tests.benchmark.policies.__main__ import kinds
from ansible_collections.keyless.ec2.tests.benchmark.policies.examples import EXAMPLES
from ansible_collections.keyless.ec2.tests.benchmark.policies.ours import findings

PAGE = (Path(__file__).resolve().parents[5] / "docs" / "policies.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.written)
def test_an_example_is_found_and_nothing_else(example):
    (finding,) = findings(example.document, example.is_trust)
    assert (finding.code, finding.severity) == (example.code, KINDS[example.code].severity)
    assert finding.where.startswith("policy")
    assert f"| `{example.written}` | `{example.code}` |" in PAGE


def test_every_kind_has_an_example_and_its_row_on_the_page():
    assert {each.code for each in EXAMPLES} == KINDS.keys()
    assert kinds() in PAGE
