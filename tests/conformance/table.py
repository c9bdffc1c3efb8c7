# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as a table for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .run import AS_CLAIMED, DIFFERENT, Result

WIDTH = 44


def line(result: Result) -> str:
    """One result, and for a difference what was observed and which code relies on the claim."""
    row = f"{result.probe.subject:<16} {result.probe.name:<{WIDTH}} {result.outcome}"
    if result.outcome == AS_CLAIMED:
        return row
    lines = [row, f"    {result.probe.claim}", f"    {result.observed}"]
    if result.outcome == DIFFERENT:
        source = result.probe.source
        text = f"; the text: {source.text}" if source.text else ""
        lines += [f"    {source.kind}: {source.title}{text}", f"    relied on by plugins/{', plugins/'.join(result.probe.relied_on_by)}"]
    return "\n".join(lines)


def summary(results: Iterable[Result]) -> str:
    counts = Counter(result.outcome for result in results)
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no probes"
