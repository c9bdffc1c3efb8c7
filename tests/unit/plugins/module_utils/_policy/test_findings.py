# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The finding types: each has an example, and the page documents each."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import FINDING_TYPES
from ansible_collections.keyless.ec2.tests.benchmark.policies.examples import EXAMPLES
from ansible_collections.keyless.ec2.tests.benchmark.policies.ours import findings
from ansible_collections.keyless.ec2.tests.benchmark.policies.tables import kinds
from ansible_collections.keyless.ec2.tests.integration.support.pages import read, tables_of

TABLES = [*tables_of(read("policy_findings")), *tables_of(read("comparison_policies"))]
ROWS = [row for table in TABLES for row in table]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.written)
def test_each_example_has_exactly_its_finding(example):
    (finding,) = findings(example.document, example.is_trust)
    assert (finding.code, finding.severity) == (example.code, FINDING_TYPES[example.code].severity)
    assert finding.location.startswith("policy")
    assert [f"``{example.written.strip()}``", f"``{example.code}``"] in [row[:2] for row in ROWS]


def test_every_finding_type_has_an_example_and_is_on_the_page():
    assert {each.code for each in EXAMPLES} == FINDING_TYPES.keys()
    assert tables_of(f"{kinds()}\n") == [table for table in TABLES if table[0] == ["finding", "severity", "the policy"]]
