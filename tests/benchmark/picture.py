# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time against the number of instances as SVG, for light and dark pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from xml.sax.saxutils import escape

from .figures import ATTACH, LIMIT, NOTHING, Figure

WIDTH, HEIGHT = 920, 420
TOP, BOTTOM = 92, 368
PANELS = {ATTACH: (60, 440), NOTHING: (510, 890)}
TITLES = {ATTACH: "None of the instances has the profile", NOTHING: "All of them have it"}
# The seconds of possible grid lines
TICKS = (0.1, 0.3, 1, 3, 10, 30, 100, LIMIT)

# Colours of the page, the text, lesser text, grid lines, and the tools in their order
LIGHT = ("#ffffff", "#24292f", "#656d76", "#dfe3e8", "#1f6feb", "#b35900", "#d1570a", "#2a8a4a", "#8250df")
DARK = ("#0d1117", "#e6edf3", "#8d96a0", "#2b323b", "#58a6ff", "#ffc680", "#f0883e", "#56d364", "#bc8cff")


def _colours(page: str, ink: str, faint: str, grid: str, *peers: str) -> str:
    """Returns style rules. Variables would be shorter, but some viewers do not support them."""
    rules = [f"text {{ fill: {ink}; }}", f".faint {{ fill: {faint}; }}", f".grid {{ stroke: {grid}; }}"]
    for number, colour in enumerate(peers):
        rules.append(f".s{number} .line, .s{number} .mark {{ stroke: {colour}; }}")
        rules.append(f".s{number} .mark {{ fill: {colour}; }}")
    return "\n".join([*rules, f".page, .mark.open {{ fill: {page}; }}"])


HEAD = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">
<!--
Copyright (c) 2026, The keyless.ec2 authors
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->
<title>Seconds against the number of instances, for each tool</title>
<style>
text {{ font: 13px system-ui, sans-serif; }}
.faint {{ font-size: 12px; }}
.title {{ font-weight: 600; }}
.line {{ fill: none; stroke-width: 2; stroke-linejoin: round; }}
.late {{ stroke-dasharray: 2 5; stroke-linecap: round; }}
.mark {{ stroke-width: 2; }}
{_colours(*LIGHT)}
@media (prefers-color-scheme: dark) {{
{_colours(*DARK)}
}}
</style>
<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="6"/>
"""


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale from a value to a position."""

    least: float
    most: float
    begin: float
    end: float

    def place(self, value: float) -> float:
        """Returns the position of the value."""
        share = log(value / self.least) / log(self.most / self.least)
        return round(self.begin + share * (self.end - self.begin), 1)


def draw(figures: Sequence[Figure]) -> str:
    """Returns two panels, one for each job. A dashed line leads to the size at which a tool was stopped."""
    peers = list(dict.fromkeys(figure.peer for figure in figures))
    times = [figure.seconds for figure in figures if not figure.error] or [LIMIT]
    sizes = sorted({figure.size for figure in figures})
    parts = [HEAD, *_legend(peers)]
    if any(figure.late for figure in figures):
        note = f"hollow: stopped after {LIMIT} s"
        parts.append(f'<text class="faint" x="{WIDTH - 30}" y="52" text-anchor="end">{note}</text>\n')
    for job, (left, right) in PANELS.items():
        across = Scale(sizes[0], max(sizes[-1], sizes[0] * 10), left + 12, right - 12)
        up = _seconds_scale(times)
        parts += _frame(TITLES[job], across, up, sizes)
        # Ours comes first, and is drawn on top.
        for number, peer in reversed(list(enumerate(peers))):
            parts += _series(number, [each for each in figures if (each.peer, each.job) == (peer, job)], across, up)
    return "".join([*parts, "</svg>\n"])


def _seconds_scale(times: Sequence[float]) -> Scale:
    least = max([tick for tick in TICKS if tick < min(times)], default=TICKS[0])
    most = min([tick for tick in TICKS if tick >= max(times)], default=TICKS[-1])
    return Scale(least, most, BOTTOM, TOP)


def _legend(peers: Sequence[str]) -> list[str]:
    parts = []
    x = 72
    for number, peer in enumerate(peers):
        parts.append(f'<g class="s{number}"><path class="line" d="M{x - 12} 28h24"/>{_mark(number, x, 28)}</g>\n')
        parts.append(f'<text x="{x + 20}" y="32">{escape(peer)}</text>\n')
        x += 62 + 7 * len(peer)  # the mark, and about this width for each letter
    return parts


def _frame(title: str, across: Scale, up: Scale, sizes: Sequence[int]) -> list[str]:
    left, right = across.begin - 12, across.end + 12
    parts = [f'<text class="title" x="{left}" y="70">{title}</text>\n']
    for tick in TICKS:
        if up.least <= tick <= up.most:
            y = up.place(tick)
            parts.append(f'<path class="grid" d="M{left} {y}H{right}"/>\n')
            parts.append(f'<text class="faint" x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:g} s</text>\n')
    for size in sizes:
        x = across.place(size)
        parts.append(f'<text class="faint" x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{size:,}</text>\n')
    middle = (left + right) / 2
    parts.append(f'<text class="faint" x="{middle}" y="{BOTTOM + 40}" text-anchor="middle">instances</text>\n')
    return parts


def _series(number: int, figures: Sequence[Figure], across: Scale, up: Scale) -> list[str]:
    """Returns one tool's line. Of the sizes that took too long, only the smallest is shown, because no larger one was tried."""
    points = [(across.place(each.size), up.place(each.seconds)) for each in figures if each.holds]
    parts = [f'<g class="s{number}">\n', _line(points, "line")]
    late = [(across.place(each.size), up.place(each.seconds)) for each in figures if each.late][:1]
    if late:
        parts.append(_line([*points[-1:], *late], "line late"))
    parts += [_mark(number, x, y) for x, y in points]
    parts += [_mark(number, x, y, "mark open") for x, y in late]
    return [*parts, "</g>\n"]


def _line(points: Sequence[tuple[float, float]], style: str) -> str:
    if len(points) < 2:
        return ""
    path = "L".join(f"{x} {y}" for x, y in points)
    return f'<path class="{style}" d="M{path}"/>\n'


def _mark(number: int, x: float, y: float, style: str = "mark") -> str:
    """Returns a shape for each tool, because colours alone are hard to tell apart for some people."""
    shapes = (
        f'<circle class="{style}" cx="{x}" cy="{y}" r="4"/>',
        f'<path class="{style}" d="M{x - 4} {y - 4}h8v8h-8z"/>',
        f'<path class="{style}" d="M{x} {y + 5}l5 -9h-10z"/>',
        f'<path class="{style}" d="M{x} {y - 5}l5 9h-10z"/>',
        f'<path class="{style}" d="M{x} {y - 5}l5 5l-5 5l-5 -5z"/>',
    )
    return shapes[number] + "\n"
