# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures as tables in Markdown, which are for the terminal too.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .figures import LIMIT, OURS, Figure, Footprint, Throttled


def comparison(figures: Sequence[Figure], job: str) -> str:
    """A row for each size, a column for each peer; the others' times are multiples of ours."""
    of_job = [figure for figure in figures if figure.job == job]
    peers = list(dict.fromkeys(figure.peer for figure in of_job))
    found = {(figure.size, figure.peer): figure for figure in of_job}
    rows = []
    for size in sorted({figure.size for figure in of_job}):
        ours = found.get((size, OURS))
        cells = [_cell(found[size, peer], ours) if (size, peer) in found else "" for peer in peers]
        rows.append([f"{size:,}", *cells])
    return table(["instances", *peers], rows)


def _cell(figure: Figure, ours: Figure | None) -> str:
    if figure.error:
        return f"error: {figure.error}"
    if figure.late:
        return f"> {LIMIT} s"
    took = _seconds(figure.seconds)
    if figure.peer != OURS and ours and ours.holds:
        took = f"{_ratio(figure.seconds / ours.seconds)} ({took})"
    return f"{took}, {_calls(figure.calls)}"


def throttled(figure: Throttled) -> str:
    """The times under a throttle against the least that there can be."""
    return table(
        ["instances", "calls took", "least possible", "ratio", "failed", "throttled calls"],
        [
            [
                f"{figure.size:,}",
                _seconds(figure.seconds),
                _seconds(figure.floor),
                f"{figure.seconds / figure.floor:.2f} ×",
                str(figure.failed),
                f"{figure.throttled / figure.calls:.1%} of {figure.calls:,}",
            ]
        ],
    )


def footprints(figures: Iterable[Footprint]) -> str:
    """The memory and the calls of each way to name the instances."""
    return table(
        ["instances named by", "memory", "time", "calls"],
        [
            [f"`{each.named}`", f"{each.extra / 2**20:.0f} MiB", _seconds(each.seconds), f"{each.calls:,}"]
            for each in figures
        ],
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are in line as plain text, too."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2g} ×" if ratio < 10 else f"{ratio:.0f} ×"


def _calls(count: int) -> str:
    return f"{count:,} call" if count == 1 else f"{count:,} calls"
