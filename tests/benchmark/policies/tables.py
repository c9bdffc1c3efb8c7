# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/docsite/rst/policy_findings.rst and comparison_policies.rst.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import FINDING_TYPES

from ..report import table
from .examples import EXAMPLES
from .ours import findings

NOTHING = "–"


def kinds() -> str:
    """Returns a row for each kind of finding."""
    return table(["finding", "severity", "the policy"], [[f"``{kind.code}``", kind.severity, kind.meaning] for kind in FINDING_TYPES.values()])


def examples(theirs: Mapping[str, Sequence[str]]) -> str:
    """Returns a row for each example, with parliament's findings."""
    rows = []
    for example in EXAMPLES:
        (ours,) = findings(example.document, example.is_trust)
        said = ", ".join(f"``{each}``" for each in theirs[example.written]) or NOTHING
        rows.append([f"``{example.written.strip()}``", f"``{ours.code}``", said])
    return table(["the mistake", "keyless.ec2", "parliament"], rows)
