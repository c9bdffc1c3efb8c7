# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of IAM Access Analyzer in a policy document.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

ERROR = "ERROR"


class AnalyzerFinding(NamedTuple):
    """A finding: its type (``ERROR``, ``SECURITY_WARNING``, ``WARNING``, ``SUGGESTION``), code, location and text."""

    kind: str
    code: str
    location: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def finding_in(described: Mapping[str, Any]) -> AnalyzerFinding:
    """Converts AWS's description of a finding; ``location`` is its first location, such as ``.Statement[0].Action``."""
    locations = described.get("locations") or [{}]
    return AnalyzerFinding(
        described["findingType"],
        described["issueCode"],
        "".join(map(_step, locations[0].get("path", ()))),
        described["findingDetails"],
    )


def _step(element: Mapping[str, Any]) -> str:
    if "index" in element:
        return f"[{element['index']}]"
    # A substring is too fine to report.
    name = element.get("key") or element.get("value")
    return f".{name}" if name else ""
