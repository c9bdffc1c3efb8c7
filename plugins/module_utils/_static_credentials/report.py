# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What static_credentials_aside tells of its rows.  Pure."""

from __future__ import annotations

from typing import Any

from .job import ASIDE, CHANGES, FAILED, LEFT, RESTORED, TRIMMED, UNCHANGED, Row

_SAID = {
    ASIDE: "set aside",
    TRIMMED: "set aside and replaced by a file without the credentials",
    RESTORED: "restored",
    UNCHANGED: "unchanged",
    LEFT: "left",
    FAILED: "failed",
}


def result_of(rows: list[Row]) -> dict[str, Any]:
    """The module's return values; ``failed`` is true where a file failed."""
    failed = [row for row in rows if row.has_failed]
    return {
        "changed": any(row.action in CHANGES for row in rows),
        "failed": bool(failed),
        "files": [row.as_result() for row in rows],
        "msg": f"{failed[0].path}: {failed[0].msg} ({_summary(rows)})" if failed else f"{_summary(rows)}.",
    }


def diff_of(rows: list[Row]) -> dict[str, Any]:
    """Which files change, never what is in them."""
    changes = [row for row in rows if row.action in CHANGES]
    return {
        "before": {row.path: "aside" if row.action == RESTORED else "in place" for row in changes},
        "after": {row.path: "in place" if row.action == RESTORED else row.action for row in changes},
    }


def _summary(rows: list[Row]) -> str:
    counts = {action: sum(row.action == action for row in rows) for action in _SAID}
    return ", ".join(f"{count} {_SAID[action]}" for action, count in counts.items() if count) or "no files"
