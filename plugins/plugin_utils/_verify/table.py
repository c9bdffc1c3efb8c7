# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of all hosts that the role verify shows.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from ...module_utils._common.quoting import one_line

HEADER = ("HOST", "INSTANCE", "ROLE", "PROBLEMS")
WIDTHS = (4, 19, 24)  # at least; the last column has none


def table(results: Mapping[str, Optional[Mapping[str, Any]]]) -> list[str]:
    """The lines: a header, and one for each host, also for those without a result."""
    width = max([WIDTHS[0], *map(len, results)])
    return [_line(width, row) for row in [HEADER, *(_row(host, result or {}) for host, result in results.items())]]


def _row(host: str, result: Mapping[str, Any]) -> Sequence[str]:
    identity = result.get("identity") or {}
    codes = ", ".join(each["code"] for each in result["problems"]) if "problems" in result else "not asked"
    return host, identity.get("instance_id") or "-", identity.get("role_name") or "-", codes or "-"


def _line(width: int, row: Sequence[str]) -> str:
    first, *middle, last = map(one_line, row)
    return "  ".join([first.ljust(width), *(each.ljust(size) for each, size in zip(middle, WIDTHS[1:])), last])
