# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of the figures in Markdown, also for the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .figures import AGAIN, ATTACH, CREATE, GROUPS_LIMIT, IMDS_LIMIT, LIMIT, NOTHING, OURS, POOL, REQUIRE, Figure, Footprint, Throttled


def comparison(figures: Sequence[Figure], job: str) -> str:
    """Returns a row for each size and a column for each tool. The times of other tools are multiples of ours."""
    of_job = [figure for figure in figures if figure.job == job]
    rows = {size: f"{size:,}" for size in sorted({figure.size for figure in of_job})}
    return _grid("instances", rows, {(figure.size, figure.peer): figure for figure in of_job})


def roles(figures: Sequence[Figure]) -> str:
    """Returns a row for each job and a column for each tool. The times of other tools are multiples of ours."""
    rows = {CREATE: "created", NOTHING: "nothing to do"}
    return _grid("the role is", rows, {(figure.job, figure.peer): figure for figure in figures})


def groups(figures: Sequence[Figure]) -> str:
    """Returns a row for each job and a column for each tool. The times of other tools are multiples of ours."""
    rows = {ATTACH: "another profile", NOTHING: "what they have"}
    return _grid("the groups get", rows, {(figure.job, figure.peer): figure for figure in figures}, GROUPS_LIMIT)


def metadata(figures: Sequence[Figure]) -> str:
    """Returns a row for each job and a column for each tool. The times of other tools are multiples of ours."""
    rows = {REQUIRE: "optional", AGAIN: "required"}
    return _grid("before, tokens are", rows, {(figure.job, figure.peer): figure for figure in figures}, IMDS_LIMIT)


def _grid(head: str, rows: Mapping[Any, str], found: Mapping[tuple[Any, str], Figure], limit: int = LIMIT) -> str:
    peers = list(dict.fromkeys(peer for _row, peer in found))
    lines = []
    for key, name in rows.items():
        ours = found.get((key, OURS))
        cells = [_cell(found[key, peer], ours, limit) if (key, peer) in found else "" for peer in peers]
        lines.append([name, *cells])
    return table([head, *peers], lines)


def _cell(figure: Figure, ours: Figure | None, limit: int) -> str:
    if figure.error:
        return f"error: {figure.error}"
    if figure.late:
        return f"> {limit} s"
    took = seconds(figure.seconds)
    if figure.peer != OURS and ours and ours.holds:
        took = f"{ratio(figure.seconds / ours.seconds)} ({took})"
    return f"{took}, {_calls(figure.calls)}"


def throttled(figures: Sequence[Throttled]) -> str:
    """Returns the throttled times, as multiples of the bare pool's and of the minimum."""
    pool = next((figure for figure in figures if figure.tool == POOL), None)
    return table(
        ["", "calls took", "to the bare pool", "to the least possible", "failed", "throttled calls"],
        [
            [
                each.tool,
                seconds(each.seconds),
                f"{each.seconds / pool.seconds:.2f} ×" if pool else "",
                f"{each.seconds / each.floor:.2f} ×",
                str(each.failed),
                f"{each.throttled / each.calls:.1%} of {each.calls:,}",
            ]
            for each in figures
        ],
    )


def least(figures: Iterable[Figure]) -> str:
    """Returns the time of each task."""
    return table(["a playbook with", "time"], [[each.peer, _cell(each, None, LIMIT)] for each in figures])


def footprints(figures: Iterable[Footprint]) -> str:
    """Returns the memory and the calls for each way to select the instances."""
    return table(
        ["instances named by", "memory", "time", "calls"],
        [[f"``{each.named}``", f"{each.extra / 2**20:.0f} MiB", seconds(each.seconds), f"{each.calls:,}"] for each in figures],
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table in reStructuredText."""
    lines = [f"   {'* -' if at == 0 else '  -'} {cell}".rstrip() for row in (head, *rows) for at, cell in enumerate(row)]
    return "\n".join([".. list-table::", "   :header-rows: 1", "", *lines])


def seconds(taken: float) -> str:
    """Formats seconds."""
    return f"{taken:.1f} s"


def ratio(times: float) -> str:
    """Formats a multiple of our time."""
    return f"{times:.2f} ×" if times < 10 else f"{times:.0f} ×"


def _calls(count: int) -> str:
    return f"{count:,} call" if count == 1 else f"{count:,} calls"
